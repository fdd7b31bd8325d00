// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include "support/cancellable_call.hpp"
#include "support/failing_operation.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace retrier_cancellation_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::testing::virtual_timer;
using support::cancellable_call;
using support::failing_operation;
using support::host_down;
using support::retrier_options;

namespace {

bb::retrier const retries_for_ever{bb::stop_never{}, bb::retry_always{}, bb::wait_fixed{1h},
                                   retrier_options{}};

struct throwing_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<throwing_clock>;
    static time_point now() { throw std::runtime_error("no time"); }
};

asio::awaitable<int> sleeps_an_hour() {
    virtual_timer timer{co_await asio::this_coro::executor, 1h};
    co_await timer.async_wait(asio::deferred);
    co_return 1;
}

} // namespace

TEST_CASE("cancellation: during a wait it returns at once, with no further attempt") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    failing_operation operation{.failures = 100};
    call.spawn(retries_for_ever.retry(std::ref(operation)));
    call.time.advance(1min);
    CHECK_FALSE(call.ended);
    call.emit();
    CHECK(call.was_aborted());
    CHECK(operation.calls == 1);
    CHECK(call.time.elapsed() == 1min);
}

TEST_CASE("cancellation: terminal and then a filtered signal, in a wait: still cancelled") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    failing_operation operation{.failures = 100};
    call.spawn(retries_for_ever.retry(std::ref(operation)));
    call.time.advance(1min);
    call.signal.emit(asio::cancellation_type::terminal);
    call.signal.emit(asio::cancellation_type::total); // filtered by default, and clears Asio's own memory
    call.time.advance(0s);
    CHECK(call.was_aborted());
    CHECK(operation.calls == 1);
}

TEST_CASE("cancellation: as a wait runs out, with its timer already on the way: still cancelled") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    failing_operation operation{.failures = 100};
    call.spawn(retries_for_ever.retry(std::ref(operation)));
    // Its timer fires before the call's, and cancels in the same turn of the loop.
    virtual_timer same_moment{call.time.context(), 1h};
    same_moment.async_wait([&](auto) {
        call.signal.emit(asio::cancellation_type::terminal);
        call.signal.emit(asio::cancellation_type::total);
    });
    call.time.advance(1h);
    CHECK(call.was_aborted());
    CHECK(operation.calls == 1);
}

TEST_CASE("cancellation: a signal that the caller's filter swallows doesn't end a wait") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    failing_operation operation{.failures = 1};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1h},
                              retrier_options{}};
    call.spawn(retrier.retry(std::ref(operation)));
    call.time.advance(1min);
    call.emit(asio::cancellation_type::total);
    CHECK_FALSE(call.ended);
    call.time.advance(1h);
    CHECK(call.value == 7);
}

TEST_CASE("cancellation: inside an attempt it is passed through, even by retry_always, and not counted") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 9, .reset_timeout = 10s}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    call.spawn(retrier.retry("h", sleeps_an_hour));
    call.time.advance(1min);
    call.emit();
    CHECK(call.was_aborted());
    CHECK(breaker.snapshot_now("h").failures == 0);
}

TEST_CASE(
    "cancellation: inside an attempt that swallows it and fails otherwise: no further attempt, not counted") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 9, .reset_timeout = 10s}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    int calls = 0;
    auto const swallows = [&]() -> asio::awaitable<int> {
        ++calls;
        virtual_timer timer{co_await asio::this_coro::executor, 1h};
        co_await timer.async_wait(asio::as_tuple(asio::deferred));
        throw host_down("another error");
    };
    call.spawn(retrier.retry("h", swallows));
    call.time.advance(1min);
    call.emit();
    REQUIRE(call.ended);
    CHECK_THROWS_AS(std::rethrow_exception(call.exception), host_down);
    CHECK(calls == 1);
    CHECK(breaker.snapshot_now("h").failures == 0);
}

