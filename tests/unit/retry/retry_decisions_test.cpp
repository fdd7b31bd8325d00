// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/detail/retry_decisions.hpp>

#include <breakerbox/policy/stop.hpp>

#include "support/outcomes.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cerrno>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace retry_decisions_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using detail::judgement;
using detail::retry_decisions;
using support::failed_with;
using support::returned;
using support::threw;

namespace asio_error = boost::asio::error;

namespace {

struct ended {
    judgement how;
    std::uint64_t attempts;
    duration slept;

    friend bool operator==(ended const&, ended const&) = default;
    friend std::ostream& operator<<(std::ostream& out, ended const& e) {
        return out << "judgement " << static_cast<int>(e.how) << ", " << e.attempts << " attempts, slept "
                   << e.slept.count() << "ns";
    }
};

/// A retrier's loop without coroutine and clock: time passes by its waits alone. An operation gets the number
/// of its attempt.
template <class Decisions, class Operation>
ended run(Decisions& call, Operation operation) {
    duration slept{};
    for (;;) {
        outcome_of<int> result;
        try {
            result.set_value(operation(call.now().number));
        } catch (std::exception const& e) {
            result.set_current_exception(&e);
        } catch (...) {
            result.set_current_exception();
        }
        call.set_elapsed(slept);
        auto const judged = call.judge(result, false);
        if (judged != judgement::failure || call.end_after_failure())
            return {judged, call.now().number, slept};
        slept += call.now().upcoming_wait;
        call.begin_next_attempt();
    }
}

int always_fails(std::uint64_t) {
    throw std::runtime_error("no");
}

int fails_twice(std::uint64_t attempt) {
    return attempt <= 2 ? always_fails(attempt) : 7;
}

/// What `retry_if` makes of an outcome, in a call that was cancelled or not.
template <class RetryIf, class Outcome>
judgement judge(RetryIf const& retry_if, Outcome const& result, bool cancelled = false) {
    return retry_decisions{stop_never{}, retry_if, wait_none{}}.judge(result, cancelled);
}

constexpr bool is_cancelled = true;

} // namespace

// ---- the loop

TEST_CASE("retry_decisions: fails twice, then gives 7: three calls, slept 1 and 2, in the order promised") {
    std::string story;
    auto const says = [&](std::string const& word, std::uint64_t number) {
        story += word + std::to_string(number) + ' ';
    };
    auto const stop = [&](attempt const& a) {
        says("stop", a.number);
        return a.number >= 5;
    };
    auto const retry_if = [&](outcome const& o) {
        says("retry_if", o.has_exception());
        return o.has_exception();
    };
    auto const wait = [&](attempt const& a) {
        says("wait", a.number);
        return wait_incrementing{.start = 1s, .increment = 1s}(a);
    };
    retry_decisions call{stop, retry_if, wait};
    auto const operation = [&](std::uint64_t number) {
        says("call", number);
        return fails_twice(number);
    };
    CHECK(run(call, operation) == ended{judgement::success, 3, 3s});
    CHECK(story == "call1 retry_if1 wait1 stop1 call2 retry_if1 wait2 stop2 call3 retry_if0 ");
}

TEST_CASE("retry_decisions: always fails, fixed 1, after_attempt 2: sleeps once, and stops after attempt 2") {
    retry_decisions call{stop_after_attempt{2}, retry_always{}, wait_fixed{1s}};
    CHECK(run(call, always_fails) == ended{judgement::failure, 2, 1s});
    CHECK(call.now().upcoming_wait == 1s); // asked for the wait all the same
}

TEST_CASE("retry_decisions: Wait is asked before Stop, which sees the wait to come") {
    std::vector<duration> seen;
    auto const stop = [&](attempt const& a) {
        seen.push_back(a.upcoming_wait);
        return a.number == 3;
    };
    retry_decisions call{stop, retry_always{}, wait_incrementing{.start = 1s}};
    run(call, always_fails);
    CHECK(seen == std::vector<duration>{1s, 2s, 3s});
}

TEST_CASE("retry_decisions: Wait sees no wait to come, and both see the number, the time and the outcome") {
    std::vector<duration> upcoming;
    std::vector<duration> elapsed;
    auto const wait = [&](attempt const& a) {
        upcoming.push_back(a.upcoming_wait);
        elapsed.push_back(a.elapsed);
        return a.last->exception_as<std::runtime_error>() != nullptr ? std::chrono::seconds(a.number) : 0s;
    };
    auto const stop = [](attempt const& a) { return a.last->has_exception() && a.number == 3; };
    retry_decisions call{stop, retry_always{}, wait};
    CHECK(run(call, always_fails) == ended{judgement::failure, 3, 3s});
    CHECK(upcoming == std::vector<duration>{0s, 0s, 0s});
    CHECK(elapsed == std::vector<duration>{0s, 1s, 3s});
}

