// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/budget/retry_throttle.hpp>

#include "support/objection.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstdint>
#include <limits>

namespace retry_throttle_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using support::objection;

namespace {

/// A throttle, and what is told to it.
struct throttling {
    retry_throttle rule;
    retry_throttle::state state{};

    void fail(int times = 1) {
        for (int i = 0; i != times; ++i)
            rule.on_failure(state, 0s);
    }
    void succeed(int times = 1) {
        for (int i = 0; i != times; ++i)
            rule.on_success(state, 0s);
    }
    bool allows() { return rule.take(state, 0s); }
    std::uint64_t available() const { return rule.available(state, 0s); }
};

} // namespace

TEST_CASE("retry_throttle: of ten tokens 9, 8, 7 and 6 allow a retry, and 5 does not") {
    throttling t{{.tokens = 10}};
    for (int left : {9, 8, 7, 6, 5, 4}) {
        t.fail();
        CHECK(t.allows() == (left > 5));
    }
}

TEST_CASE("retry_throttle: attempts that all fail are retried four times with ten tokens") {
    throttling t{{.tokens = 10}};
    int retries = 0;
    for (t.fail(); t.allows(); t.fail())
        ++retries;
    CHECK(retries == 4);
}

TEST_CASE("retry_throttle: a success that brings back a part of a token over the half allows a retry") {
    throttling t{{.tokens = 10, .ratio = 0.1}};
    t.fail(5);
    CHECK_FALSE(t.allows());
    t.succeed();
    CHECK(t.allows());
}

TEST_CASE("retry_throttle: ten successes of 0.1 make up for exactly one failure") {
    throttling t{{.tokens = 10, .ratio = 0.1}};
    t.fail(6);
    t.succeed(10);
    CHECK_FALSE(t.allows());
    t.succeed();
    CHECK(t.allows());
}

TEST_CASE("retry_throttle: successes never bring more than all tokens") {
    throttling t{{.tokens = 10, .ratio = 3}};
    t.succeed(100);
    t.fail();
    t.succeed();
    t.fail(4);
    CHECK(t.allows());
    t.fail();
    CHECK_FALSE(t.allows());
}

TEST_CASE("retry_throttle: failures never take more than all tokens") {
    throttling t{{.tokens = 10, .ratio = 1}};
    t.fail(1000);
    t.succeed(5);
    CHECK_FALSE(t.allows());
    t.succeed();
    CHECK(t.allows());
}

TEST_CASE("retry_throttle: with an odd number of tokens the half is not rounded") {
    throttling t{{.tokens = 5}};
    t.fail(2);
    CHECK(t.allows());
    t.fail();
    CHECK_FALSE(t.allows());
}

TEST_CASE("retry_throttle: the half of a millionth is not rounded either") {
    throttling t{{.tokens = 2.000001}};
    t.fail();
    CHECK(t.allows());
}

TEST_CASE("retry_throttle: with two tokens or fewer no failure is retried") {
    for (double const tokens : {0.5, 1.0, 2.0}) {
        throttling t{{.tokens = tokens}};
        t.fail();
        CHECK_FALSE(t.allows());
    }
}

TEST_CASE("retry_throttle: neither a call nor a retry changes anything") {
    throttling t{{.tokens = 10}};
    t.fail(2);
    t.rule.on_call(t.state, 0s);
    CHECK(t.available() == 3);
    CHECK(t.allows());
    CHECK(t.available() == 3);
}

TEST_CASE("retry_throttle: time changes nothing") {
    throttling t{{.tokens = 10}};
    t.rule.on_failure(t.state, 1h);
    t.rule.on_failure(t.state, 0s);
    CHECK(t.rule.available(t.state, 0s) == t.rule.available(t.state, breakerbox::duration::max()));
}

TEST_CASE("retry_throttle: available is how many retries that fail are allowed") {
    for (double const tokens : {1.0, 2.5, 7.0, 10.0}) {
        throttling t{{.tokens = tokens, .ratio = 0.3}};
        t.fail(2);
        t.succeed();
        auto const promised = t.available();
        std::uint64_t retries = 0;
        for (; t.allows(); t.fail())
            ++retries;
        CHECK(retries == promised);
        CHECK(t.available() == 0);
    }
}

TEST_CASE("retry_throttle: the most tokens, and a success that brings them all back, fit") {
    throttling t{{.tokens = 1'000'000, .ratio = 1'000'000}};
    CHECK(t.available() == 500'000);
    t.fail();
    t.succeed();
    CHECK(t.available() == 500'000);
}

TEST_CASE("retry_throttle: the limits of each field are right") {
    CHECK(objection(retry_throttle{}).empty());
    CHECK(objection(retry_throttle{.tokens = 0.000001, .ratio = 0.000001}).empty());
    CHECK(objection(retry_throttle{.tokens = 1'000'000, .ratio = 1'000'000}).empty());
}

TEST_CASE("retry_throttle: an invalid field is named, with its value") {
    constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(objection(retry_throttle{.tokens = 0}) ==
          "breakerbox: retry_throttle.tokens must be above 0 and at most 1000000, but is 0");
    CHECK(objection(retry_throttle{.tokens = 1e9}) ==
          "breakerbox: retry_throttle.tokens must be above 0 and at most 1000000, but is 1e+09");
    CHECK_THAT(objection(retry_throttle{.tokens = nan}), ContainsSubstring("retry_throttle.tokens"));
    CHECK(objection(retry_throttle{.ratio = 0}) ==
          "breakerbox: retry_throttle.ratio must be from 0.000001 to 1000000, but is 0");
    CHECK(objection(retry_throttle{.ratio = 1e9}) ==
          "breakerbox: retry_throttle.ratio must be from 0.000001 to 1000000, but is 1e+09");
    CHECK_THAT(objection(retry_throttle{.ratio = nan}), ContainsSubstring("retry_throttle.ratio"));
}

} // namespace retry_throttle_test
