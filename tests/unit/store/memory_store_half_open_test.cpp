// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/store/memory_store.hpp>

#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>
#include <breakerbox/testing.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace memory_store_half_open_test {

// How a memory_store keeps hosts under rules with a half-open state: places, permits that outlive them, bounds.

using namespace breakerbox;
using namespace std::chrono_literals;

namespace {

template <class Rule>
using breaker_of = circuit_breaker<memory_store<Rule, testing::virtual_clock>>;

template <class Rule>
memory_store<Rule, testing::virtual_clock> store_of(Rule const& rule, std::size_t max_hosts = 1024) {
    return memory_store<Rule, testing::virtual_clock>{rule, {.max_hosts = max_hosts}};
}

/// Each rule, so that the first failure trips.
template <class Rule>
Rule at_once() {
    recovery const r{.open_for = 10s};
    if constexpr (std::is_same_v<Rule, failure_rate>)
        return {.minimum_calls = 1, .window = 10, .recovery = r};
    else
        return {.threshold = 1, .recovery = r};
}

template <class Breaker>
void call(Breaker& b, std::string const& host, verdict v) {
    b.acquire_now(host).permit().report_now(v);
}

} // namespace

TEST_CASE("memory_store, half-open: under consecutive_failures healthy hosts aren't tracked") {
    testing::virtual_time time;
    breaker_of<consecutive_failures> b{store_of(consecutive_failures{})};
    for (int i = 0; i != 10; ++i) {
        call(b, "host " + std::to_string(i), verdict::success);
        call(b, "host " + std::to_string(i), verdict::neutral);
    }
    CHECK(b.store().size() == 0);
    call(b, "host 3", verdict::failure);
    CHECK(b.store().size() == 1);
    call(b, "host 4", verdict::success);
    CHECK(b.store().size() == 1);
}

TEST_CASE("memory_store, half-open: under failure_rate hosts are tracked from their first call on") {
    testing::virtual_time time;
    breaker_of<failure_rate> b{store_of(failure_rate{})};
    call(b, "a", verdict::success);
    CHECK(b.store().size() == 1);
    CHECK(b.snapshot_now("a").calls == 1);
}

TEMPLATE_TEST_CASE(
    "memory_store, half-open: calls at once count each, though their host wasn't tracked before", "",
    consecutive_failures, failure_rate) {
    testing::virtual_time time;
    auto rule = at_once<TestType>();
    if constexpr (std::is_same_v<TestType, failure_rate>)
        rule.minimum_calls = 3;
    else
        rule.threshold = 3;
    breaker_of<TestType> b{store_of(rule)};
    auto first = b.acquire_now("a").permit();
    auto second = b.acquire_now("a").permit();
    auto third = b.acquire_now("a").permit();
    first.report_now(verdict::failure);
    second.report_now(verdict::failure);
    CHECK(b.snapshot_now("a").failures == 2);
    CHECK(third.report_now(verdict::failure)); // the host refuses now
    CHECK(b.snapshot_now("a").state == breaker_state::open);
}

TEMPLATE_TEST_CASE(
    "memory_store, half-open: a permit outlives the eviction of its host, and changes nothing then", "",
    consecutive_failures, failure_rate) {
    testing::virtual_time time;
    breaker_of<TestType> b{store_of(at_once<TestType>(), 1)};
    call(b, "a", verdict::failure);
    time.advance(10s);
    auto probe = b.acquire_now("a").permit();
    b.force_open_now("b"); // takes the one place
    CHECK(b.store().size() == 1);
    CHECK(b.snapshot_now("a").state == breaker_state::closed);
    probe.report_now(verdict::success);
    CHECK(b.snapshot_now("b").state == breaker_state::open);
    CHECK(b.snapshot_now("b").probes.successes == 0);
}

TEMPLATE_TEST_CASE(
    "memory_store, half-open: a permit of a host that was never in trouble isn't taken for another's", "",
    consecutive_failures, failure_rate) {
    testing::virtual_time time;
    auto rule = at_once<TestType>();
    if constexpr (std::is_same_v<TestType, failure_rate>)
        rule.minimum_calls = 5;
    else
        rule.threshold = 5;
    breaker_of<TestType> b{store_of(rule, 1)};
    call(b, "a", verdict::failure);
    auto permit = b.acquire_now("a").permit();
    call(b, "b", verdict::failure); // in the place that "a" had
    CHECK(b.snapshot_now("a").failures == 0);
    permit.report_now(verdict::failure);
    CHECK(b.snapshot_now("b").failures == 1);
    CHECK(b.store().size() == 1);
}

TEMPLATE_TEST_CASE("memory_store, half-open: a host that isn't closed goes only when nothing else is left",
                   "", consecutive_failures, failure_rate) {
    testing::virtual_time time;
    auto rule = at_once<TestType>();
    if constexpr (std::is_same_v<TestType, failure_rate>)
        rule.minimum_calls = 2;
    else
        rule.threshold = 2;
    breaker_of<TestType> b{store_of(rule, 3)};
    auto const open = [&](std::string const& host) {
        call(b, host, verdict::failure);
        call(b, host, verdict::failure);
    };
    open("half-open");
    time.advance(10s);
    auto probe = b.acquire_now("half-open").permit();
    open("open");
    for (int i = 0; i != 10; ++i) {
        call(b, "closed " + std::to_string(i), verdict::failure);
        CHECK(b.snapshot_now("half-open").state == breaker_state::half_open);
        CHECK(b.snapshot_now("open").state == breaker_state::open);
        CHECK(b.store().size() == 3);
    }
    b.force_open_now("forced");
    for (int i = 0; i != 10; ++i) {
        b.increment_failures_count_now("other " + std::to_string(i));
        CHECK(b.snapshot_now("forced").state == breaker_state::open);
    }
}

