// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/budget/budget.hpp>

#include <breakerbox/budget/retry_budget.hpp>
#include <breakerbox/budget/retry_throttle.hpp>
#include <breakerbox/testing.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <type_traits>

namespace budget_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using Catch::Matchers::Message;

namespace {

/// A clock that counts how often it is read.
struct counting_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<counting_clock>;
    static inline int reads = 0;
    static time_point now() noexcept {
        ++reads;
        return {};
    }
};

/// A rule of one's own: one retry a success.
struct one_a_success {
    static constexpr bool reads_time = false;
    using state = std::uint64_t;

    void validate() const {}
    void on_call(state&, breakerbox::duration) const noexcept {}
    void on_success(state& left, breakerbox::duration) const noexcept { ++left; }
    void on_failure(state&, breakerbox::duration) const noexcept {}
    bool take(state& left, breakerbox::duration) const noexcept { return left != 0 && left-- != 0; }
    std::uint64_t available(state const& left, breakerbox::duration) const noexcept { return left; }
};

struct rule_that_throws : one_a_success {
    void on_call(state&, breakerbox::duration) const {}
};

struct rule_that_hides_its_state : one_a_success {
private:
    using one_a_success::state;
};

static_assert(budget_rule<retry_budget>);
static_assert(budget_rule<retry_throttle>);
static_assert(budget_rule<one_a_success>);
static_assert(!budget_rule<rule_that_throws>);
static_assert(!budget_rule<rule_that_hides_its_state>);
static_assert(!budget_rule<int>);

static_assert(std::is_same_v<decltype(shared_budget{retry_budget{}}),
                             shared_budget<retry_budget, std::chrono::steady_clock>>);
static_assert(std::is_base_of_v<budget, shared_budget<retry_throttle>>);
static_assert(!std::is_copy_constructible_v<shared_budget<retry_budget>>);
static_assert(!std::is_move_constructible_v<shared_budget<retry_budget>>);
static_assert(!std::is_convertible_v<retry_budget, shared_budget<retry_budget>>);

using budget_in_virtual_time = shared_budget<retry_budget, testing::virtual_clock>;

} // namespace

TEST_CASE("shared_budget: its calls pay for their retries, through the interface that a retrier knows") {
    shared_budget budget{retry_budget{.ratio = 0.5, .min_per_second = 0, .window = 1h}};
    breakerbox::budget& seen = budget;
    CHECK_FALSE(seen.affords_retry());
    CHECK_FALSE(seen.take_retry());
    seen.on_call();
    seen.on_call();
    CHECK(budget.available() == 1);
    CHECK(seen.affords_retry());
    CHECK(seen.affords_retry()); // a look takes nothing
    CHECK(seen.take_retry());
    CHECK_FALSE(seen.affords_retry());
    CHECK_FALSE(seen.take_retry());
}

TEST_CASE("shared_budget: attempts that end are told to the rule") {
    shared_budget budget{retry_throttle{.tokens = 4, .ratio = 0.5}};
    budget.on_failure();
    CHECK(budget.take_retry());
    budget.on_failure();
    CHECK_FALSE(budget.take_retry());
    budget.on_success();
    CHECK(budget.take_retry());
}

TEST_CASE("shared_budget: forgets by its clock") {
    testing::virtual_time time;
    budget_in_virtual_time budget{retry_budget{.ratio = 1, .min_per_second = 0, .window = 10s}};
    budget.on_call();
    time.advance(10s - 1ns);
    CHECK(budget.available() == 1);
    time.advance(1ns);
    CHECK(budget.available() == 0);
}

TEST_CASE("shared_budget: each function of a rule that reads time is told it") {
    testing::virtual_time time;
    budget_in_virtual_time budget{retry_budget{.ratio = 1, .min_per_second = 0, .window = 10s}};
    budget.on_call();
    time.advance(5s);
    budget.on_call();
    CHECK(budget.take_retry());
    time.advance(5s);
    CHECK_FALSE(budget.affords_retry());
    CHECK_FALSE(budget.take_retry());
    time.advance(5s);
    CHECK(budget.available() == 0);
}

TEST_CASE("shared_budget: reads no clock for a rule that doesn't read time") {
    counting_clock::reads = 0;
    shared_budget<retry_throttle, counting_clock> throttle{retry_throttle{}};
    throttle.on_call();
    throttle.on_failure();
    throttle.on_success();
    CHECK(throttle.affords_retry());
    CHECK(throttle.take_retry());
    CHECK(throttle.available() == 5);
    CHECK(counting_clock::reads == 0);
    shared_budget<retry_budget, counting_clock> budget{retry_budget{}};
    budget.on_call();
    CHECK(counting_clock::reads == 1);
}

TEST_CASE("shared_budget: takes any rule") {
    shared_budget budget{one_a_success{}};
    CHECK_FALSE(budget.take_retry());
    budget.on_success();
    CHECK(budget.take_retry());
    CHECK_FALSE(budget.take_retry());
}

TEST_CASE("shared_budget: a rule that can't be right is refused") {
    CHECK_THROWS_MATCHES(shared_budget{retry_budget{.ratio = -1}}, std::invalid_argument,
                         Message("breakerbox: retry_budget.ratio must be from 0 to 1000, but is -1"));
    CHECK_THROWS_AS(shared_budget{retry_throttle{.tokens = 0}}, std::invalid_argument);
}

TEST_CASE("shared_budget: shows its rule") {
    shared_budget const budget{retry_budget{.ratio = 0.25}};
    CHECK(budget.rule().ratio == 0.25);
}

} // namespace budget_test
