// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/failure_rate.hpp>

#include "support/objection.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstdint>
#include <limits>

namespace failure_rate_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using support::objection;

namespace {

constexpr ended_call failed{verdict::failure};
constexpr ended_call succeeded{verdict::success};
constexpr ended_call slow_success{verdict::success, 2s};
constexpr ended_call slow_failure{verdict::failure, 2s};

/// A rule's tally, and what counting a call into it says.
struct counting {
    failure_rate rule;
    call_window calls{};

    trip_cause operator()(ended_call call, int times = 1) {
        auto cause = trip_cause::none;
        for (int i = 0; i != times; ++i)
            cause = rule.count(calls, call, 0us);
        return cause;
    }
};

constexpr failure_rate half_of_four{.threshold = 0.5, .minimum_calls = 4, .window = 10};
constexpr failure_rate half_of_four_slow{
    .threshold = 0.5, .minimum_calls = 4, .window = 10, .slow_call = {.longer_than = 1s, .threshold = 0.5}};

} // namespace

TEST_CASE("failure_rate: a failure trips where enough calls were made and the share is reached") {
    counting count{half_of_four};
    CHECK(count(failed, 3) == trip_cause::none);
    CHECK(count(failed) == trip_cause::failures);
}

TEST_CASE("failure_rate: below the share nothing trips, and shares are not rounded") {
    counting count{{.threshold = 0.5, .minimum_calls = 1000, .window = 1000}};
    count(succeeded, 503);
    CHECK(count(failed, 497) == trip_cause::none);
    counting exact{{.threshold = 0.55, .minimum_calls = 100, .window = 100}};
    exact(succeeded, 45);
    CHECK(exact(failed, 54) == trip_cause::none);
    CHECK(exact(failed) == trip_cause::failures);
}

TEST_CASE("failure_rate: a success never trips it, unless trip_on_success says so") {
    counting count{half_of_four};
    count(failed, 3);
    CHECK(count(succeeded) == trip_cause::none);
    auto rule = half_of_four;
    rule.trip_on_success = true;
    counting eager{rule};
    eager(failed, 3);
    CHECK(eager(succeeded) == trip_cause::failures);
}

TEST_CASE("failure_rate: a slow success trips on the share of slow calls alone") {
    counting count{half_of_four_slow};
    count(slow_success, 3);
    CHECK(count(slow_success) == trip_cause::slow_calls);
    counting failures_before{half_of_four_slow};
    failures_before(failed, 3);
    CHECK(failures_before(slow_success) == trip_cause::none);
}

TEST_CASE(
    "failure_rate: a quick failure doesn't trip on the share of slow calls, a slow one trips on either") {
    counting quick{half_of_four_slow};
    quick(slow_success, 3);
    CHECK(quick(failed) == trip_cause::none);
    counting slow{half_of_four_slow};
    slow(slow_success, 3);
    CHECK(slow(slow_failure) == trip_cause::slow_calls);
    counting both{half_of_four_slow};
    both(slow_failure, 3);
    CHECK(both(slow_failure) == trip_cause::failures);
}

TEST_CASE("failure_rate: slow is strictly longer; by default nothing is") {
    CHECK_FALSE(half_of_four_slow.is_slow({verdict::success, 1s}));
    CHECK(half_of_four_slow.is_slow({verdict::success, 1s + 1us}));
    CHECK_FALSE(failure_rate{}.is_slow({verdict::success, std::chrono::microseconds::max()}));
}

TEST_CASE("failure_rate: shows what it has counted, and where it trips") {
    counting count{half_of_four_slow};
    count(slow_failure, 2);
    count(succeeded);
    auto const counted = count.rule.counted(count.calls, 0us);
    CHECK(counted.failures == 2);
    CHECK(counted.calls == 3);
    CHECK(counted.slow_calls == 2);
    CHECK(half_of_four_slow.condition() == trip_condition{.what = trip_condition::kind::rate,
                                                          .threshold = 0.5,
                                                          .slow_threshold = 0.5,
                                                          .minimum_calls = 4});
    CHECK(half_of_four.condition().slow_threshold == 0);
}

TEST_CASE("failure_rate: fields that can't be right are refused by name and value") {
    constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(objection(failure_rate{}).empty());
    CHECK_THAT(objection(failure_rate{.threshold = 0}),
               ContainsSubstring("failure_rate.threshold must be above 0 and at most 1, but is 0"));
    CHECK_THAT(objection(failure_rate{.threshold = 1.5}), ContainsSubstring("is 1.5"));
    CHECK_THAT(objection(failure_rate{.threshold = nan}), ContainsSubstring("is nan"));
    CHECK_THAT(objection(failure_rate{.minimum_calls = 0}), ContainsSubstring("failure_rate.minimum_calls"));
    CHECK_THAT(objection(failure_rate{.minimum_calls = 11, .window = 10}),
               ContainsSubstring("failure_rate.minimum_calls must be failure_rate.window or less") &&
                   ContainsSubstring("is 11"));
    CHECK_THAT(objection(failure_rate{.window = 0}),
               ContainsSubstring("failure_rate.window") && ContainsSubstring("is 0"));
    CHECK_THAT(objection(failure_rate{.window = -5}), ContainsSubstring("is -5"));
    CHECK_THAT(objection(failure_rate{.window = 1'000'001}), ContainsSubstring("is 1000001"));
    CHECK_THAT(objection(failure_rate{.window = std::numeric_limits<std::uint64_t>::max()}),
               ContainsSubstring("failure_rate.window"));
    CHECK_THAT(objection(failure_rate{.window = 0s}),
               ContainsSubstring("failure_rate.window") && ContainsSubstring("is 0s"));
    CHECK_THAT(objection(failure_rate{.window = -1s}), ContainsSubstring("is -1s"));
    CHECK_THAT(objection(failure_rate{.window = 500ns}), ContainsSubstring("failure_rate.window"));
    CHECK_THAT(objection(failure_rate{.slow_call = {.longer_than = 0s}}),
               ContainsSubstring("slow_call.longer_than"));
    CHECK_THAT(objection(failure_rate{.slow_call = {.longer_than = 1s, .threshold = 0}}),
               ContainsSubstring("slow_call.threshold"));
    CHECK_THAT(objection(failure_rate{.slow_call = {.longer_than = 1s, .threshold = nan}}),
               ContainsSubstring("slow_call.threshold"));
    CHECK_THAT(objection(failure_rate{.recovery = {.growth = 0}}), ContainsSubstring("recovery.growth"));
}

} // namespace failure_rate_test