TEST_CASE(
    "retry_decisions: before an attempt, the last outcome and wait are gone and its number is counted") {
    retry_decisions call{stop_never{}, retry_always{}, wait_fixed{1s}};
    CHECK(call.now().number == 1);
    CHECK(call.now().last == nullptr);
    auto const failed = threw(42);
    call.judge(failed, false);
    CHECK(call.now().last == &failed);
    CHECK_FALSE(call.end_after_failure());
    call.begin_next_attempt();
    CHECK(call.now().number == 2);
    CHECK(call.now().last == nullptr);
    CHECK(call.now().upcoming_wait == 0s);
}

TEST_CASE("retry_decisions: an exception that RetryIf does not match ends attempt 1 without a wait") {
    retry_decisions call{stop_never{}, retry_if_exception<std::logic_error>{}, wait_fixed{1s}};
    CHECK(run(call, always_fails) == ended{judgement::not_retryable, 1, 0s});
}

TEST_CASE("retry_decisions: RetryIf matches a value, after_attempt 2: two attempts, then stopped") {
    retry_decisions call{stop_after_attempt{2}, retry_if_result{[](int v) { return v < 5; }}, wait_none{}};
    CHECK(run(call, [](std::uint64_t) { return 1; }) == ended{judgement::failure, 2, 0s});
}

TEST_CASE("retry_decisions: try_again twice, then 3, with retry_never: three calls") {
    retry_decisions call{stop_never{}, retry_never{}, wait_none{}};
    auto const operation = [](std::uint64_t n) { return n <= 2 ? throw try_again{} : 3; };
    CHECK(run(call, operation) == ended{judgement::success, 3, 0s});
}

TEST_CASE("retry_decisions: try_again for ever, after_attempt 5: five attempts") {
    retry_decisions call{stop_after_attempt{5}, retry_never{}, wait_none{}};
    CHECK(run(call, [](std::uint64_t) -> int { throw try_again{}; }) == ended{judgement::failure, 5, 0s});
}

TEST_CASE("retry_decisions: fixed 10, before_delay 5, fails: one call, no sleep") {
    retry_decisions call{stop_before_delay{5s}, retry_always{}, wait_fixed{10s}};
    CHECK(run(call, always_fails) == ended{judgement::failure, 1, 0s});
}

TEST_CASE("retry_decisions: two calls interleaved, each failing three times, each see attempts 1, 2, 3") {
    retry_decisions const fresh{stop_after_attempt{3}, retry_always{}, wait_decorrelated_jitter{}};
    auto one = fresh;
    auto other = fresh;
    auto const failed = threw(42);
    for (std::uint64_t number = 1; number <= 3; ++number)
        for (auto* call : {&one, &other}) {
            CHECK(call->now().number == number);
            CHECK(call->judge(failed, false) == judgement::failure);
            CHECK(call->end_after_failure().has_value() == (number >= 3));
            call->begin_next_attempt();
        }
}

TEST_CASE("retry_decisions: the jitter of two calls differs, and is the same where both have one seed") {
    auto const slept = [](std::optional<std::uint64_t> seed) {
        retry_decisions call{stop_after_attempt{5}, retry_always{}, wait_decorrelated_jitter{}, seed};
        return run(call, always_fails).slept;
    };
    CHECK(slept(std::nullopt) != slept(std::nullopt));
    CHECK(slept(7) == slept(7));
    CHECK(slept(7) != slept(8));
}

TEST_CASE("retry_decisions: a wait function that gives less than zero or a NaN means no wait") {
    auto const wait = [](attempt const& a) {
        return std::chrono::duration<double>(a.number == 1 ? -1 : std::numeric_limits<double>::quiet_NaN());
    };
    retry_decisions call{stop_after_attempt{3}, retry_always{}, wait};
    CHECK(run(call, always_fails) == ended{judgement::failure, 3, 0s});
}

TEST_CASE("retry_decisions: what a policy throws comes out") {
    auto const failed = threw(42);
    auto const throws = [](auto const&) -> bool { throw std::logic_error("policy"); };
    auto const throwing_wait = [](attempt const&) -> duration { throw std::logic_error("policy"); };
    retry_decisions by_retry_if{stop_never{}, throws, wait_none{}};
    CHECK_THROWS_AS(by_retry_if.judge(failed, false), std::logic_error);
    retry_decisions by_stop{throws, retry_always{}, wait_none{}};
    CHECK_THROWS_AS(by_stop.end_after_failure(), std::logic_error);
    retry_decisions by_wait{stop_never{}, retry_always{}, throwing_wait};
    CHECK_THROWS_AS(by_wait.end_after_failure(), std::logic_error);
}

TEST_CASE("retry_decisions: RetryIf is asked once an attempt") {
    int asked = 0;
    auto const retry_if = [&](outcome const&) {
        ++asked;
        return true;
    };
    retry_decisions call{stop_after_attempt{3}, retry_if, wait_none{}};
    run(call, always_fails);
    CHECK(asked == 3);
}

