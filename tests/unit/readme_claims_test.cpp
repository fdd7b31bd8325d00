// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breakerbox.hpp>

#include <breakerbox/testing.hpp>

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>
#include <utility>

namespace readme_claims_test {

// Each claim that README makes of the rules, by its own words: tests/readme/claims.cmake holds them to README. What
// it claims of retrier and breaker together is in retrier_verdict_test.cpp.

using namespace breakerbox;
using namespace std::chrono_literals;

namespace {

/// One host under a rule, called by hand in virtual time.
template <class Rule>
struct host_under {
    using store = memory_store<Rule, testing::virtual_clock>;

    testing::virtual_time time;
    circuit_breaker<store> breaker;

    explicit host_under(Rule rule) : breaker(store{rule}) {}

    auto acquire() { return breaker.acquire_now("host"); }
    auto permit() { return acquire().permit(); }
    void call(verdict v, int times = 1) {
        for (int i = 0; i != times; ++i)
            permit().report_now(v);
    }
    void call_taking(breakerbox::duration d, verdict v) {
        auto p = permit();
        time.advance(d);
        p.report_now(v);
    }
    snapshot seen() { return breaker.snapshot_now("host"); }
    breaker_state state() { return seen().state; }
    bool refuses() { return !acquire(); }
};

constexpr consecutive_failures at_once{.threshold = 1, .recovery = {.open_for = 10s, .probe_lease = 20s}};

} // namespace

TEST_CASE("README: A success ends a run of consecutive_failures, a neutral call does not.") {
    host_under h{consecutive_failures{.threshold = 3}};
    h.call(verdict::failure, 2);
    h.call(verdict::success);
    h.call(verdict::failure, 2);
    CHECK(h.state() == breaker_state::closed);
    h.call(verdict::neutral);
    h.call(verdict::failure);
    CHECK(h.state() == breaker_state::open);
}

TEST_CASE(
    "README: A failure_rate trips on a failure, or on a slow call for the share of slow ones, and on a quick "
    "success only if trip_on_success says so.") {
    failure_rate rule{.minimum_calls = 2, .window = 10, .slow_call = {.longer_than = 1s}};
    {
        host_under h{rule};
        h.call(verdict::failure, 2);
        CHECK(h.state() == breaker_state::open);
        h.breaker.reset_now("host");
        h.call_taking(2s, verdict::success);
        h.call_taking(2s, verdict::success);
        CHECK(h.state() == breaker_state::open);
        CHECK(h.seen().cause == trip_cause::slow_calls);
        h.breaker.reset_now("host");
        h.call(verdict::failure);
        h.call(verdict::success);
        CHECK(h.state() == breaker_state::closed);
    }
    rule.trip_on_success = true;
    host_under eager{rule};
    eager.call(verdict::failure);
    eager.call(verdict::success);
    CHECK(eager.state() == breaker_state::open);
}

TEST_CASE("README: Shares are compared as they are, without rounding.") {
    host_under h{failure_rate{.threshold = 0.5, .minimum_calls = 1000, .window = 1000}};
    h.call(verdict::success, 501);
    h.call(verdict::failure, 499);
    CHECK(h.state() == breaker_state::closed); // 49.9 %
    h.breaker.reset_now("host");
    h.call(verdict::success, 500);
    h.call(verdict::failure, 500);
    CHECK(h.state() == breaker_state::open);
}

TEST_CASE("README: A window in time forgets its calls by tenths, also while nobody calls.") {
    host_under h{failure_rate{.minimum_calls = 10, .window = 10s}};
    h.call(verdict::failure);
    h.time.advance(1s);
    h.call(verdict::failure, 2);
    h.time.advance(9s - 1us);
    CHECK(h.seen().failures == 3);
    h.time.advance(1us);
    CHECK(h.seen().failures == 2);
    h.time.advance(1s);
    CHECK(h.seen().failures == 0);
}

TEST_CASE("README: Open, a host lets nothing through until its open time is over.") {
    host_under h{at_once};
    h.call(verdict::failure);
    for (int i = 0; i != 10; ++i) {
        CHECK(h.refuses());
        h.time.advance(999ms);
    }
    CHECK(h.acquire().why().retry_after == 10ms);
    h.time.advance(10ms);
    CHECK_FALSE(h.refuses());
}

TEST_CASE("README: An open host becomes half-open when leave is asked, not by time alone.") {
    host_under h{at_once};
    h.call(verdict::failure);
    h.time.advance(1h);
    CHECK(h.state() == breaker_state::open);
    CHECK(h.breaker.is_host_available_now("host"));
    CHECK(h.state() == breaker_state::open);
    auto const probe = h.permit();
    CHECK(h.state() == breaker_state::half_open);
}

TEST_CASE("README: Half-open, at most probes calls are out at once, whoever makes them.") {
    host_under h{consecutive_failures{.threshold = 1,
                                      .recovery = {.open_for = 10s, .probes = 2, .successes_to_close = 9}}};
    h.call(verdict::failure);
    h.time.advance(10s);
    auto first = h.permit();
    auto second = h.permit();
    CHECK(h.refuses());
    first.report_now(verdict::success);
    auto third = h.permit();
    CHECK(h.refuses());
}

TEST_CASE("README: A probe that is cancelled, dropped or neutral frees its slot and decides nothing.") {
    host_under h{at_once};
    h.call(verdict::failure);
    h.time.advance(10s);
    { auto const dropped = h.permit(); }
    CHECK(h.state() == breaker_state::half_open);
    h.call(verdict::neutral);
    CHECK(h.state() == breaker_state::half_open);
    CHECK_FALSE(h.refuses());
    // Cancelled ones: retrier_verdict_test.cpp.
}

TEST_CASE("README: A probe that has not reported when its probe_lease ends is given up, and its report "
          "changes nothing.") {
    host_under h{at_once};
    h.call(verdict::failure);
    h.time.advance(10s);
    auto lost = h.permit();
    h.time.advance(20s - 1us);
    CHECK(h.refuses());
    h.time.advance(1us);
    auto next = h.permit();
    lost.report_now(verdict::success);
    CHECK(h.state() == breaker_state::half_open);
    CHECK(h.refuses());
    next.report_now(verdict::success);
    CHECK(h.state() == breaker_state::closed);
}

TEST_CASE("README: A probe that succeeds but is slow has failed.") {
    host_under h{failure_rate{.minimum_calls = 1, .window = 10, .slow_call = {.longer_than = 1s}}};
    h.call(verdict::failure);
    h.time.advance(30s);
    h.call_taking(1001ms, verdict::success);
    CHECK(h.state() == breaker_state::open);
}

TEST_CASE("README: Each opening without a closing between lasts longer by growth, up to max_open_for.") {
    host_under h{consecutive_failures{.threshold = 1,
                                      .recovery = {.open_for = 10s, .growth = 2, .max_open_for = 35s}}};
    for (auto const expected : {10s, 20s, 35s, 35s}) {
        h.call(verdict::failure);
        CHECK(h.acquire().why().retry_after == expected);
        h.time.advance(expected);
    }
    h.call(verdict::success);
    h.call(verdict::failure);
    CHECK(h.acquire().why().retry_after == 10s);
}

TEST_CASE(
    "README: A report of a call that had leave before the last change of state, force_open or reset changes "
    "nothing.") {
    host_under h{at_once};
    auto before_trip = h.permit();
    h.call(verdict::failure);
    before_trip.report_now(verdict::success);
    CHECK(h.state() == breaker_state::open);
    h.time.advance(10s);
    auto probe = h.permit();
    h.breaker.force_open_now("host", 1s);
    probe.report_now(verdict::success);
    CHECK(h.state() == breaker_state::open);
    h.breaker.reset_now("host");
    auto before_reset = h.permit();
    h.breaker.reset_now("host");
    before_reset.report_now(verdict::failure);
    CHECK(h.state() == breaker_state::closed);
    CHECK(h.seen().failures == 0);
}

TEST_CASE("README: A failure recorded without a permit opens a host again once its open time is over.") {
    host_under h{at_once};
    h.breaker.increment_failures_count_now("host");
    h.time.advance(9s);
    h.breaker.increment_failures_count_now("host"); // nothing, the host being open
    h.time.advance(1s);
    CHECK(h.breaker.is_host_available_now("host"));
    h.breaker.increment_failures_count_now("host");
    CHECK(h.acquire().why().retry_after == 10s);
}

TEST_CASE("README: A success recorded without a permit counts as a probe's once the open time is over.") {
    auto rule = at_once;
    rule.recovery.successes_to_close = 2;
    host_under h{rule};
    h.breaker.record_now("host", verdict::failure);
    h.breaker.record_now("host", verdict::success); // nothing, the host being open
    h.time.advance(10s);
    h.breaker.record_now("host", verdict::success);
    CHECK(h.state() == breaker_state::half_open);
    h.call(verdict::success);
    CHECK(h.state() == breaker_state::closed);
}

TEST_CASE("README: Only probes, successes recorded without a permit, and reset close a host.") {
    host_under h{at_once};
    auto old = h.permit();
    h.call(verdict::failure);
    h.time.advance(1h);
    old.report_now(verdict::success);
    (void)h.breaker.is_host_available_now("host");
    CHECK(h.state() == breaker_state::open);
    h.breaker.increment_failures_count_now("host");
    CHECK(h.state() == breaker_state::open);
    h.time.advance(10s);
    h.call(verdict::success);
    CHECK(h.state() == breaker_state::closed);
    h.call(verdict::failure);
    h.time.advance(10s);
    h.breaker.record_now("host", verdict::success);
    CHECK(h.state() == breaker_state::closed);
    h.call(verdict::failure);
    h.breaker.reset_now("host");
    CHECK(h.state() == breaker_state::closed);
}

TEST_CASE("README: force_open without a time lasts until reset.") {
    host_under h{at_once};
    h.breaker.force_open_now("host");
    h.time.advance(24h * 365 * 100);
    CHECK(h.refuses());
    CHECK(h.acquire().why().retry_after == breakerbox::duration::max());
    h.breaker.reset_now("host");
    CHECK_FALSE(h.refuses());
}

TEST_CASE("README: A host that nobody called for forget_after is as one never heard of.") {
    host_under h{consecutive_failures{.threshold = 2, .recovery = {.forget_after = 1h}}};
    h.call(verdict::failure);
    h.time.advance(1h - 1us);
    CHECK(h.seen().failures == 1);
    h.time.advance(1us);
    CHECK(h.seen().failures == 0);
    h.call(verdict::failure);
    CHECK(h.state() == breaker_state::closed);
}

} // namespace readme_claims_test
