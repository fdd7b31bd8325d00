// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/store/memory_store.hpp>

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>
#include <breakerbox/testing.hpp>

#include "support/each_rule.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <string>
#include <type_traits>

namespace memory_store_adopt_test {

// How a store takes over what another one says of a host, and counts calls whose permits another one has given.

using namespace breakerbox;
using namespace std::chrono_literals;

namespace {

/// Each rule, so that the second failure trips, for ten seconds.
template <class Rule>
Rule at_the_second() {
    recovery const r{.open_for = 10s, .growth = 2};
    if constexpr (std::is_same_v<Rule, failure_count>)
        return {.max_failures = 1, .reset_timeout = 10s};
    else if constexpr (std::is_same_v<Rule, failure_rate>)
        return {.minimum_calls = 2, .window = 10, .recovery = r};
    else
        return {.threshold = 2, .recovery = r};
}

template <class Rule>
using store_of = memory_store<Rule, testing::virtual_clock>;

template <class Rule>
store_of<Rule> make_store() {
    return store_of<Rule>{at_the_second<Rule>()};
}

change_queue unheard{false};

template <class Store>
void fail(Store& s, std::string const& host, int times = 1) {
    for (int i = 0; i != times; ++i)
        s.record(host, {verdict::failure}, unheard);
}

template <class Store>
bool refuses(Store& s, std::string const& host) {
    return s.acquire(host, unheard).refusal.has_value();
}

/// A store that has heard of the host "a" of another one, and has told nobody.
template <class Store>
Store adopted_from(Store const& other) {
    Store s{other.rule()};
    change_queue changes{true};
    s.adopt("a", other.look("a"), changes);
    CHECK(changes.is_empty() == (other.look("a").state == breaker_state::closed));
    return s;
}

} // namespace

TEMPLATE_TEST_CASE("memory_store, adopt: an open host looks as it does elsewhere, and is refused for as long",
                   "", EACH_RULE) {
    testing::virtual_time time;
    time.advance(1h);
    auto there = make_store<TestType>();
    fail(there, "a", 2);
    time.advance(3s);
    auto here = adopted_from(there);
    CHECK(here.look("a").state == breaker_state::open);
    CHECK(here.look("a") == there.look("a"));
    CHECK(refuses(here, "a"));
    time.advance(7s - 1us);
    CHECK(here.look("a") == there.look("a"));
    CHECK(refuses(here, "a"));
    time.advance(1us);
    CHECK_FALSE(refuses(here, "a"));
}

TEMPLATE_TEST_CASE("memory_store, adopt: a host that was forced open looks as it does elsewhere", "",
                   EACH_RULE) {
    testing::virtual_time time;
    time.advance(1h);
    auto there = make_store<TestType>();
    there.force_open("a", 90s, unheard);
    auto here = adopted_from(there);
    CHECK(here.look("a") == there.look("a"));
    time.advance(90s - 1us);
    CHECK(refuses(here, "a"));
    time.advance(1us);
    CHECK_FALSE(refuses(here, "a"));
}

TEMPLATE_TEST_CASE("memory_store, adopt: a host that is open until reset stays so", "", EACH_TRIP_RULE) {
    testing::virtual_time time;
    auto there = make_store<TestType>();
    there.force_open("a", std::nullopt, unheard);
    auto here = adopted_from(there);
    CHECK(here.look("a") == there.look("a"));
    time.advance(24h * 1000);
    CHECK(refuses(here, "a"));
    CHECK(here.look("a").retry_after == duration::max());
}

TEMPLATE_TEST_CASE("memory_store, adopt: an open host whose time is over may be tried", "", EACH_TRIP_RULE) {
    testing::virtual_time time;
    auto there = make_store<TestType>();
    fail(there, "a", 2);
    time.advance(11s);
    auto here = adopted_from(there);
    CHECK(here.look("a").state == breaker_state::open);
    CHECK(here.look("a").is_available());
    auto const leave = here.acquire("a", unheard);
    CHECK(leave.ticket.is_probe);
    CHECK(here.report(leave.ticket, "a", verdict::success, unheard).counted);
    CHECK(here.look("a").state == breaker_state::closed);
}

TEMPLATE_TEST_CASE("memory_store, adopt: a half-open host is one with no probe out", "", EACH_TRIP_RULE) {
    testing::virtual_time time;
    auto there = make_store<TestType>();
    fail(there, "a", 2);
    time.advance(10s);
    CHECK(there.acquire("a", unheard).ticket.is_probe);
    CHECK(refuses(there, "a"));
    auto here = adopted_from(there);
    CHECK(here.look("a").state == breaker_state::half_open);
    CHECK(here.look("a").probes.out == 0);
    CHECK(here.look("a").failures == there.look("a").failures);
    CHECK(here.acquire("a", unheard).ticket.is_probe);
    CHECK(refuses(here, "a"));
}

TEMPLATE_TEST_CASE("memory_store, adopt: a half-open host keeps what its probes have said", "",
                   EACH_TRIP_RULE) {
    testing::virtual_time time;
    auto rule = at_the_second<TestType>();
    rule.recovery.probes = 2;
    rule.recovery.successes_to_close = 2;
    store_of<TestType> there{rule};
    fail(there, "a", 2);
    time.advance(10s);
    auto const leave = there.acquire("a", unheard);
    there.report(leave.ticket, "a", verdict::success, unheard);
    store_of<TestType> here{rule};
    here.adopt("a", there.look("a"), unheard);
    CHECK(here.look("a") == there.look("a"));
    auto const second = here.acquire("a", unheard);
    here.report(second.ticket, "a", verdict::success, unheard);
    CHECK(here.look("a").state == breaker_state::closed);
}

TEMPLATE_TEST_CASE("memory_store, adopt: a probe that fails opens the host for longer than it was", "",
                   EACH_TRIP_RULE) {
    testing::virtual_time time;
    auto there = make_store<TestType>();
    fail(there, "a", 2);
    auto here = adopted_from(there);
    time.advance(10s);
    auto const leave = here.acquire("a", unheard);
    here.report(leave.ticket, "a", verdict::failure, unheard);
    CHECK(here.look("a").retry_after == 20s);
}

TEMPLATE_TEST_CASE("memory_store, adopt: a closed host forgets that it was open, and what was counted", "",
                   EACH_TRIP_RULE) {
    testing::virtual_time time;
    auto here = make_store<TestType>();
    host_status const closed = make_store<TestType>().look("a");
    SECTION("open") {
        fail(here, "a", 2);
    }
    SECTION("half-open") {
        fail(here, "a", 2);
        time.advance(10s);
        CHECK(here.acquire("a", unheard).ticket.is_probe);
    }
    SECTION("forced open") {
        here.force_open("a", std::nullopt, unheard);
    }
    SECTION("closed, with a failure") {
        fail(here, "a");
    }
    here.adopt("a", closed, unheard);
    CHECK(here.look("a") == closed);
    CHECK_FALSE(refuses(here, "a"));
    fail(here, "a");
    CHECK(here.look("a").state == breaker_state::closed);
    fail(here, "a");
    CHECK(here.look("a").state == breaker_state::open);
    CHECK(here.look("a").retry_after == 10s);
}

TEST_CASE(
    "memory_store, adopt: under failure_count a host has the count of elsewhere, more or less than its own") {
    testing::virtual_time time;
    store_of<failure_count> here{{.max_failures = 5, .reset_timeout = 10s}};
    fail(here, "a", 4);
    here.adopt("a", {.failures = 2}, unheard);
    CHECK(here.look("a").failures == 2);
    here.adopt("a", {.failures = 5}, unheard);
    CHECK(here.look("a").failures == 5);
    CHECK(here.record("a", {verdict::failure}, unheard).state == breaker_state::open);
    here.adopt("a", {}, unheard);
    CHECK(here.look("a").failures == 0);
    CHECK(here.size() == 0);
}

TEST_CASE(
    "memory_store, adopt: under failure_count a count that hasn't opened the host lives for reset_timeout") {
    testing::virtual_time time;
    store_of<failure_count> here{{.max_failures = 5, .reset_timeout = 10s}};
    here.adopt("a", {.failures = 2}, unheard);
    time.advance(10s - 1us);
    CHECK(here.look("a").failures == 2);
    time.advance(1us);
    CHECK(here.look("a").failures == 0);
}

TEST_CASE("memory_store, adopt: a count of more than 32 bits is the most there can be") {
    testing::virtual_time time;
    auto here = make_store<failure_count>();
    here.adopt(
        "a",
        {.state = breaker_state::open, .failures = (1ULL << 53) - 1, .opened_at = 0us, .retry_after = 5s},
        unheard);
    CHECK(here.look("a").failures == 4294967295U);
    CHECK(here.record("a", {verdict::failure}, unheard).failures == 4294967295U);
    CHECK(here.look("a").retry_after == 10s);
}

TEMPLATE_TEST_CASE("memory_store, adopt: hosts never heard of stay untracked where they are closed", "",
                   EACH_RULE) {
    testing::virtual_time time;
    auto here = make_store<TestType>();
    here.adopt("a", here.look("a"), unheard);
    CHECK(here.size() == 0);
    fail(here, "b");
    here.adopt("a", here.look("a"), unheard);
    CHECK(here.size() == 1);
}

TEMPLATE_TEST_CASE("memory_store, adopt: what expires does so here too", "", EACH_TRIP_RULE) {
    testing::virtual_time time;
    auto there = make_store<TestType>();
    fail(there, "a", 2);
    auto here = adopted_from(there);
    time.advance(10s + 24h - 1us);
    CHECK(here.look("a").state == breaker_state::open);
    time.advance(1us);
    CHECK(here.look("a") == make_store<TestType>().look("a"));
}

TEMPLATE_TEST_CASE("memory_store, adopt: permits from before are worth nothing", "", EACH_TRIP_RULE) {
    testing::virtual_time time;
    auto there = make_store<TestType>();
    auto here = make_store<TestType>();
    fail(here, "a");
    auto const before = here.acquire("a", unheard);
    SECTION("of a closed host") {
        fail(there, "a", 2);
        here.adopt("a", there.look("a"), unheard);
        here.adopt("a", make_store<TestType>().look("a"), unheard);
        CHECK_FALSE(here.report(before.ticket, "a", verdict::failure, unheard).counted);
        CHECK(here.look("a").failures == 0);
    }
    SECTION("of a probe") {
        fail(here, "a");
        time.advance(10s);
        auto const probe = here.acquire("a", unheard);
        REQUIRE(probe.ticket.is_probe);
        here.adopt("a", here.look("a"), unheard);
        CHECK_FALSE(here.report(probe.ticket, "a", verdict::success, unheard).counted);
        CHECK(here.look("a").state == breaker_state::half_open);
        auto const next = here.acquire("a", unheard);
        CHECK(next.ticket.is_probe);
        CHECK_FALSE(here.report(probe.ticket, "a", verdict::failure, unheard).counted);
        CHECK(here.look("a").probes.out == 1);
    }
}

TEMPLATE_TEST_CASE("memory_store, adopt: a full store makes room for a host that is open elsewhere", "",
                   EACH_RULE) {
    testing::virtual_time time;
    store_of<TestType> here{at_the_second<TestType>(), {.max_hosts = 2}};
    auto there = make_store<TestType>();
    fail(there, "a", 2);
    fail(here, "b");
    fail(here, "c");
    here.adopt("a", there.look("a"), unheard);
    CHECK(here.size() == 2);
    CHECK(refuses(here, "a"));
}

// --- report_foreign

TEMPLATE_TEST_CASE("memory_store, report_foreign: failures count while the host is closed, and may trip it",
                   "", EACH_RULE) {
    testing::virtual_time time;
    auto s = make_store<TestType>();
    change_queue changes{true};
    auto const first = s.report_foreign("a", {verdict::failure}, changes);
    CHECK(first.counted);
    CHECK_FALSE(first.is_open);
    CHECK(changes.is_empty());
    auto const second = s.report_foreign("a", {verdict::failure}, changes);
    CHECK(second.counted);
    CHECK(second.is_open);
    CHECK_FALSE(changes.is_empty());
    CHECK(s.look("a").failures == 2);
}

TEMPLATE_TEST_CASE("memory_store, report_foreign: of a host that is not closed nothing counts", "",
                   EACH_TRIP_RULE) {
    testing::virtual_time time;
    auto s = make_store<TestType>();
    fail(s, "a", 2);
    SECTION("open") {}
    SECTION("open for long enough") {
        time.advance(10s);
    }
    SECTION("half-open") {
        time.advance(10s);
        CHECK(s.acquire("a", unheard).ticket.is_probe);
    }
    auto const before = s.look("a");
    CHECK_FALSE(s.report_foreign("a", {verdict::success}, unheard).counted);
    CHECK_FALSE(s.report_foreign("a", {verdict::failure}, unheard).counted);
    CHECK_FALSE(s.report_foreign("a", {verdict::neutral}, unheard).counted);
    CHECK(s.look("a") == before);
}

TEST_CASE("memory_store, report_foreign: under failure_count the failures of an open host count on") {
    testing::virtual_time time;
    auto s = make_store<failure_count>();
    fail(s, "a", 2);
    auto const result = s.report_foreign("a", {verdict::failure}, unheard);
    CHECK(result.counted);
    CHECK(result.is_open);
    CHECK(s.look("a").failures == 3);
    CHECK_FALSE(s.report_foreign("a", {verdict::success}, unheard).counted);
    CHECK_FALSE(s.report_foreign("a", {verdict::neutral}, unheard).counted);
    CHECK(s.look("a").failures == 3);
}

TEST_CASE("memory_store, report_foreign: a success ends a run of failures, and tracks no host") {
    testing::virtual_time time;
    auto s = make_store<consecutive_failures>();
    s.report_foreign("b", {verdict::success}, unheard);
    CHECK(s.size() == 0);
    fail(s, "a");
    s.report_foreign("b", {verdict::success}, unheard);
    CHECK(s.size() == 1);
    CHECK(s.report_foreign("a", {verdict::success}, unheard).counted);
    CHECK(s.look("a").failures == 0);
    fail(s, "a");
    CHECK(s.look("a").state == breaker_state::closed);
}

TEST_CASE("memory_store, report_foreign: under failure_rate successes count, and so do slow calls") {
    testing::virtual_time time;
    failure_rate rule{.minimum_calls = 2, .window = 10, .slow_call = {.longer_than = 1s, .threshold = 0.5}};
    store_of<failure_rate> s{rule};
    CHECK(s.report_foreign("a", {verdict::success, 1s}, unheard).counted);
    CHECK(s.look("a").calls == 1);
    CHECK(s.look("a").slow_calls == 0);
    s.report_foreign("a", {verdict::neutral, 5s}, unheard);
    CHECK(s.look("a").calls == 1);
    s.report_foreign("a", {verdict::success, 1s + 1us}, unheard);
    CHECK(s.look("a").state == breaker_state::open);
    CHECK(s.look("a").cause == trip_cause::slow_calls);
}

TEMPLATE_TEST_CASE("memory_store, report_foreign: an open host that was forgotten is a closed one", "",
                   EACH_TRIP_RULE) {
    testing::virtual_time time;
    auto s = make_store<TestType>();
    fail(s, "a", 2);
    time.advance(10s + 24h);
    CHECK(s.report_foreign("a", {verdict::failure}, unheard).counted);
    CHECK(s.look("a").failures == 1);
    CHECK(s.look("a").state == breaker_state::closed);
}

} // namespace memory_store_adopt_test