TEST_CASE("retry_decisions: the clock is read only where Stop or Wait looks at the time") {
    auto const reads = [](auto const& stop, auto const& wait) {
        return decltype(retry_decisions{stop, retry_always{}, wait})::reads_time;
    };
    CHECK_FALSE(reads(stop_after_attempt{1}, wait_exponential_jitter{}));
    CHECK(reads(stop_after_attempt{1} | stop_after_delay{1s}, wait_none{}));
    CHECK(reads(stop_never{}, [](attempt const&) { return 1s; }));
}

// ---- what an outcome means

TEST_CASE("retry_decisions: what RetryIf matches is a failure; what not, a success or not to be retried") {
    CHECK(judge(retry_always{}, threw(42)) == judgement::failure);
    CHECK(judge(retry_always{}, returned(1)) == judgement::failure);
    CHECK(judge(retry_never{}, threw(42)) == judgement::not_retryable);
    CHECK(judge(retry_never{}, returned(1)) == judgement::success);
    CHECK(judge(retry_never{}, threw(try_again{})) == judgement::failure);
}

TEST_CASE(
    "retry_decisions: to the breaker, matched outcomes are failures, unmatched values successes, others "
    "neutral") {
    CHECK(detail::verdict_of(judgement::success, returned(1)) == verdict::success);
    CHECK(detail::verdict_of(judgement::failure, returned(1)) == verdict::failure);
    CHECK(detail::verdict_of(judgement::failure, threw(42)) == verdict::failure);
    CHECK(detail::verdict_of(judgement::not_retryable, threw(42)) == verdict::neutral);
    CHECK(detail::verdict_of(judgement::cancelled, threw(42)) == verdict::neutral);
}

TEST_CASE("retry_decisions: to the breaker, a time-out is a failure even where it isn't retried") {
    auto const asio_timed_out = threw(boost::system::system_error{boost::asio::error::timed_out});
    auto const std_timed_out = threw(std::system_error{std::make_error_code(std::errc::timed_out)});
    CHECK(detail::verdict_of(judgement::not_retryable, asio_timed_out) == verdict::failure);
    CHECK(detail::verdict_of(judgement::not_retryable, std_timed_out) == verdict::failure);
    CHECK(detail::verdict_of(judgement::cancelled, asio_timed_out) == verdict::neutral);
}

// ---- cancellation

TEST_CASE(
    "retry_decisions: any exception of a cancelled call is its cancellation, and RetryIf never sees it") {
    bool asked = false;
    auto const retry_if = [&](outcome const&) {
        asked = true;
        return true;
    };
    CHECK(judge(retry_if, threw(std::runtime_error("other")), is_cancelled) == judgement::cancelled);
    CHECK(judge(retry_if, threw(42), is_cancelled) == judgement::cancelled);
    CHECK(judge(retry_if, threw(try_again{}), is_cancelled) == judgement::cancelled);
    CHECK(judge(retry_if, failed_with(asio_error::operation_aborted), is_cancelled) == judgement::cancelled);
    CHECK_FALSE(asked);
}

TEST_CASE(
    "retry_decisions: not even a retry_if_error that names operation_aborted retries a cancelled call") {
    CHECK(judge(retry_if_error{asio_error::operation_aborted}, failed_with(asio_error::operation_aborted),
                is_cancelled) == judgement::cancelled);
}

TEST_CASE(
    "retry_decisions: operation_aborted is taken as cancellation unless retry_if_error names that code") {
    auto const aborted = failed_with(asio_error::operation_aborted);
    retry_if_error const names_it{asio_error::operation_aborted};
    CHECK(judge(retry_always{}, aborted) == judgement::cancelled);
    CHECK(judge(retry_if_exception<>{}, aborted) == judgement::cancelled);
    CHECK(judge(retry_if_error{asio_error::eof}, aborted) == judgement::cancelled);
    CHECK(judge([](outcome const&) { return true; }, aborted) == judgement::cancelled);
    CHECK(judge(names_it, aborted) == judgement::failure);
    CHECK(judge(retry_never{} | names_it, aborted) == judgement::failure);
    CHECK(judge(retry_if_error{boost::system::errc::operation_canceled}, aborted) == judgement::failure);
}

TEST_CASE("retry_decisions: a std::system_error of the same number is taken as cancellation too") {
    CHECK(judge(retry_always{}, threw(std::system_error{ECANCELED, std::system_category()})) ==
          judgement::cancelled);
}

TEST_CASE("retry_decisions: a value of a cancelled call is returned, unless RetryIf matches it") {
    CHECK(judge(retry_never{}, returned(1), is_cancelled) == judgement::success);
    CHECK(judge(retry_always{}, returned(1), is_cancelled) == judgement::cancelled);
}

TEST_CASE("retry_decisions: a negated retry_if_error doesn't name the code it excludes") {
    outcome_of<int> const aborted{
        std::make_exception_ptr(boost::system::system_error{asio_error::operation_aborted})};
    auto const all_but_aborted = !retry_if_error{asio_error::operation_aborted};
    CHECK(judge(all_but_aborted | retry_always{}, aborted) == judgement::cancelled);
}

} // namespace retry_decisions_test
