// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retry_event.hpp>

#include "support/outcomes.hpp"
#include "support/printed.hpp"

#include <catch2/catch_test_macros.hpp>

#include <stdexcept>

namespace retry_event_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using support::printed;

using kind = retry_event::kind;

TEST_CASE("retry_event: prints each kind in a line of its own words") {
    attempt const second{.number = 2, .upcoming_wait = 250ms};
    CHECK(printed(retry_event{kind::before_attempt, "", second}) == "attempt 2");
    CHECK(printed(retry_event{kind::after_attempt, "", second, verdict::success}) ==
          "attempt 2 ended as a success");
    CHECK(printed(retry_event{kind::before_wait, "", second, verdict::failure}) ==
          "waits 250ms after attempt 2");
    CHECK(printed(retry_event{kind::finished, "", second}) == "succeeded at attempt 2");
}

TEST_CASE("retry_event: prints the exception of a failed attempt, but no value") {
    auto const failed = support::threw(std::runtime_error("no route"));
    auto const value = support::returned(7);
    attempt const threw{.number = 1, .last = &failed};
    attempt const gave{.number = 1, .last = &value};
    CHECK(printed(retry_event{kind::after_attempt, "", threw, verdict::failure}) ==
          "attempt 1 ended as a failure: no route");
    CHECK(printed(retry_event{kind::after_attempt, "", gave, verdict::failure}) ==
          "attempt 1 ended as a failure");
}

TEST_CASE("retry_event: prints why a call ended") {
    attempt const third{.number = 3};
    auto const ended = [&](retry_end end) {
        return printed(retry_event{kind::finished, "", third, verdict::neutral, end});
    };
    CHECK(ended(retry_end::not_retryable) == "not retryable at attempt 3");
    CHECK(ended(retry_end::stopped) == "gave up at attempt 3");
    CHECK(ended(retry_end::refused) == "refused by the breaker at attempt 3");
    CHECK(ended(retry_end::cancelled) == "cancelled at attempt 3");
}

TEST_CASE("retry_event: prints the host first, where there is one") {
    CHECK(printed(retry_event{kind::before_attempt, "example.com", attempt{}}) == "example.com: attempt 1");
}

} // namespace retry_event_test
