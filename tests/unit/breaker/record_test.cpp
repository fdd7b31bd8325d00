// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/circuit_breaker.hpp>

#include "support/distant_store.hpp"
#include "support/printed.hpp"

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/testing.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace record_test {

// Calls that were made without a permit, and how they went.

using namespace breakerbox;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

template <class Rule>
struct told_breaker {
    std::vector<std::string> told{};
    std::function<void(breaker_event const&)> hear{
        [this](auto const& event) { told.push_back(support::printed(event)); }};
    circuit_breaker<memory_store<Rule, testing::virtual_clock>> breaker;

    explicit told_breaker(Rule rule)
        : breaker(memory_store<Rule, testing::virtual_clock>{rule},
                  {.observer = std::ref(hear), .failure_texts = 4}) {}
};

/// Each rule, so that the first failure trips.
template <class Rule>
Rule at_once(recovery const& r = {.open_for = 10s}) {
    if constexpr (std::is_same_v<Rule, failure_rate>)
        return {.minimum_calls = 1, .window = 10, .recovery = r};
    else
        return {.threshold = 1, .recovery = r};
}

constexpr failure_rate half_of_20{.threshold = 0.5, .minimum_calls = 20, .window = 10s};

} // namespace

TEST_CASE("record: a host that seldom fails stays closed under failure_rate, since its successes are told") {
    testing::virtual_time time;
    told_breaker of{half_of_20};
    for (int i = 0; i != 1000; ++i) {
        CHECK(of.breaker.is_host_available_now("a"));
        of.breaker.record_now("a", i % 100 == 0 ? verdict::failure : verdict::success);
    }
    CHECK(of.breaker.snapshot_now("a").calls == 1000);
    CHECK(of.breaker.snapshot_now("a").failures == 10);
    CHECK(of.told.empty());
}

TEST_CASE("record: a success ends a run of failures, and no healthy host is tracked for it") {
    testing::virtual_time time;
    told_breaker of{consecutive_failures{.threshold = 2}};
    CHECK_FALSE(of.breaker.record_now("a", verdict::success));
    CHECK(of.breaker.store().size() == 0);
    CHECK_FALSE(of.breaker.record_now("a", verdict::failure));
    CHECK_FALSE(of.breaker.record_now("a", verdict::success));
    CHECK_FALSE(of.breaker.record_now("a", verdict::failure));
    CHECK(of.breaker.record_now("a", verdict::failure)); // the host is open now
}

TEST_CASE("record: under failure_count failures alone count") {
    testing::virtual_time time;
    told_breaker of{failure_count{.max_failures = 1}};
    of.breaker.record_now("a", verdict::success);
    of.breaker.record_now("a", verdict::neutral);
    CHECK(of.breaker.store().size() == 0);
    CHECK_FALSE(of.breaker.record_now("a", verdict::failure));
    CHECK_FALSE(of.breaker.record_now("a", verdict::success));
    CHECK(of.breaker.record_now("a", verdict::failure));
    CHECK(of.breaker.increment_failures_count_now("a") == 3);
}

TEMPLATE_TEST_CASE("record: a success after the open time closes the host, as a probe's would", "",
                   consecutive_failures, failure_rate) {
    testing::virtual_time time;
    told_breaker<TestType> of{at_once<TestType>()};
    of.breaker.record_now("a", verdict::failure);
    time.advance(10s - 1us);
    of.breaker.record_now("a", verdict::success); // of a call made in spite of it
    CHECK(of.breaker.snapshot_now("a").state == breaker_state::open);
    time.advance(1us);
    of.breaker.record_now("a", verdict::success);
    CHECK(of.breaker.snapshot_now("a").state == breaker_state::closed);
    CHECK(of.told.back() == "host 'a' went from open to closed after 1 successful probe");
    CHECK(of.told.size() == 2);
}

