// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/budget.hpp>

#include <breakerbox/retry_budget.hpp>
#include <breakerbox/retry_throttle.hpp>
#include <breakerbox/testing.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <type_traits>
#include <utility>

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
    bool reserve(state& left, breakerbox::duration) const noexcept { return left != 0 && left-- != 0; }
    void give_back(state& left, breakerbox::duration) const noexcept { ++left; }
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

static_assert(sizeof(retry_reservation) == sizeof(void*));
static_assert(!std::is_copy_constructible_v<retry_reservation>);
static_assert(std::is_nothrow_move_constructible_v<retry_reservation>);
static_assert(std::is_nothrow_move_assignable_v<retry_reservation>);

/// Three retries, for good.
constexpr retry_budget three{.ratio = 0, .min_per_second = 3, .window = 1s};
using budget_in_virtual_time = shared_budget<retry_budget, testing::virtual_clock>;

} // namespace

TEST_CASE("shared_budget: its calls pay for their retries, through the interface that a retrier knows") {
    shared_budget budget{retry_budget{.ratio = 0.5, .min_per_second = 0, .window = 1h}};
    breakerbox::budget& seen = budget;
    CHECK_FALSE(seen.reserve_retry());
    seen.on_call();
    seen.on_call();
    CHECK(budget.available() == 1);
    CHECK(seen.reserve_retry());
    CHECK_FALSE(seen.reserve_retry());
    seen.give_back();
    CHECK(budget.available() == 1);
}

TEST_CASE("shared_budget: attempts that end are told to the rule") {
    shared_budget budget{retry_throttle{.tokens = 4, .ratio = 0.5}};
    budget.on_failure();
    CHECK(budget.reserve_retry());
    budget.on_failure();
    CHECK_FALSE(budget.reserve_retry());
    budget.on_success();
    CHECK(budget.reserve_retry());
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
    CHECK(budget.reserve_retry());
    time.advance(5s);
    CHECK_FALSE(budget.reserve_retry());
    budget.give_back();
    CHECK(budget.available() == 1);
    time.advance(5s);
    CHECK(budget.available() == 0);
}

TEST_CASE("shared_budget: reads no clock for a rule that doesn't read time") {
    counting_clock::reads = 0;
    shared_budget<retry_throttle, counting_clock> throttle{retry_throttle{}};
    throttle.on_call();
    throttle.on_failure();
    throttle.on_success();
    CHECK(throttle.reserve_retry());
    throttle.give_back();
    CHECK(throttle.available() == 5);
    CHECK(counting_clock::reads == 0);
    shared_budget<retry_budget, counting_clock> budget{retry_budget{}};
    budget.on_call();
    CHECK(counting_clock::reads == 1);
}

TEST_CASE("shared_budget: takes any rule") {
    shared_budget budget{one_a_success{}};
    CHECK_FALSE(budget.reserve_retry());
    budget.on_success();
    CHECK(budget.reserve_retry());
    CHECK_FALSE(budget.reserve_retry());
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

TEST_CASE("retry_reservation: holds nothing at first, and gives nothing back then") {
    shared_budget budget{one_a_success{}};
    {
        retry_reservation const none;
        CHECK_FALSE(none);
    }
    CHECK(budget.available() == 0);
}

TEST_CASE("retry_reservation: gives back what isn't spent") {
    shared_budget budget{three};
    {
        retry_reservation reservation;
        CHECK(reservation.reserve(budget));
        CHECK(reservation);
        CHECK(budget.available() == 2);
    }
    CHECK(budget.available() == 3);
}

TEST_CASE("retry_reservation: what is spent stays taken") {
    shared_budget budget{one_a_success{}};
    budget.on_success();
    {
        retry_reservation reservation;
        CHECK(reservation.reserve(budget));
        reservation.spend();
        CHECK_FALSE(reservation);
    }
    CHECK(budget.available() == 0);
}

TEST_CASE("retry_reservation: refused, it holds nothing") {
    shared_budget budget{one_a_success{}};
    {
        retry_reservation reservation;
        CHECK_FALSE(reservation.reserve(budget));
        CHECK_FALSE(reservation);
    }
    CHECK(budget.available() == 0);
}

TEST_CASE("retry_reservation: holds one at most, and may be used again") {
    shared_budget budget{one_a_success{}};
    budget.on_success();
    retry_reservation reservation;
    CHECK(reservation.reserve(budget));
    CHECK(reservation.reserve(budget));
    CHECK(budget.available() == 0);
    reservation.spend();
    CHECK_FALSE(reservation.reserve(budget));
    budget.on_success();
    CHECK(reservation.reserve(budget));
}

TEST_CASE("retry_reservation: gives back by hand, once") {
    shared_budget budget{one_a_success{}};
    budget.on_success();
    {
        retry_reservation reservation;
        reservation.reserve(budget);
        reservation.give_back();
        CHECK_FALSE(reservation);
        CHECK(budget.available() == 1);
    }
    CHECK(budget.available() == 1);
}

TEST_CASE("retry_reservation: moved, it is given back once, by the one that has it") {
    shared_budget budget{one_a_success{}};
    budget.on_success();
    retry_reservation first;
    first.reserve(budget);
    {
        retry_reservation second{std::move(first)};
        CHECK(second);
        first.give_back();
        CHECK(budget.available() == 0);
    }
    CHECK(budget.available() == 1);
}

TEST_CASE("retry_reservation: one that is moved to gives back what it held") {
    shared_budget left{one_a_success{}};
    shared_budget right{one_a_success{}};
    left.on_success();
    right.on_success();
    retry_reservation a;
    retry_reservation b;
    a.reserve(left);
    b.reserve(right);
    a = std::move(b);
    CHECK(left.available() == 1);
    CHECK(right.available() == 0);
    a.give_back();
    CHECK(right.available() == 1);
}
