// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/host_status.hpp>

#include "support/printed.hpp"

#include <catch2/catch_test_macros.hpp>

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
