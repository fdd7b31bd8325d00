// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/host_status.hpp>

#include <breakerbox/base/host_report.hpp>

#include "support/printed.hpp"

#include <catch2/catch_test_macros.hpp>

#include <iomanip>
#include <sstream>

namespace host_status_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using support::printed;

TEST_CASE("host_status: verdicts and states print as words") {
    CHECK(printed(verdict::success) == "success");
    CHECK(printed(verdict::failure) == "failure");
    CHECK(printed(verdict::neutral) == "neutral");
    CHECK(printed(breaker_state::closed) == "closed");
    CHECK(printed(breaker_state::open) == "open");
    CHECK(printed(breaker_state::half_open) == "half-open");
}

TEST_CASE("host_status: prints the state, what was counted and what is allowed") {
    CHECK(printed(host_status{.failures = 0, .condition = {.threshold = 5}}) ==
          "closed: 0 failures (at most 5 allowed)");
    CHECK(printed(host_status{.failures = 1, .condition = {.threshold = 5}}) ==
          "closed: 1 failure (at most 5 allowed)");
}

TEST_CASE("host_status: prints when a call may be made again, where none may now") {
    host_status const open{.state = breaker_state::open,
                           .failures = 6,
                           .condition = {.threshold = 5},
                           .opened_at = 1s,
                           .retry_after = 9500ms};
    CHECK(printed(open) == "open: 6 failures (at most 5 allowed), retry after 9.5s");
}

TEST_CASE("host_status: a rejection and a snapshot print their host and its status in one line") {
    host_status const status{
        .state = breaker_state::open, .failures = 2, .condition = {.threshold = 1}, .retry_after = 10s};
    auto const expected = "host 'example.com' is open: 2 failures (at most 1 allowed), retry after 10s";
    CHECK(printed(rejection{status, host_name{"example.com"}}) == expected);
    CHECK(printed(snapshot{status, host_name{"example.com"}}) == expected);
}

TEST_CASE("host_status: two are equal where all of their parts are") {
    host_status const status{.failures = 1, .condition = {.threshold = 5}, .opened_at = 3us};
    auto other = status;
    CHECK(other == status);
    other.opened_at = 4us;
    CHECK(other != status);
}

TEST_CASE("host_status: snapshots of two hosts differ, whatever their states") {
    CHECK(snapshot{{}, host_name{"a"}} != snapshot{{}, host_name{"b"}});
    CHECK(rejection{{}, host_name{"a"}} != rejection{{}, host_name{"b"}});
    CHECK(snapshot{{}, host_name{"a"}} == snapshot{{}, host_name{"a"}});
}

TEST_CASE("host_status: of a rule with half-open, prints the run and where it trips") {
    trip_condition const five_in_a_row{.what = trip_condition::kind::failures_in_a_row, .threshold = 5};
    CHECK(printed(host_status{.failures = 1, .condition = five_in_a_row}) ==
          "closed: 1 failure in a row (trips at 5)");
    CHECK(printed(host_status{.state = breaker_state::open,
                              .cause = trip_cause::failed_probes,
                              .failures = 5,
                              .condition = five_in_a_row,
                              .probes = {.failures = 2},
                              .retry_after = 10s}) ==
          "open after 2 failed probes: 5 failures in a row (trips at 5), retry after 10s");
}

TEST_CASE("host_status: of a rate, prints how many calls failed and were slow, and where that trips") {
    trip_condition rate{.what = trip_condition::kind::rate, .threshold = 0.55, .minimum_calls = 20};
    CHECK(printed(host_status{.failures = 3, .calls = 1, .condition = rate}) ==
          "closed: 3 of 1 call failed (trips at 55% of at least 20)");
    rate.slow_threshold = 0.8;
    CHECK(printed(host_status{.state = breaker_state::open,
                              .cause = trip_cause::slow_calls,
                              .failures = 1,
                              .calls = 20,
                              .slow_calls = 16,
                              .condition = rate,
                              .retry_after = 5s}) ==
          "open for slow calls: 1 of 20 calls failed and 16 took too long (trips at 55% failed or 80% slow, "
          "of at least 20), retry after 5s");
}

TEST_CASE("host_status: half-open, prints the probes out and the successes; the wait is the longest") {
    host_status const half_open{
        .state = breaker_state::half_open,
        .failures = 5,
        .condition = {.what = trip_condition::kind::failures_in_a_row, .threshold = 5},
        .probes = {.out = 2, .most_out = 2, .successes = 1, .successes_to_close = 3},
        .retry_after = 60s};
    CHECK(printed(half_open) == "half-open: 2 of 2 probes out, 1 of 3 successes, retry after 60s at the "
                                "latest; opened: 5 failures in a row (trips at 5)");
}

TEST_CASE("host_status: opened by hand with nothing counted, prints no evidence") {
    host_status by_hand{.state = breaker_state::open,
                        .cause = trip_cause::by_hand,
                        .condition = {.what = trip_condition::kind::failures_in_a_row, .threshold = 5},
                        .retry_after = breakerbox::duration::max()};
    CHECK(printed(by_hand) == "open by hand, until reset");
    by_hand.failures = 2;
    by_hand.retry_after = 5s;
    CHECK(printed(by_hand) == "open by hand: 2 failures in a row (trips at 5), retry after 5s");
    host_status const probed{.state = breaker_state::half_open,
                             .cause = trip_cause::by_hand,
                             .condition = by_hand.condition,
                             .probes = {.most_out = 1, .successes_to_close = 1}};
    CHECK(printed(probed) == "half-open: 0 of 1 probe out, 0 of 1 success; opened by hand");
}

TEST_CASE("host_status: prints the same whatever the stream's flags") {
    std::ostringstream out;
    out << std::hex << std::fixed << std::setprecision(1)
        << host_status{
               .failures = 16,
               .condition = {.what = trip_condition::kind::failures_in_a_row, .threshold = 1'000'000}};
    CHECK(out.str() == "closed: 16 failures in a row (trips at 1000000)");
}

TEST_CASE("host_status: open with its open time over, says that it may be tried now") {
    CHECK(printed(host_status{.state = breaker_state::open, .failures = 2, .condition = {.threshold = 1}}) ==
          "open: 2 failures (at most 1 allowed), may be tried now");
}

TEST_CASE("host_status: half-open again, says what had opened it first") {
    host_status const again{.state = breaker_state::half_open,
                            .cause = trip_cause::failed_probes,
                            .failures = 5,
                            .condition = {.what = trip_condition::kind::failures_in_a_row, .threshold = 5},
                            .probes = {.most_out = 1, .successes_to_close = 1}};
    CHECK(printed(again) ==
          "half-open: 0 of 1 probe out, 0 of 1 success; opened: 5 failures in a row (trips at 5)");
}

} // namespace host_status_test