TEST_CASE("cancellation: an attempt that succeeds in spite of it returns its value") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    auto const completes = []() -> asio::awaitable<int> {
        virtual_timer timer{co_await asio::this_coro::executor, 1h};
        co_await timer.async_wait(asio::as_tuple(asio::deferred));
        co_return 5;
    };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_result{[](int v) { return v != 5; }},
                              bb::wait_none{}, retrier_options{}};
    call.spawn(retrier.retry(completes));
    call.time.advance(1min);
    call.emit();
    CHECK(call.value == 5);
}

TEST_CASE("cancellation: a matched value while cancelled ends the call with operation_aborted") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    int calls = 0;
    auto const completes = [&]() -> asio::awaitable<int> {
        ++calls;
        virtual_timer timer{co_await asio::this_coro::executor, 1h};
        co_await timer.async_wait(asio::as_tuple(asio::deferred));
        co_return 5;
    };
    call.spawn(retries_for_ever.retry(completes));
    call.time.advance(1min);
    call.emit();
    CHECK(call.was_aborted());
    CHECK(calls == 1);
}

TEST_CASE("cancellation: before the first attempt it ends the call without one, and without spinning") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    failing_operation operation;
    std::vector<std::string> ends;
    auto const observer = [&ends](bb::retry_event const& event) {
        if (event.what == bb::retry_event::kind::finished)
            ends.emplace_back(to_string(event.end));
    };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, bb::wait_none{},
                              retrier_options{.observer = observer}};
    auto const cancelled_first = [&]() -> asio::awaitable<int> {
        co_await asio::post(asio::deferred);
        auto const cancellation = co_await asio::this_coro::cancellation_state;
        call.signal.emit(asio::cancellation_type::terminal);
        CHECK(cancellation.cancelled() == asio::cancellation_type::terminal);
        co_await asio::this_coro::throw_if_cancelled(false); // lets the call begin at all
        auto retry = retrier.retry([&]() -> asio::awaitable<int> {
            co_await asio::this_coro::throw_if_cancelled(true);
            co_return co_await operation();
        });
        co_return co_await std::move(retry);
    };
    call.spawn(cancelled_first());
    call.time.run_until_idle();
    CHECK(call.was_aborted());
    CHECK(operation.calls == 0);
    CHECK(ends == std::vector<std::string>{"cancelled"});
}

TEST_CASE("cancellation: without throw_if_cancelled a cancelled call isn't retried either") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    failing_operation operation{.failures = 100};
    auto const cancelled_first = [&]() -> asio::awaitable<int> {
        co_await asio::this_coro::throw_if_cancelled(false);
        call.signal.emit(asio::cancellation_type::terminal);
        auto retry = retries_for_ever.retry(std::ref(operation));
        co_return co_await std::move(retry);
    };
    call.spawn(cancelled_first());
    call.time.run_until_idle();
    CHECK(call.ended);
    CHECK(operation.calls == 1);
}

TEST_CASE("cancellation: by an observer or a policy, after the attempt, it ends the call before the wait") {
    for (bool const throws : {false, true}) {
        for (auto const wait : {0h, 1h}) {
            bb::testing::virtual_time time;
            cancellable_call call{time};
            failing_operation operation{.failures = 100};
            std::vector<bb::retry_end> ends;
            auto const observer = [&ends](bb::retry_event const& event) {
                if (event.what == bb::retry_event::kind::finished)
                    ends.push_back(event.end);
            };
            auto const cancels = [&call](bb::attempt const&) {
                call.signal.emit(asio::cancellation_type::terminal);
                return false;
            };
            bb::retrier const retrier{cancels, bb::retry_if_exception<>{}, bb::wait_fixed{wait},
                                      retrier_options{.observer = observer}};
            auto const caller = [&]() -> asio::awaitable<int> {
                co_await asio::post(asio::deferred);
                co_await asio::this_coro::throw_if_cancelled(throws);
                auto retry = retrier.retry(std::ref(operation));
                co_return co_await std::move(retry);
            };
            call.spawn(caller());
            call.time.run_until_idle();
            CHECK(call.was_aborted());
            CHECK(operation.calls == 1);
            CHECK(call.time.elapsed() == 0s);
            CHECK(ends == std::vector<bb::retry_end>{bb::retry_end::cancelled});
        }
    }
}

