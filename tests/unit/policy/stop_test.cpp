// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/stop.hpp>

#include "support/objection.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <limits>
#include <stop_token>

namespace stop_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using support::objection;

namespace {

template <class Stop>
bool stops(Stop const& stop, std::uint64_t number, duration elapsed = 0s, duration upcoming_wait = 0s) {
    return stop(attempt{.number = number, .elapsed = elapsed, .upcoming_wait = upcoming_wait});
}

} // namespace

TEST_CASE("stop_never: never stops, however many attempts and however long they took") {
    CHECK_FALSE(stops(stop_never{}, 1));
    CHECK_FALSE(
        stops(stop_never{}, std::numeric_limits<std::uint64_t>::max(), duration::max(), duration::max()));
}

TEST_CASE("stop_after_attempt 3: attempt 2 no, 3 yes, 4 yes") {
    stop_after_attempt const stop{3};
    CHECK_FALSE(stops(stop, 2));
    CHECK(stops(stop, 3));
    CHECK(stops(stop, 4));
}

TEST_CASE("stop_after_attempt 0 and 1: stop once the first attempt has run") {
    CHECK(stops(stop_after_attempt{0}, 1));
    CHECK(stops(stop_after_attempt{1}, 1));
}

TEST_CASE("stop_after_attempt: time does not matter to it") {
    CHECK_FALSE(stops(stop_after_attempt{3}, 2, duration::max(), duration::max()));
    CHECK(stops(stop_after_attempt{3}, 3, 0s, 0s));
}

TEST_CASE("stop_after_delay 1: elapsed .999 no, 1 yes, 1.001 yes") {
    stop_after_delay const stop{1s};
    CHECK_FALSE(stops(stop, 1, 999ms));
    CHECK(stops(stop, 1, 1s));
    CHECK(stops(stop, 1, 1001ms));
}

TEST_CASE("stop_after_delay: the wait to come does not matter to it") {
    CHECK_FALSE(stops(stop_after_delay{1s}, 1, 999ms, 1h));
}

TEST_CASE("stop_after_delay 1 | stop_after_attempt 4: stops at whichever comes first") {
    auto const stop = stop_after_delay{1s} | stop_after_attempt{4};
    CHECK_FALSE(stops(stop, 1, 100ms));
    CHECK_FALSE(stops(stop, 2, 800ms));
    CHECK(stops(stop, 4, 800ms));
    CHECK(stops(stop, 3, 1800ms));
}

TEST_CASE("stop_after_delay 1 & stop_after_attempt 4: stops once both say so") {
    auto const stop = stop_after_delay{1s} & stop_after_attempt{4};
    CHECK_FALSE(stops(stop, 1, 100ms));
    CHECK_FALSE(stops(stop, 4, 800ms));
    CHECK_FALSE(stops(stop, 3, 1800ms));
    CHECK(stops(stop, 4, 1800ms));
}

TEST_CASE("stop_before_delay 1: elapsed .999 and wait .0001 no, (1, 0) yes, (.999, 0) no, (1, .001) yes") {
    stop_before_delay const stop{1s};
    CHECK_FALSE(stops(stop, 1, 999ms, 100us));
    CHECK(stops(stop, 1, 1s, 0s));
    CHECK_FALSE(stops(stop, 1, 999ms, 0s));
    CHECK(stops(stop, 1, 1s, 1ms));
}

TEST_CASE("stop_before_delay 5: elapsed 3 and wait 2 yes, wait 1.999 no") {
    stop_before_delay const stop{5s};
    CHECK(stops(stop, 1, 3s, 2s));
    CHECK_FALSE(stops(stop, 1, 3s, 1999ms));
}

TEST_CASE("stop_before_delay: stops before a wait for ever, however little has passed") {
    CHECK(stops(stop_before_delay{1h}, 1, 1s, duration::max()));
    CHECK(stops(stop_before_delay{duration::max()}, 1, 1s, duration::max()));
}

TEST_CASE("stop_when_requested: stops once its token is asked to, and never where nobody can ask") {
    std::stop_source source;
    stop_when_requested const stop{source.get_token()};
    CHECK_FALSE(stops(stop, 1));
    source.request_stop();
    CHECK(stops(stop, 1));
    CHECK_FALSE(stops(stop_when_requested{std::stop_token{}}, 1));
}

TEST_CASE("stop: any predicate of the attempt combines with the policies, on either side") {
    auto const odd = [](attempt const& a) { return a.number % 2 == 1; };
    CHECK(stops(odd | stop_after_attempt{2}, 1));
    CHECK(stops(stop_after_attempt{2} | odd, 2));
    CHECK_FALSE(stops(odd & stop_after_attempt{2}, 2));
    CHECK(stops(stop_after_attempt{2} & odd, 3));
}

TEST_CASE("stop: only what looks at elapsed time has the clock read") {
    CHECK_FALSE(reads_time<stop_never>);
    CHECK_FALSE(reads_time<stop_after_attempt>);
    CHECK_FALSE(reads_time<stop_when_requested>);
    CHECK(reads_time<stop_after_delay>);
    CHECK(reads_time<stop_before_delay>);
    CHECK(reads_time<bool (*)(attempt const&)>);
    CHECK_FALSE(reads_time<decltype(stop_never{} | stop_after_attempt{1})>);
    CHECK(reads_time<decltype(stop_never{} & stop_after_delay{1s})>);
}

TEST_CASE("stop: a negative limit is refused by its name and value") {
    CHECK(objection(stop_after_delay{-1s}) ==
          "breakerbox: stop_after_delay.limit must be zero or more, but is -1s");
    CHECK(objection(stop_before_delay{-5ms}) ==
          "breakerbox: stop_before_delay.limit must be zero or more, but is -5ms");
}

TEST_CASE("stop: limits of zero and for ever are right") {
    CHECK(objection(stop_after_delay{0s}).empty());
    CHECK(objection(stop_after_delay{duration::max()}).empty());
    CHECK(objection(stop_before_delay{0s}).empty());
    CHECK(stops(stop_after_delay{0s}, 1));
}

} // namespace stop_test
