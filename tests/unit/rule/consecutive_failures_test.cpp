// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/consecutive_failures.hpp>

#include "support/objection.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace consecutive_failures_test {

using namespace breakerbox;
using Catch::Matchers::ContainsSubstring;
using support::objection;

namespace {

constexpr ended_call failed{verdict::failure};
constexpr ended_call succeeded{verdict::success};

} // namespace

TEST_CASE("consecutive_failures: the threshold-th failure in a row trips") {
    consecutive_failures const rule{.threshold = 3};
    consecutive_failures::tally run;
    CHECK(rule.count(run, failed, instant{}) == trip_cause::none);
    CHECK(rule.count(run, failed, instant{}) == trip_cause::none);
    CHECK(rule.counted(run, instant{}).failures == 2);
    CHECK(rule.count(run, failed, instant{}) == trip_cause::failures);
}

TEST_CASE("consecutive_failures: a success ends the run") {
    consecutive_failures const rule{.threshold = 2};
    consecutive_failures::tally run;
    rule.count(run, failed, instant{});
    CHECK(rule.count(run, succeeded, instant{}) == trip_cause::none);
    CHECK(rule.counted(run, instant{}).failures == 0);
    CHECK(rule.count(run, failed, instant{}) == trip_cause::none);
}

TEST_CASE("consecutive_failures: no call is slow") {
    CHECK_FALSE(consecutive_failures{}.is_slow({verdict::success, std::chrono::hours{1}}));
}

TEST_CASE("consecutive_failures: fields that can't be right are refused by name and value") {
    CHECK(objection(consecutive_failures{}).empty());
    CHECK_THAT(objection(consecutive_failures{.threshold = 0}),
               ContainsSubstring("consecutive_failures.threshold must be 1 or more, but is 0"));
    CHECK_THAT(objection(consecutive_failures{.recovery = {.probes = 0}}),
               ContainsSubstring("recovery.probes"));
}

} // namespace consecutive_failures_test
