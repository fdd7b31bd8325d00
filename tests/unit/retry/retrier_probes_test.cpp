// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include "support/distant_store.hpp"
#include "support/failing_operation.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/base/error.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/attempt_context.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <functional>
#include <vector>

namespace retrier_probes_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using support::failing_operation;
using support::retrier_options;

namespace {

constexpr bb::consecutive_failures at_once{.threshold = 1,
                                           .recovery = {.open_for = 10s, .successes_to_close = 2}};

using near_store = bb::memory_store<bb::consecutive_failures, bb::testing::virtual_clock>;

template <class Breaker>
auto retrying(Breaker& breaker, retrier_options options) {
    return bb::retrier{bb::stop_after_attempt{2}, bb::retry_if_exception<support::host_down>{},
                       bb::wait_fixed{20s}, breaker, options};
}

asio::awaitable<bool> says_whether_it_is_a_probe(bb::attempt_context const& attempt) {
    co_return attempt.is_probe();
}

/// Opens the host, and waits until it may be tried.
template <class Breaker>
void become_half_open(bb::testing::virtual_time& time, Breaker& breaker) {
    time.run(breaker.increment_failures_count("a"));
    time.advance(10s);
}

template <class Breaker>
void check_that_none_may_probe(bb::testing::virtual_time& time, Breaker& breaker) {
    auto const careful = retrying(breaker, {.may_probe = false});
    auto const any = retrying(breaker, {});
    failing_operation operation;
    time.run(careful.retry("a", std::ref(operation)));
    CHECK(operation.calls == 1); // the host is closed
    become_half_open(time, breaker);
    for (int i = 0; i != 2; ++i) {
        CHECK_THROWS_AS(time.run(careful.retry("a", std::ref(operation))), bb::host_unavailable);
        CHECK(operation.calls == 1 + i);
        time.run(any.retry("a", std::ref(operation)));
    }
    time.run(careful.retry("a", std::ref(operation)));
    CHECK(operation.calls == 4);
}

} // namespace

TEST_CASE("retrier: calls that may not be probes are refused until others have closed the host") {
    bb::testing::virtual_time time;
    bb::circuit_breaker near{near_store{at_once}};
    check_that_none_may_probe(time, near);
    bb::circuit_breaker far{support::distant_store{at_once}};
    check_that_none_may_probe(time, far);
}

TEST_CASE("retrier: a call that may not be a probe waits until others have closed the host, if it may wait") {
    bb::testing::virtual_time time;
    bb::circuit_breaker breaker{near_store{at_once}};
    auto const careful =
        retrying(breaker, {.when_refused = bb::wait_until_available{1min}, .may_probe = false});
    become_half_open(time, breaker);
    auto const close_it = [&]() -> asio::awaitable<void> {
        bb::testing::virtual_timer timer{co_await asio::this_coro::executor};
        timer.expires_after(5s);
        co_await timer.async_wait(asio::deferred);
        for (int i = 0; i != 2; ++i)
            breaker.record_now("a", bb::verdict::success);
    };
    auto const began = bb::testing::virtual_clock::now();
    failing_operation operation;
    time.run([&]() -> asio::awaitable<void> {
        asio::co_spawn(co_await asio::this_coro::executor, close_it(), asio::detached);
        co_await careful.retry("a", std::ref(operation));
    });
    CHECK(operation.calls == 1);
    CHECK(bb::testing::virtual_clock::now() - began <= 7s);
}

TEST_CASE("retrier: an operation and an observer are told which attempt is a probe") {
    bb::testing::virtual_time time;
    bb::circuit_breaker near{near_store{at_once}};
    bb::circuit_breaker far{support::distant_store{at_once}};
    std::vector<bool> told;
    std::function<void(bb::retry_event const&)> hear{[&](bb::retry_event const& event) {
        if (event.what == bb::retry_event::kind::before_attempt ||
            event.what == bb::retry_event::kind::after_attempt)
            told.push_back(event.is_probe());
    }};
    auto const check = [&](auto& breaker) {
        auto const asking = retrying(breaker, {.observer = std::ref(hear)});
        CHECK_FALSE(time.run(asking.retry("a", says_whether_it_is_a_probe)));
        become_half_open(time, breaker);
        CHECK(time.run(asking.retry("a", says_whether_it_is_a_probe)));
        CHECK(time.run(asking.retry("a", says_whether_it_is_a_probe)));
        CHECK_FALSE(time.run(asking.retry("a", says_whether_it_is_a_probe)));
        CHECK(told == std::vector<bool>{false, false, true, true, true, true, false, false});
        told.clear();
    };
    check(near);
    check(far);
}

TEST_CASE("retrier: a retry is a probe where the attempt before it has opened the host") {
    bb::testing::virtual_time time;
    bb::circuit_breaker breaker{near_store{at_once}};
    std::vector<bool> told;
    std::function<void(bb::retry_event const&)> hear{
        [&](bb::retry_event const& event) { told.push_back(event.is_probe()); }};
    failing_operation operation{.failures = 1};
    auto const waiting =
        retrying(breaker, {.observer = std::ref(hear), .when_refused = bb::wait_until_available{1min}});
    time.run(waiting.retry("a", std::ref(operation)));
    // before, after, before the wait; before, after, finished
    CHECK(told == std::vector<bool>{false, false, false, true, true, true});
}

} // namespace retrier_probes_test
