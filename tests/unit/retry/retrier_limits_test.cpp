// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include "support/failing_operation.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/budget/budget.hpp>
#include <breakerbox/budget/retry_throttle.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace retrier_limits_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::retry_end;
using bb::testing::virtual_clock;
using bb::testing::virtual_timer;
using support::failing_operation;
using support::host_down;
using support::retrier_options;

namespace {

bb::retrier const every_second{bb::stop_never{}, bb::retry_if_exception<host_down>{}, bb::wait_fixed{1s},
                               retrier_options{}};

} // namespace

TEST_CASE("deadline: a wait that would end at it or later is not begun, and the last exception comes out") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 100};
    CHECK_THROWS_AS(time.run(every_second.with_deadline(3s).retry(std::ref(operation))), host_down);
    CHECK(operation.calls == 3);
    CHECK(time.elapsed() == 2s);
}

TEST_CASE("deadline: a wait that ends a moment before it is waited for") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 100};
    auto const told = time.run(every_second.with_deadline(3s + 1ns).outcome(std::ref(operation)));
    CHECK(operation.calls == 4);
    CHECK(told.end == retry_end::deadline);
    CHECK(told.error() == bb::errc::deadline_exceeded);
}

TEST_CASE("deadline: one that has passed ends the call before an attempt") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 100};
    auto const code_of = [&](bb::duration left) {
        try {
            time.run(every_second.with_deadline(left).retry(std::ref(operation)));
        } catch (boost::system::system_error const& e) {
            return e.code();
        }
        return boost::system::error_code{};
    };
    CHECK(code_of(0s) == bb::errc::deadline_exceeded);
    CHECK(code_of(-1s) == bb::errc::deadline_exceeded);
    CHECK(operation.calls == 0);
    auto const returns = []() -> asio::awaitable<boost::system::result<int>> { co_return 7; };
    CHECK(time.run(every_second.with_deadline(0s).retry(returns)).error() == bb::errc::deadline_exceeded);
    CHECK(time.run(every_second.with_deadline(0s).outcome(returns)).attempts == 0);
}

TEST_CASE("deadline: a time counts from the beginning of each call, a moment is one for all") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 100};
    auto const by_time = every_second.with_deadline(2s);
    auto const by_moment = every_second.with_deadline(virtual_clock::now() + 2s);
    time.advance(1s);
    CHECK(time.run(by_time.outcome(std::ref(operation))).attempts == 2);
    CHECK(time.elapsed() == 2s);
    CHECK(time.run(by_moment.outcome(std::ref(operation))).attempts == 0);
}

TEST_CASE("deadline: the earlier of two holds, and the longest duration is none") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 5};
    CHECK(time.run(every_second.with_deadline(2s).with_deadline(1h).outcome(std::ref(operation))).attempts ==
          2);
    CHECK(time.run(every_second.with_deadline(1h)
                       .with_deadline(virtual_clock::now() + 1s)
                       .outcome(std::ref(operation)))
              .attempts == 1);
    CHECK(time.run(every_second.with_deadline(bb::duration::max()).retry(std::ref(operation))) == 7);
}

TEST_CASE("deadline: it says why the call ended to the observer, and in retry_error") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 100};
    auto end = retry_end::succeeded;
    auto const observer = [&end](bb::retry_event const& event) {
        if (event.what == bb::retry_event::kind::finished)
            end = event.end;
    };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1s},
                              retrier_options{.reraise = false, .observer = observer}};
    try {
        time.run(retrier.with_deadline(1s).retry(std::ref(operation)));
        FAIL("nothing was thrown");
    } catch (bb::retry_error const& e) {
        CHECK(e.code() == bb::errc::deadline_exceeded);
        CHECK(e.report().end == retry_end::deadline);
    }
    CHECK(end == retry_end::deadline);
}

TEST_CASE("deadline: an attempt that runs into it is not cut short without a time-out") {
    bb::testing::virtual_time time;
    auto const slow = []() -> asio::awaitable<int> {
        virtual_timer timer{co_await asio::this_coro::executor, 1h};
        co_await timer.async_wait(asio::deferred);
        co_return 1;
    };
    CHECK(time.run(every_second.with_deadline(1s).retry(slow)) == 1);
    auto const told = time.run(every_second.with_deadline(1s).outcome(bb::with_timeout(10min, slow)));
    CHECK(told.took == 1s);
    CHECK(told.error() == bb::errc::deadline_exceeded);
    CHECK(told.end == retry_end::deadline);
}

TEST_CASE("deadline: a host that it leaves too little time to answer in has not failed") {
    bb::testing::virtual_time time;
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 0, .reset_timeout = 10s}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    auto const slow = []() -> asio::awaitable<int> {
        virtual_timer timer{co_await asio::this_coro::executor, 50ms};
        co_await timer.async_wait(asio::deferred);
        co_return 1;
    };
    auto const told =
        time.run(retrier.with_deadline(virtual_clock::now() + 1ms).outcome("h", bb::with_timeout(5s, slow)));
    CHECK(told.end == retry_end::deadline);
    CHECK(told.history.at(0).result == bb::verdict::neutral);
    CHECK(breaker.is_host_available_now("h"));
}