TEMPLATE_TEST_CASE(
    "record: as many successes close a half-open host as its rule says, with a permit or without", "",
    consecutive_failures, failure_rate) {
    testing::virtual_time time;
    told_breaker<TestType> of{at_once<TestType>({.open_for = 10s, .successes_to_close = 3})};
    of.breaker.record_now("a", verdict::failure);
    time.advance(10s);
    of.breaker.record_now("a", verdict::success);
    CHECK(of.breaker.snapshot_now("a").state == breaker_state::half_open);
    CHECK(of.breaker.snapshot_now("a").probes.successes == 1);
    of.breaker.acquire_now("a").permit().report_now(verdict::success);
    of.breaker.record_now("a", verdict::neutral);
    CHECK(of.breaker.snapshot_now("a").probes.successes == 2);
    of.breaker.record_now("a", verdict::success);
    CHECK(of.breaker.snapshot_now("a").state == breaker_state::closed);
}

TEMPLATE_TEST_CASE("record: neutral does not end the open time", "", consecutive_failures, failure_rate) {
    testing::virtual_time time;
    told_breaker<TestType> of{at_once<TestType>()};
    of.breaker.record_now("a", verdict::failure);
    time.advance(10s);
    of.breaker.record_now("a", verdict::neutral);
    CHECK(of.breaker.snapshot_now("a").state == breaker_state::open);
    CHECK(of.told.size() == 1);
}

TEST_CASE("record: calls that took too long are rated as slow, and are no successes of a half-open host") {
    testing::virtual_time time;
    told_breaker of{failure_rate{.minimum_calls = 2,
                                 .window = 10,
                                 .slow_call = {.longer_than = 2s, .threshold = 1},
                                 .recovery = {.open_for = 10s}}};
    of.breaker.record_now("a", verdict::success, 2s);
    CHECK(of.breaker.snapshot_now("a").slow_calls == 0);
    of.breaker.reset_now("a");
    of.breaker.record_now("a", verdict::success, 3s);
    of.breaker.record_now("a", verdict::success, 3s);
    CHECK(of.breaker.snapshot_now("a").cause == trip_cause::slow_calls);
    time.advance(10s);
    of.breaker.record_now("a", verdict::success, 3s);
    CHECK(of.breaker.snapshot_now("a").state == breaker_state::open);
    CHECK(of.breaker.snapshot_now("a").retry_after == 10s);
    time.advance(10s);
    of.breaker.record_now("a", verdict::success, -3s);
    CHECK(of.breaker.snapshot_now("a").state == breaker_state::closed);
}

TEST_CASE("record: the text of a failure is kept, where the breaker keeps such texts") {
    testing::virtual_time time;
    told_breaker of{consecutive_failures{}};
    of.breaker.record_now("a", verdict::failure, 1s, "connection reset");
    CHECK(of.breaker.snapshot_now("a").last_failure == "connection reset");
    of.breaker.record_now("b", verdict::success, 1s, "no failure");
    CHECK(of.breaker.snapshot_now("b").last_failure.empty());
}

TEST_CASE("record: awaited, for every store, and as a failure the same as increment_failures_count") {
    testing::virtual_time time;
    told_breaker of{at_once<failure_rate>()};
    circuit_breaker distant{support::distant_store{at_once<failure_rate>()}};
    time.run([&]() -> asio::awaitable<void> {
        bool near = co_await of.breaker.record("a", verdict::failure, 1s, "down");
        bool far = co_await distant.record("a", verdict::failure);
        CHECK(near);
        CHECK(far);
        CHECK(of.breaker.snapshot_now("a").last_failure == "down");
        time.advance(10s);
        near = co_await of.breaker.record("a", verdict::success);
        far = co_await distant.record("a", verdict::success);
        CHECK_FALSE(near);
        CHECK_FALSE(far);
        auto const seen = co_await distant.snapshot("a");
        CHECK(seen.state == breaker_state::closed);
        auto const count = co_await distant.increment_failures_count("a");
        CHECK(count == 1);
    });
    CHECK(of.breaker.snapshot_now("a").state == breaker_state::closed);
}

TEST_CASE("record: no host is refused, whatever the verdict") {
    testing::virtual_time time;
    told_breaker of{failure_count{}};
    circuit_breaker distant{support::distant_store{failure_count{}}};
    auto const says_so = Catch::Matchers::Message("breakerbox: 'host' must be given, but is empty");
    for (auto const v : {verdict::success, verdict::failure, verdict::neutral}) {
        CHECK_THROWS_MATCHES(of.breaker.record_now("", v), std::invalid_argument, says_so);
        CHECK_THROWS_MATCHES(time.run(distant.record("", v)), std::invalid_argument, says_so);
    }
}

} // namespace record_test