TEST_CASE("cancellation: a signal after a wait that never began harms nobody") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    failing_operation operation{.failures = 100};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1h},
                              bb::retrier_options<throwing_clock>{}};
    auto const caller = [&]() -> asio::awaitable<int> {
        try {
            auto retry = retrier.retry(std::ref(operation));
            co_await std::move(retry);
        } catch (std::runtime_error const& e) {
            CHECK(std::string{e.what()} == "no time");
        }
        co_await asio::post(asio::deferred);
        call.signal.emit(asio::cancellation_type::terminal);
        co_return 3;
    };
    call.spawn(caller());
    call.time.run_until_idle();
    CHECK(call.value == 3);
}

TEST_CASE("cancellation: operation_aborted of the attempt's own counts as cancellation") {
    bb::testing::virtual_time time;
    int calls = 0;
    auto const aborts_itself = [&]() -> asio::awaitable<int> {
        ++calls;
        throw boost::system::system_error{asio::error::operation_aborted};
        co_return 0;
    };
    CHECK_THROWS_AS(time.run(retries_for_ever.retry(aborts_itself)), boost::system::system_error);
    CHECK(calls == 1);
}

TEST_CASE(
    "cancellation: operation_aborted is retried where retry_if_error names it and the call isn't cancelled") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    int calls = 0;
    auto const aborts_itself = [&]() -> asio::awaitable<int> {
        ++calls;
        throw boost::system::system_error{asio::error::operation_aborted};
        co_return 0;
    };
    bb::retrier const retrier{bb::stop_after_attempt{3}, bb::retry_if_error{asio::error::operation_aborted},
                              bb::wait_none{}, retrier_options{}};
    call.spawn(retrier.retry(aborts_itself));
    call.time.run_until_idle();
    CHECK(calls == 3);

    bb::retrier const patient{bb::stop_never{}, bb::retry_if_error{asio::error::operation_aborted},
                              bb::wait_none{}, retrier_options{}};
    call.ended = false;
    call.spawn(patient.retry(sleeps_an_hour));
    call.time.advance(1min);
    call.emit();
    CHECK(call.ended);
    CHECK(call.was_aborted());
}

TEST_CASE("cancellation: the caller's filter and throw_if_cancelled are as they were, after a value and an "
          "exception") {
    for (int const failures : {0, 1, 2}) {
        bb::testing::virtual_time time;
        cancellable_call call{time};
        failing_operation operation{.failures = failures};
        bb::retrier const retrier{bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_fixed{1s},
                                  retrier_options{}};
        auto const caller = [&]() -> asio::awaitable<int> {
            co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation{});
            co_await asio::this_coro::throw_if_cancelled(false);
            try {
                auto retry = retrier.retry(std::ref(operation));
                co_await std::move(retry);
            } catch (host_down const&) {
            }
            CHECK_FALSE(co_await asio::this_coro::throw_if_cancelled());
            call.signal.emit(asio::cancellation_type::total);
            auto const cancellation = co_await asio::this_coro::cancellation_state;
            CHECK(cancellation.cancelled() == asio::cancellation_type::total);
            co_return 0;
        };
        call.spawn(caller());
        call.time.run_until_idle();
        CHECK(call.ended);
    }
}

TEST_CASE("cancellation: an io_context that goes with calls in attempts and waits leaks nothing and counts "
          "nothing") {
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 99, .reset_timeout = 10s}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, bb::wait_fixed{1h}, breaker,
                              retrier_options{}};
    failing_operation operation{.failures = 100};
    {
        bb::testing::virtual_time time;
        asio::cancellation_signal unused;
        asio::co_spawn(time.context(), retrier.retry("waits", std::ref(operation)),
                       asio::bind_cancellation_slot(unused.slot(), [](std::exception_ptr, int) {}));
        asio::co_spawn(time.context(), retrier.retry("attempts", sleeps_an_hour),
                       [](std::exception_ptr, int) {});
        time.advance(1min);
    }
    bb::testing::virtual_time time;
    CHECK(breaker.snapshot_now("waits").failures == 1);
    CHECK(breaker.snapshot_now("attempts").failures == 0);
}

} // namespace retrier_cancellation_test