TEST_CASE("attempt_context: the operation sees the attempt's number, and the time left") {
    bb::testing::virtual_time time;
    std::vector<std::pair<std::uint64_t, bb::duration>> seen;
    auto const operation = [&seen](bb::attempt_context const& context,
                                   std::string const& text) -> asio::awaitable<int> {
        seen.emplace_back(context.number(), context.time_left());
        if (context.number() < 3)
            throw host_down(text);
        virtual_timer timer{co_await asio::this_coro::executor, 5s};
        co_await timer.async_wait(asio::deferred);
        seen.emplace_back(context.number(), context.time_left());
        co_return 7;
    };
    CHECK(time.run(every_second.with_deadline(10s).retry(operation, "text")) == 7);
    CHECK(seen == std::vector<std::pair<std::uint64_t, bb::duration>>{{1, 10s}, {2, 9s}, {3, 8s}, {3, 3s}});
}

TEST_CASE(
    "attempt_context: without a deadline all the time is left, and what can be called without gets none") {
    bb::testing::virtual_time time;
    auto const takes_it = [](bb::attempt_context const& context) -> asio::awaitable<bb::duration> {
        co_return context.time_left();
    };
    CHECK(time.run(every_second.retry(takes_it)) == bb::duration::max());
    CHECK(bb::attempt_context{}.number() == 1);
    CHECK_FALSE(bb::attempt_context{}.has_deadline());
    auto const generic = [](auto const&... arguments) -> asio::awaitable<std::size_t> {
        co_return sizeof...(arguments);
    };
    CHECK(time.run(every_second.retry(generic, 1, 2)) == 2);
}

TEST_CASE("nested: an inner retrier makes one attempt in each of the outer one's") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 100};
    bb::retrier const outer{bb::stop_after_attempt{3}, bb::retry_if_exception<>{}, bb::wait_fixed{1s},
                            retrier_options{}};
    bb::retrier const inner = outer;
    auto const loads = [&](bb::attempt_context const& context) -> asio::awaitable<int> {
        co_return co_await inner.within(context).retry(std::ref(operation));
    };
    CHECK_THROWS_AS(time.run(outer.retry(loads)), host_down);
    CHECK(operation.calls == 3);
    CHECK(time.elapsed() == 2s);
}

TEST_CASE("nested: an inner retrier that is to multiply does") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 100};
    bb::retrier const outer{bb::stop_after_attempt{3}, bb::retry_if_exception<>{}, bb::wait_fixed{1s},
                            retrier_options{.when_nested = bb::nested::multiply}};
    bb::retrier const inner = outer;
    auto const loads = [&](bb::attempt_context const& context) -> asio::awaitable<int> {
        co_return co_await inner.within(context).retry(std::ref(operation));
    };
    CHECK_THROWS_AS(time.run(outer.retry(loads)), host_down);
    CHECK(operation.calls == 9);
}

TEST_CASE("nested: what the outer retrier doesn't retry comes through, and is told as left to it") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 100};
    auto const told = time.run(every_second.within(bb::attempt_context{}).outcome(std::ref(operation)));
    CHECK(told.end == retry_end::left_to_outer);
    CHECK(told.attempts == 1);
    CHECK(told.exception());
}

TEST_CASE("nested: values, try_again and what reraise would wrap are left to the outer retrier as they are") {
    bb::testing::virtual_time time;
    int calls = 0;
    auto const answers = [&]() -> asio::awaitable<int> {
        switch (++calls) {
        case 1:
            throw bb::try_again{};
        case 2:
            throw host_down("down");
        default:
            co_return calls < 5 ? 0 : calls;
        }
    };
    auto const is_zero = [](int v) { return v == 0; };
    bb::retrier const outer{bb::stop_never{},
                            bb::retry_if_result{is_zero} | bb::retry_if_exception<host_down>{},
                            bb::wait_none{}, retrier_options{}};
    bb::retrier const inner{bb::stop_never{},
                            bb::retry_if_result{is_zero} | bb::retry_if_exception<host_down>{},
                            bb::wait_none{}, retrier_options{.reraise = false}};
    auto const loads = [&](bb::attempt_context const& context) -> asio::awaitable<int> {
        co_return co_await inner.within(context).retry(answers);
    };
    CHECK(time.run(outer.retry(loads)) == 5);
}

TEST_CASE("nested: retries are paid for once, by the outer retrier") {
    bb::testing::virtual_time time;
    bb::shared_budget throttle{bb::retry_throttle{.tokens = 10, .ratio = 0.1}};
    bb::retrier const outer{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_none{},
                            retrier_options{.budget = &throttle}};
    bb::retrier const inner = outer;
    failing_operation operation{.failures = 100};
    auto const loads = [&](bb::attempt_context const& context) -> asio::awaitable<int> {
        co_return co_await inner.within(context).retry(std::ref(operation));
    };
    CHECK(time.run(outer.outcome(loads)).attempts == 5);
}

TEST_CASE("nested: the inner retrier shares the outer one's deadline") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 100};
    bb::retrier const inner{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1s},
                            retrier_options{.when_nested = bb::nested::multiply}};
    auto const loads = [&](bb::attempt_context const& context) -> asio::awaitable<int> {
        co_return co_await inner.within(context).retry(std::ref(operation));
    };
    CHECK(time.run(every_second.with_deadline(5s).outcome(loads)).end == retry_end::deadline);
    CHECK(operation.calls == 5);
    CHECK(time.elapsed() == 4s);
}

} // namespace retrier_limits_test
