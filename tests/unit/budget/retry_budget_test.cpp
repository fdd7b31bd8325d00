// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/budget/retry_budget.hpp>

#include "support/objection.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstdint>
#include <limits>

namespace retry_budget_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using support::objection;

namespace {

/// A budget at a time that the test moves.
struct budget_at {
    retry_budget rule;
    breakerbox::duration now = 1h;
    retry_budget::state state{};

    void call(int times = 1) {
        for (int i = 0; i != times; ++i)
            rule.on_call(state, now);
    }
    bool take() { return rule.take(state, now); }
    /// How many of so many retries there are.
    int take(int times) {
        int taken = 0;
        for (int i = 0; i != times; ++i)
            taken += take() ? 1 : 0;
        return taken;
    }
    std::uint64_t available() const { return rule.available(state, now); }
};

constexpr retry_budget half_of_calls{.ratio = 0.5, .min_per_second = 0, .window = 10s};
constexpr retry_budget two_a_second{.ratio = 0, .min_per_second = 2, .window = 10s};
constexpr auto most = std::numeric_limits<std::uint32_t>::max();

} // namespace

TEST_CASE("retry_budget: 10,000 calls pay for their share of retries exactly, and not for one more") {
    struct share {
        double ratio;
        int retries;
    };
    auto const [ratio, retries] =
        GENERATE(share{0.1, 1000}, share{0.2, 2000}, share{0.3, 3000}, share{0.6, 6000}, share{0.7, 7000},
                 share{0.9, 9000}, share{0.0001, 1}, share{0.123456, 1234}, share{1.1, 11'000});
    budget_at b{{.ratio = ratio, .min_per_second = 0}};
    b.call(10'000);
    CHECK(b.take(20'000) == retries);
}

TEST_CASE("retry_budget: a share of 0.1 lets each tenth call be retried as they come") {
    budget_at b{{.ratio = 0.1, .min_per_second = 0}};
    for (int i = 1; i <= 1000; ++i) {
        b.call();
        CHECK(b.take() == (i % 10 == 0));
    }
}

TEST_CASE("retry_budget: a ratio above 1 pays for several retries a call") {
    budget_at b{{.ratio = 2.5, .min_per_second = 0}};
    b.call();
    CHECK(b.take(9) == 2);
    b.call();
    CHECK(b.take(9) == 3);
}

TEST_CASE("retry_budget: with nothing paid in there is min_per_second times the window at once") {
    CHECK(budget_at{{}}.take(1000) == 100);
    CHECK(budget_at{two_a_second}.take(1000) == 20);
    CHECK(budget_at{{.ratio = 0, .min_per_second = 0.3, .window = 10s}}.take(1000) == 3);
    CHECK(budget_at{{.ratio = 0, .min_per_second = 10, .window = 300ms}}.take(1000) == 3);
}

TEST_CASE("retry_budget: calls pay for retries on top of min_per_second") {
    budget_at b{{.ratio = 0.2, .min_per_second = 10, .window = 10s}};
    b.call(1000);
    CHECK(b.take(1000) == 300);
}

TEST_CASE("retry_budget: with neither ratio nor min_per_second nothing is retried") {
    budget_at b{{.ratio = 0, .min_per_second = 0}};
    b.call(1000);
    CHECK_FALSE(b.take());
}

TEST_CASE("retry_budget: a retry that is refused takes nothing") {
    budget_at b{half_of_calls};
    b.call();
    CHECK(b.take(10) == 0);
    b.call();
    CHECK(b.take(10) == 1);
}

TEST_CASE("retry_budget: how attempts end changes nothing") {
    budget_at b{half_of_calls};
    b.call(10);
    b.rule.on_success(b.state, b.now);
    b.rule.on_failure(b.state, b.now);
    CHECK(b.available() == 5);
}

TEST_CASE("retry_budget: available says how many retries there are, and takes none") {
    budget_at b{half_of_calls};
    CHECK(b.available() == 0);
    b.call(7);
    CHECK(b.available() == 3);
    CHECK(b.available() == 3);
    CHECK(b.take());
    CHECK(b.available() == 2);
}

TEST_CASE("retry_budget: what a call paid is there for the whole window, and not a nanosecond longer") {
    budget_at b{half_of_calls};
    b.call(2);
    b.now += 10s - 1ns;
    CHECK(b.available() == 1);
    b.now += 1ns;
    CHECK(b.available() == 0);
    CHECK_FALSE(b.take());
}

TEST_CASE("retry_budget: a retry taken comes back after the window") {
    budget_at b{two_a_second};
    CHECK(b.take(100) == 20);
    b.now += 10s - 1ns;
    CHECK_FALSE(b.take());
    b.now += 1ns;
    CHECK(b.take(100) == 20);
}

TEST_CASE("retry_budget: calls leave the window tenth by tenth") {
    budget_at b{half_of_calls};
    for (int i = 0; i != 10; ++i) {
        b.call(20);
        b.now += 1s;
    }
    for (std::uint64_t left = 90;; left -= 10) {
        CHECK(b.available() == left);
        if (left == 0)
            break;
        b.now += 1s;
    }
}

TEST_CASE("retry_budget: a call late in its tenth counts for nine tenths of the window") {
    budget_at b{half_of_calls};
    b.call(2);
    b.now += 1s - 1ns;
    b.call(2);
    b.now += 9s;
    CHECK(b.available() == 2);
    b.now += 1ns;
    CHECK(b.available() == 0);
}

TEST_CASE("retry_budget: with steady calls there is the same share of retries in each window") {
    budget_at b{half_of_calls};
    int taken = 0;
    for (int tick = 0; tick != 1000; ++tick) {
        b.call(10);
        taken += b.take(10);
        b.now += 100ms;
    }
    CHECK(taken == 5000);
}

TEST_CASE("retry_budget: retries outlast the calls that paid for them, and take from min_per_second then") {
    budget_at b{{.ratio = 1, .min_per_second = 1, .window = 10s}};
    b.call(5);
    b.now += 5s;
    CHECK(b.take(5) == 5);
    CHECK(b.available() == 10);
    b.now += 5s;
    CHECK(b.available() == 5);
    b.now += 5s;
    CHECK(b.available() == 10);
}

TEST_CASE("retry_budget: a window that isn't a multiple of ten nanoseconds ends no earlier than it says") {
    budget_at b{{.ratio = 1, .min_per_second = 0, .window = 101ns}};
    b.call();
    b.now += 101ns;
    CHECK(b.available() == 1);
    b.now += 9ns;
    CHECK(b.available() == 0);
}

TEST_CASE("retry_budget: a clock that steps back loses nothing and grants nothing") {
    budget_at b{{.ratio = 0.5, .min_per_second = 1, .window = 10s}};
    b.call(20);
    CHECK(b.take(5) == 5);
    auto const step =
        GENERATE(breakerbox::duration{1ns}, breakerbox::duration{5s}, breakerbox::duration{50min});
    b.now -= step;
    CHECK(b.available() == 15);
    CHECK(b.take(100) == 15);
    b.call(2);
    CHECK(b.take(100) == 1);
}

TEST_CASE("retry_budget: after a step back the window goes on from there") {
    budget_at b{two_a_second};
    CHECK(b.take(100) == 20);
    b.now -= 30min;
    CHECK_FALSE(b.take());
    b.now += 10s - 1ns;
    CHECK_FALSE(b.take());
    b.now += 1ns;
    CHECK(b.take(100) == 20);
}

TEST_CASE("retry_budget: any moment of a clock will do, the first and the last as well") {
    auto const moment = GENERATE(breakerbox::duration::min(), breakerbox::duration{-1h},
                                 breakerbox::duration::zero(), breakerbox::duration::max());
    budget_at b{{.ratio = 0.5, .min_per_second = 1, .window = 10s}, moment};
    b.call(2);
    CHECK(b.take(100) == 11);
    CHECK_FALSE(b.take());
}

TEST_CASE(
    "retry_budget: from the first moment of a clock to its last all is forgotten, and back nothing is") {
    budget_at b{two_a_second, breakerbox::duration::min()};
    CHECK(b.take(100) == 20);
    b.now = breakerbox::duration::max();
    CHECK(b.take(100) == 20);
    b.now = breakerbox::duration::min();
    CHECK_FALSE(b.take());
}

TEST_CASE("retry_budget: the most calls at the highest ratio fit") {
    budget_at b{{.ratio = 1000, .min_per_second = 1'000'000, .window = 1h}};
    b.call();
    for (auto& slice : b.state.slices)
        slice.calls = retry_budget::most_calls_in_slice;
    constexpr std::uint64_t all = 9'000'000'000'000 + 3'600'000'000;
    CHECK(b.available() == all);
    b.call();
    CHECK(b.available() == all);
    CHECK(b.take());
    CHECK(b.available() == all - 1);
}

TEST_CASE("retry_budget: the most retries fit, and then there is none") {
    budget_at b{{.ratio = 1000, .min_per_second = 0, .window = 1h}};
    b.call();
    for (auto& slice : b.state.slices)
        slice = {.calls = retry_budget::most_calls_in_slice, .retries = most};
    CHECK_FALSE(b.take());
    CHECK(b.available() == 9'000'000'000'000 - 10 * std::uint64_t{most});
}

TEST_CASE("retry_budget: more retries than calls pay for leave none, not less than none") {
    budget_at b{{.ratio = 0, .min_per_second = 0}};
    b.call();
    for (auto& slice : b.state.slices)
        slice.retries = most;
    CHECK(b.available() == 0);
    CHECK_FALSE(b.take());
}

TEST_CASE("retry_budget: the limits of each field are right") {
    CHECK(objection(retry_budget{}).empty());
    CHECK(objection(retry_budget{.ratio = 0, .min_per_second = 0, .window = 1ns}).empty());
    CHECK(objection(retry_budget{.ratio = 1000, .min_per_second = 1'000'000, .window = 1h}).empty());
}

TEST_CASE("retry_budget: an invalid field is named, with its value") {
    constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    CHECK(objection(retry_budget{.ratio = -0.5}) ==
          "breakerbox: retry_budget.ratio must be from 0 to 1000, but is -0.5");
    CHECK(objection(retry_budget{.ratio = 1000.5}) ==
          "breakerbox: retry_budget.ratio must be from 0 to 1000, but is 1000.5");
    CHECK_THAT(objection(retry_budget{.ratio = nan}), ContainsSubstring("retry_budget.ratio"));
    CHECK(objection(retry_budget{.min_per_second = -1}) ==
          "breakerbox: retry_budget.min_per_second must be from 0 to 1000000, but is -1");
    CHECK(objection(retry_budget{.min_per_second = infinity}) ==
          "breakerbox: retry_budget.min_per_second must be from 0 to 1000000, but is inf");
    CHECK_THAT(objection(retry_budget{.min_per_second = nan}),
               ContainsSubstring("retry_budget.min_per_second"));
    CHECK(objection(retry_budget{.window = 0s}) ==
          "breakerbox: retry_budget.window must be more than zero and at most an hour, but is 0s");
    CHECK(objection(retry_budget{.window = 1h + 1ns}) ==
          "breakerbox: retry_budget.window must be more than zero and at most an hour, but is "
          "3600.000000001s");
}

} // namespace retry_budget_test