TEST_CASE("memory_store, half-open: forgotten hosts go first, and don't count as evicted") {
    testing::virtual_time time;
    breaker_of<consecutive_failures> b{
        store_of(consecutive_failures{.threshold = 3, .recovery = {.forget_after = 1h}}, 2)};
    b.increment_failures_count_now("a");
    time.advance(30min);
    b.increment_failures_count_now("b");
    b.increment_failures_count_now("a");
    time.advance(1h - 1us);
    b.increment_failures_count_now("a");
    time.advance(1us);
    b.increment_failures_count_now("c");
    CHECK(b.store().evictions() == 0);
    CHECK(b.snapshot_now("a").state == breaker_state::open);
    CHECK(b.snapshot_now("b").failures == 0);
}

TEST_CASE("memory_store, half-open: expired hosts go first also where others are open for much longer") {
    testing::virtual_time time;
    breaker_of<consecutive_failures> b{store_of(at_once<consecutive_failures>(), 101)};
    for (int i = 0; i != 100; ++i)
        b.force_open_now("long " + std::to_string(i), 24h * 10);
    b.force_open_now("short", 1s);
    time.advance(25h);
    b.increment_failures_count_now("new");
    CHECK(b.store().evictions() == 0);
    for (int i = 0; i != 100; ++i)
        CHECK(b.snapshot_now("long " + std::to_string(i)).state == breaker_state::open);
}

TEST_CASE("memory_store, half-open: to reset a host never heard of takes no other's place") {
    testing::virtual_time time;
    breaker_of<consecutive_failures> b{store_of(at_once<consecutive_failures>(), 2)};
    b.increment_failures_count_now("open");
    auto permit = b.acquire_now("never heard of").permit();
    b.reset_now("never heard of"); // its older permits are worth nothing
    CHECK(b.store().size() == 1);
    permit.report_now(verdict::failure);
    CHECK(b.snapshot_now("never heard of").state == breaker_state::closed);
    b.reset_now("nor of this");
    CHECK(b.store().evictions() == 0);
    CHECK(b.snapshot_now("open").state == breaker_state::open);
}

TEST_CASE("memory_store, half-open: a permit moves, and its probe's slot is freed wherever it is dropped") {
    testing::virtual_time time;
    breaker_of<consecutive_failures> b{store_of(at_once<consecutive_failures>())};
    call(b, "a", verdict::failure);
    time.advance(10s);
    {
        auto probe = b.acquire_now("a").permit();
        auto const moved = std::move(probe);
        CHECK_FALSE(b.is_host_available_now("a"));
    }
    CHECK(b.is_host_available_now("a"));
    CHECK(b.snapshot_now("a").state == breaker_state::half_open);
}

TEST_CASE("memory_store, half-open: in sharded stores permits find their hosts as well") {
    testing::virtual_time time;
    breaker_of<failure_rate> b{store_of(at_once<failure_rate>(), 5000)};
    std::vector<breaker_of<failure_rate>::permit> permits;
    for (int i = 0; i != 1000; ++i)
        permits.push_back(b.acquire_now("host " + std::to_string(i)).permit());
    for (int i = 0; i != 1000; i += 2)
        permits[static_cast<std::size_t>(i)].report_now(verdict::failure);
    for (int i = 0; i != 1000; ++i)
        CHECK((b.snapshot_now("host " + std::to_string(i)).state == breaker_state::open) == (i % 2 == 0));
}

TEMPLATE_TEST_CASE("memory_store: lists the hosts that it knows, with their states", "", consecutive_failures,
                   failure_rate, failure_count) {
    testing::virtual_time time;
    auto rule = [] {
        if constexpr (std::is_same_v<TestType, failure_count>)
            return failure_count{.max_failures = 0, .reset_timeout = 10s};
        else
            return at_once<TestType>();
    }();
    breaker_of<TestType> b{store_of(rule, 3000)};
    CHECK(b.store().hosts().empty());
    std::vector<std::string> names;
    for (int i = 0; i != 300; ++i) {
        names.push_back("host " + std::to_string(i));
        b.increment_failures_count_now(names.back());
    }
    auto const hosts = b.store().hosts();
    std::vector<std::string> listed;
    for (auto const& host : hosts) {
        listed.push_back(host.host.str());
        CHECK(host.state == breaker_state::open);
        CHECK(host.retry_after == 10s);
    }
    std::ranges::sort(listed);
    std::ranges::sort(names);
    CHECK(listed == names);
    time.advance(24h * 30);
    CHECK(b.store().hosts().empty());
}

TEST_CASE("memory_store, half-open: a refused rule is named with its field and value") {
    CHECK_THROWS_AS(store_of(consecutive_failures{.threshold = 0}), std::invalid_argument);
    CHECK_THROWS_AS(store_of(failure_rate{.threshold = 2}), std::invalid_argument);
    CHECK_THROWS_AS(store_of(failure_rate{.recovery = {.probes = 0}}), std::invalid_argument);
}

} // namespace memory_store_half_open_test
