// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/with_timeout.hpp>

#include "support/cancellable_call.hpp"
#include "support/failing_operation.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/testing.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace with_timeout_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::testing::virtual_clock;
using bb::testing::virtual_timer;
using boost::system::error_code;
using boost::system::result;
using boost::system::system_error;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using support::cancellable_call;
using support::failing_operation;
using support::host_down;
using support::retrier_options;

namespace {

bb::retrier const once{bb::stop_after_attempt{1}, bb::retry_if_error{}, bb::wait_none{}, retrier_options{}};
bb::retrier const three_times{bb::stop_after_attempt{3}, bb::retry_if_error{}, bb::wait_none{},
                              retrier_options{}};

/// An operation that takes as long as it is told, and counts its calls.
struct sleeps {
    bb::duration d;
    int calls = 0;

    asio::awaitable<int> operator()() {
        ++calls;
        virtual_timer timer{co_await asio::this_coro::executor, d};
        co_await timer.async_wait(asio::deferred);
        co_return 7;
    }
};

/// Ends when it is cancelled or after an hour, with what it is told; without an error, with 5.
struct swallows {
    bool fails = true;

    asio::awaitable<int> operator()() const {
        virtual_timer timer{co_await asio::this_coro::executor, 1h};
        co_await timer.async_wait(asio::as_tuple(asio::deferred));
        if (fails)
            throw host_down("another error");
        co_return 5;
    }
};

/// Ignores whatever cancels it.
asio::awaitable<int> sleeps_200ms_regardless() {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation{});
    virtual_timer timer{co_await asio::this_coro::executor, 200ms};
    co_await timer.async_wait(asio::deferred);
    throw host_down("late");
}

/// The code of the system_error that comes out of a coroutine; zero of any other end.
template <class T, class Executor>
error_code code_of(bb::testing::virtual_time& time, asio::awaitable<T, Executor> coroutine) {
    try {
        time.run(std::move(coroutine));
    } catch (system_error const& e) {
        return e.code();
    }
    return {};
}

bool threw_host_down(cancellable_call const& call) {
    try {
        if (call.exception)
            std::rethrow_exception(call.exception);
    } catch (host_down const&) {
        return true;
    } catch (...) {
    }
    return false;
}

struct move_only_without_default {
    explicit move_only_without_default(int v) : value(std::make_unique<int>(v)) {}
    std::unique_ptr<int> value;
};

class move_only_operation {
public:
    explicit move_only_operation(int v) : value_(std::make_unique<int>(v)) {}
    asio::awaitable<int> operator()() const { co_return *value_; }

private:
    std::unique_ptr<int> value_;
};

} // namespace

// The end.

TEST_CASE("with_timeout: 50 ms of 200 ms: timed out at 50 ms, as boost::system::errc::timed_out") {
    bb::testing::virtual_time time;
    sleeps operation{200ms};
    auto const code = code_of(time, once.retry(bb::with_timeout(50ms, std::ref(operation))));
    CHECK(code == bb::errc::attempt_timed_out);
    CHECK(code == boost::system::errc::timed_out);
    CHECK(time.elapsed() == 50ms);
}

TEST_CASE("with_timeout: a value within the time comes at once, and no timer is left behind") {
    bb::testing::virtual_time time;
    sleeps operation{10ms};
    CHECK(time.run(once.retry(bb::with_timeout(50ms, std::ref(operation)))) == 7);
    CHECK(time.elapsed() == 10ms);
    time.run_until_idle();
    CHECK(time.elapsed() == 10ms);
}

TEST_CASE("with_timeout: each attempt has the time anew") {
    bb::testing::virtual_time time;
    sleeps operation{200ms};
    CHECK(code_of(time, three_times.retry(bb::with_timeout(50ms, std::ref(operation)))) ==
          bb::errc::attempt_timed_out);
    CHECK(operation.calls == 3);
    CHECK(time.elapsed() == 150ms);
}

TEST_CASE("with_timeout: a time-out is retried by retry_if_error and by retry_if_exception") {
    auto const calls_with = [](auto const& retry_if) {
        bb::testing::virtual_time time;
        sleeps operation{200ms};
        bb::retrier const retrier{bb::stop_after_attempt{3}, retry_if, bb::wait_none{}, retrier_options{}};
        CHECK(code_of(time, retrier.retry(bb::with_timeout(50ms, std::ref(operation)))) ==
              bb::errc::attempt_timed_out);
        return operation.calls;
    };
    CHECK(calls_with(bb::retry_if_error{bb::errc::attempt_timed_out}) == 3);
    CHECK(calls_with(bb::retry_if_error{boost::system::errc::timed_out}) == 3);
    CHECK(calls_with(bb::retry_if_exception<system_error>{}) == 3);
    CHECK(calls_with(bb::retry_if_exception<host_down>{}) == 1);
    CHECK(calls_with(bb::retry_if_error{asio::error::operation_aborted}) == 1);
}

TEST_CASE("with_timeout: a time-out counts as a failure of the host, whether retry_if matches it or not") {
    for (bool const retries : {true, false}) {
        bb::testing::virtual_time time;
        support::breaker breaker{support::store{bb::failure_count{.max_failures = 9, .reset_timeout = 1h}}};
        auto const retry_if = [retries](bb::outcome const&) { return retries; };
        bb::retrier const retrier{bb::stop_after_attempt{1}, retry_if, bb::wait_none{}, breaker,
                                  retrier_options{}};
        sleeps operation{200ms};
        CHECK(code_of(time, retrier.retry("h", bb::with_timeout(50ms, std::ref(operation)))) ==
              bb::errc::attempt_timed_out);
        CHECK(breaker.snapshot_now("h").failures == 1);
    }
}

TEST_CASE("with_timeout: an operation that fails at 10 ms is seen at 10 ms") {
    bb::testing::virtual_time time;
    auto const fails = []() -> asio::awaitable<int> {
        virtual_timer timer{co_await asio::this_coro::executor, 10ms};
        co_await timer.async_wait(asio::deferred);
        throw host_down("at 10 ms");
    };
    CHECK_THROWS_AS(time.run(once.retry(bb::with_timeout(50ms, fails))), host_down);
    CHECK(time.elapsed() == 10ms);
}

TEST_CASE("with_timeout: a value that comes although the time is up is returned") {
    bb::testing::virtual_time time;
    CHECK(time.run(once.retry(bb::with_timeout(50ms, swallows{.fails = false}))) == 5);
    CHECK(time.elapsed() == 50ms);
}

TEST_CASE("with_timeout: an error of another kind that follows the time-out is the time-out's") {
    bb::testing::virtual_time time;
    CHECK(code_of(time, once.retry(bb::with_timeout(50ms, swallows{}))) == bb::errc::attempt_timed_out);
    CHECK(time.elapsed() == 50ms);
}

TEST_CASE("with_timeout: an operation that ignores its cancellation makes the end late") {
    bb::testing::virtual_time time;
    CHECK(code_of(time, once.retry(bb::with_timeout(50ms, sleeps_200ms_regardless))) ==
          bb::errc::attempt_timed_out);
    CHECK(time.elapsed() == 200ms);
}

TEST_CASE("with_timeout: operation_aborted of the operation's own, in time, is no time-out") {
    bb::testing::virtual_time time;
    auto const aborts = []() -> asio::awaitable<int> {
        throw system_error{asio::error::operation_aborted};
        co_return 0;
    };
    CHECK(code_of(time, once.retry(bb::with_timeout(50ms, aborts))) == asio::error::operation_aborted);
}

TEST_CASE("with_timeout: an operation that throws before it returns an awaitable fails as others do") {
    bb::testing::virtual_time time;
    int calls = 0;
    auto const throws = [&calls](char) -> asio::awaitable<int> {
        ++calls;
        throw host_down("itself");
    };
    CHECK_THROWS_AS(time.run(three_times.retry(bb::with_timeout(50ms, throws), 'c')), host_down);
    CHECK(calls == 3);
}

TEST_CASE("with_timeout: an exception that is no std::exception comes out as it is") {
    bb::testing::virtual_time time;
    auto const throws = []() -> asio::awaitable<int> {
        throw 5;
        co_return 0;
    };
    CHECK_THROWS_AS(time.run(once.retry(bb::with_timeout(50ms, throws))), int);
}

// The caller's cancellation.

TEST_CASE("with_timeout: cancelled from outside at 30 ms: cancelled, not retried, not counted") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 9, .reset_timeout = 1h}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    sleeps operation{200ms};
    call.spawn(retrier.retry("h", bb::with_timeout(50ms, std::ref(operation))));
    time.advance(30ms);
    call.emit();
    CHECK(call.was_aborted());
    CHECK(time.elapsed() == 30ms);
    CHECK(operation.calls == 1);
    CHECK(breaker.snapshot_now("h").failures == 0);
    time.run_until_idle();
    CHECK(time.elapsed() == 30ms);
}

TEST_CASE("with_timeout: cancelled in an attempt that swallows it and fails otherwise: no further attempt") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 9, .reset_timeout = 1h}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    call.spawn(retrier.retry("h", bb::with_timeout(50ms, swallows{})));
    time.advance(30ms);
    call.emit();
    CHECK(threw_host_down(call));
    CHECK(breaker.snapshot_now("h").failures == 0);
}

TEST_CASE("with_timeout: cancelled, an attempt that succeeds in spite of it returns its value") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_none{},
                              retrier_options{}};
    call.spawn(retrier.retry(bb::with_timeout(50ms, swallows{.fails = false})));
    time.advance(30ms);
    call.emit();
    CHECK(call.value == 5);
}

TEST_CASE("with_timeout: terminal and then a filtered signal: still cancelled") {
    for (bool const swallowed : {false, true}) {
        bb::testing::virtual_time time;
        cancellable_call call{time};
        int calls = 0;
        auto const operation = [&]() -> asio::awaitable<int> {
            ++calls;
            if (swallowed)
                co_return co_await swallows{}();
            virtual_timer timer{co_await asio::this_coro::executor, 1h};
            co_await timer.async_wait(asio::deferred);
            co_return 1;
        };
        support::breaker breaker{support::store{bb::failure_count{.max_failures = 9, .reset_timeout = 1h}}};
        bb::retrier const retrier{bb::stop_after_attempt{5}, bb::retry_always{}, bb::wait_none{}, breaker,
                                  retrier_options{}};
        call.spawn(retrier.retry("h", bb::with_timeout(50ms, operation)));
        time.advance(30ms);
        call.signal.emit(asio::cancellation_type::terminal);
        call.signal.emit(asio::cancellation_type::total); // filtered, and clears Asio's own memory
        time.advance(0s);
        CHECK(call.was_aborted());
        CHECK(calls == 1);
        CHECK(breaker.snapshot_now("h").failures == 0);
    }
}

TEST_CASE("with_timeout: cancelled and out of time in the same turn of the loop, either first: cancelled") {
    for (bool const cancelled_first : {true, false}) {
        for (bool const swallowed : {false, true}) {
            for (bool const forgotten : {false, true}) {
                bb::testing::virtual_time time;
                cancellable_call call{time};
                int calls = 0;
                auto const operation = [&]() -> asio::awaitable<int> {
                    ++calls;
                    if (swallowed)
                        co_return co_await swallows{}();
                    co_return co_await sleeps{1h}();
                };
                virtual_timer same_moment{time.context(), 50ms};
                auto const cancel = [&] {
                    same_moment.async_wait([&](auto) {
                        call.signal.emit(asio::cancellation_type::terminal);
                        if (forgotten)
                            call.signal.emit(asio::cancellation_type::total);
                    });
                };
                if (cancelled_first)
                    cancel();
                call.spawn(three_times.retry(bb::with_timeout(50ms, operation)));
                time.advance(0s);
                if (!cancelled_first)
                    cancel();
                time.advance(50ms);
                CAPTURE(cancelled_first, swallowed, forgotten);
                CHECK(call.ended);
                CHECK((call.was_aborted() || (swallowed && !forgotten && threw_host_down(call))));
                CHECK(calls == 1);
            }
        }
    }
}

TEST_CASE("with_timeout: a signal that the caller's filter swallows ends nothing, and the time-out is one") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    sleeps operation{200ms};
    call.spawn(once.retry(bb::with_timeout(50ms, std::ref(operation))));
    time.advance(30ms);
    call.emit(asio::cancellation_type::total);
    CHECK_FALSE(call.ended);
    time.advance(20ms);
    REQUIRE(call.ended);
    CHECK_THROWS_AS(std::rethrow_exception(call.exception), system_error);
    CHECK_FALSE(call.was_aborted());
}

TEST_CASE("with_timeout: the operation gets the signals that the caller's filter lets pass") {
    for (auto const type : {asio::cancellation_type::total, asio::cancellation_type::partial}) {
        bb::testing::virtual_time time;
        cancellable_call call{time};
        asio::cancellation_type got{};
        auto const operation = [&]() -> asio::awaitable<int> {
            virtual_timer timer{co_await asio::this_coro::executor, 1h};
            co_await timer.async_wait(asio::as_tuple(asio::deferred));
            auto const cancellation = co_await asio::this_coro::cancellation_state;
            got = cancellation.cancelled();
            co_return 3;
        };
        auto const caller = [&]() -> asio::awaitable<int> {
            co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation{});
            auto retry = once.retry(bb::with_timeout(50ms, operation));
            co_await std::move(retry);
            co_return 0;
        };
        call.spawn(caller());
        time.advance(30ms);
        call.emit(type);
        CHECK(call.ended);
        CHECK(got == type);
        CHECK(time.elapsed() == 30ms);
    }
}

TEST_CASE("with_timeout: the operation sees the caller's throw_if_cancelled") {
    for (bool const throws : {true, false}) {
        bb::testing::virtual_time time;
        std::optional<bool> seen;
        auto const operation = [&]() -> asio::awaitable<int> {
            seen = co_await asio::this_coro::throw_if_cancelled();
            co_return 3;
        };
        auto const caller = [&]() -> asio::awaitable<void> {
            co_await asio::this_coro::throw_if_cancelled(throws);
            auto retry = once.retry(bb::with_timeout(50ms, operation));
            co_await std::move(retry);
        };
        time.run(caller());
        CHECK(seen == throws);
    }
}

TEST_CASE("with_timeout: the caller's filter and throw_if_cancelled are as they were, after any end") {
    auto const value = []() -> asio::awaitable<int> { co_return 1; };
    auto const exception = []() -> asio::awaitable<int> {
        co_await asio::this_coro::throw_if_cancelled(true);
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation{});
        throw host_down("always");
        co_return 1;
    };
    auto const ends_with = [](auto const& operation, auto const filter, asio::cancellation_type type) {
        bb::testing::virtual_time time;
        cancellable_call call{time};
        auto const caller = [&]() -> asio::awaitable<int> {
            co_await asio::this_coro::reset_cancellation_state(filter);
            co_await asio::this_coro::throw_if_cancelled(false);
            try {
                auto retry = once.retry(bb::with_timeout(50ms, operation));
                co_await std::move(retry);
            } catch (std::exception const&) {
            }
            CHECK_FALSE(co_await asio::this_coro::throw_if_cancelled());
            call.signal.emit(type);
            auto const cancellation = co_await asio::this_coro::cancellation_state;
            CHECK(cancellation.cancelled() == type);
            co_return 9;
        };
        call.spawn(caller());
        time.run_until_idle();
        CHECK(call.value == 9);
    };
    auto const all_ends = [&](auto const filter, asio::cancellation_type type) {
        ends_with(value, filter, type);
        ends_with(exception, filter, type);
        ends_with(sleeps_200ms_regardless, filter, type);
    };
    all_ends(asio::enable_total_cancellation{}, asio::cancellation_type::total);
    all_ends(asio::enable_partial_cancellation{}, asio::cancellation_type::partial);
}

TEST_CASE("with_timeout: a signal after the operation's end harms nobody") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    auto const caller = [&]() -> asio::awaitable<int> {
        auto retry = once.retry(bb::with_timeout(50ms, sleeps{10ms}));
        co_await std::move(retry);
        co_await asio::post(asio::deferred);
        call.signal.emit(asio::cancellation_type::terminal);
        co_return 3;
    };
    call.spawn(caller());
    time.run_until_idle();
    CHECK(call.value == 3);
}

TEST_CASE("with_timeout: an operation that cancels its own call and ends at once ends it as cancelled") {
    for (bool const fails : {true, false}) {
        bb::testing::virtual_time time;
        cancellable_call call{time};
        int calls = 0;
        auto const operation = [&]() -> asio::awaitable<int> {
            ++calls;
            call.signal.emit(asio::cancellation_type::terminal);
            if (fails)
                throw host_down("at once");
            co_return 5;
        };
        auto const caller = [&]() -> asio::awaitable<int> {
            co_await asio::post(asio::deferred);
            auto retry = three_times.retry(bb::with_timeout(50ms, operation));
            co_return co_await std::move(retry);
        };
        call.spawn(caller());
        time.run_until_idle();
        CHECK((fails ? threw_host_down(call) : call.value == 5));
        CHECK(calls == 1);
    }
}

TEST_CASE("with_timeout: an operation that its cancellation ends within the signal's call is safe") {
    auto const ends_inline = []() -> asio::awaitable<int> {
        co_await asio::async_initiate<asio::use_awaitable_t<> const, void(error_code)>(
            [](auto handler) {
                auto slot = asio::get_associated_cancellation_slot(handler);
                auto const kept = std::make_shared<decltype(handler)>(std::move(handler));
                slot.assign([kept](asio::cancellation_type) {
                    auto ended = std::move(*kept);
                    std::move(ended)(error_code{asio::error::operation_aborted});
                });
            },
            asio::use_awaitable);
        co_return 1;
    };
    bb::testing::virtual_time time;
    CHECK(code_of(time, three_times.retry(bb::with_timeout(50ms, ends_inline))) ==
          bb::errc::attempt_timed_out);
    CHECK(time.elapsed() == 150ms);

    cancellable_call call{time};
    call.spawn(three_times.retry(bb::with_timeout(50ms, ends_inline)));
    time.advance(30ms);
    virtual_timer within_the_loop{time.context(), 1ms};
    within_the_loop.async_wait([&](auto) { call.signal.emit(asio::cancellation_type::terminal); });
    time.advance(1ms);
    CHECK(call.was_aborted());
}

// Results, arguments and operations.

TEST_CASE("with_timeout: results may be move-only, without a default constructor, or void") {
    bb::testing::virtual_time time;
    auto const move_only = []() -> asio::awaitable<move_only_without_default> {
        co_return move_only_without_default{5};
    };
    CHECK(*time.run(three_times.retry(bb::with_timeout(50ms, move_only))).value == 5);
    bool called = false;
    auto const nothing = [&]() -> asio::awaitable<void> {
        called = true;
        co_return;
    };
    time.run(three_times.retry(bb::with_timeout(50ms, nothing)));
    CHECK(called);
}

TEST_CASE("with_timeout: of an operation that returns its errors the time-out comes back in its result") {
    bb::testing::virtual_time time;
    auto const operation = []() -> asio::awaitable<result<std::unique_ptr<int>>> {
        virtual_timer timer{co_await asio::this_coro::executor, 200ms};
        auto const [error] = co_await timer.async_wait(asio::as_tuple(asio::deferred));
        if (error)
            co_return error;
        co_return std::make_unique<int>(5);
    };
    auto const timed_out = time.run(three_times.retry(bb::with_timeout(50ms, operation)));
    CHECK(timed_out.error() == bb::errc::attempt_timed_out);
    CHECK(time.elapsed() == 150ms);
    CHECK(**time.run(three_times.retry(bb::with_timeout(1s, operation))) == 5);

    auto const throws = []() -> asio::awaitable<result<void>> {
        virtual_timer timer{co_await asio::this_coro::executor, 200ms};
        co_await timer.async_wait(asio::deferred);
        co_return result<void>{};
    };
    CHECK(time.run(once.retry(bb::with_timeout(50ms, throws))).error() == bb::errc::attempt_timed_out);
    CHECK(time.run(once.retry(bb::with_timeout(1s, throws))).has_value());
}

TEST_CASE("with_timeout: an error that an operation returns in time is its own") {
    bb::testing::virtual_time time;
    auto const operation = []() -> asio::awaitable<result<int>> {
        co_return error_code{asio::error::connection_reset};
    };
    CHECK(time.run(once.retry(bb::with_timeout(50ms, operation))).error() == asio::error::connection_reset);
}

TEST_CASE("with_timeout: cancelled from outside and then forgotten, the result carries operation_aborted") {
    bb::testing::virtual_time time;
    asio::cancellation_signal signal;
    std::optional<error_code> error;
    auto const operation = []() -> asio::awaitable<result<int>> {
        virtual_timer timer{co_await asio::this_coro::executor, 200ms};
        co_await timer.async_wait(asio::as_tuple(asio::deferred));
        co_return error_code{asio::error::connection_reset};
    };
    auto const caller = [&]() -> asio::awaitable<void> {
        auto retry = three_times.retry(bb::with_timeout(50ms, operation));
        auto const ended = co_await std::move(retry);
        error = ended.error();
    };
    asio::co_spawn(time.context(), caller(),
                   asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr) {}));
    time.advance(30ms);
    signal.emit(asio::cancellation_type::terminal);
    signal.emit(asio::cancellation_type::total);
    time.advance(0s);
    CHECK(error == asio::error::operation_aborted);
}

TEST_CASE("with_timeout: each attempt gets the arguments as const&, whole, move-only ones too") {
    bb::testing::virtual_time time;
    std::vector<std::string> seen;
    auto const operation = [&](std::string const& text,
                               std::unique_ptr<int> const& number) -> asio::awaitable<void> {
        seen.push_back(text + std::to_string(*number));
        throw host_down("again");
        co_return;
    };
    auto text = std::string(100, 'x');
    CHECK_THROWS_AS(time.run(three_times.retry(bb::with_timeout(50ms, operation), std::move(text),
                                               std::make_unique<int>(1))),
                    host_down);
    CHECK(seen == std::vector<std::string>(3, std::string(100, 'x') + "1"));
}

TEST_CASE("with_timeout: std::ref passes what the operation changes, in a retrier and by itself") {
    bb::testing::virtual_time time;
    int changed = 0;
    auto const operation = [](int& n) -> asio::awaitable<int> {
        ++n;
        if (n < 3)
            throw host_down("again");
        co_return n;
    };
    CHECK(time.run(three_times.retry(bb::with_timeout(50ms, operation), std::ref(changed))) == 3);
    auto by_itself = bb::with_timeout<virtual_clock>(50ms, operation);
    auto const argument = std::ref(changed);
    CHECK(time.run(by_itself(argument)) == 4);
    CHECK(changed == 4);
}

TEST_CASE("with_timeout: an argument is converted for each attempt, and lives as long as the attempt") {
    bb::testing::virtual_time time;
    auto const operation = [](std::string const& text) -> asio::awaitable<std::string> {
        co_await asio::post(asio::deferred);
        co_return text;
    };
    auto const literal = "a literal that is too long for the small string's own buffer";
    CHECK(time.run(three_times.retry(bb::with_timeout(50ms, operation), literal)) == literal);
    auto by_itself = bb::with_timeout<virtual_clock>(50ms, operation);
    CHECK(time.run(by_itself(literal)) == literal);
}

TEST_CASE("with_timeout: a deferred Asio operation is timed as it is") {
    bb::testing::virtual_time time;
    virtual_timer timer{time.context(), 40ms};
    auto const wait = [&] { return timer.async_wait(asio::deferred); };
    time.run(once.retry(bb::with_timeout(50ms, wait)));
    CHECK(time.elapsed() == 40ms);
    timer.expires_after(1h);
    CHECK(code_of(time, once.retry(bb::with_timeout(50ms, wait))) == bb::errc::attempt_timed_out);
    CHECK(time.elapsed() == 90ms);
    auto const as_tuple = [&] { return timer.async_wait(asio::as_tuple(asio::deferred)); };
    CHECK(std::get<0>(time.run(once.retry(bb::with_timeout(50ms, as_tuple)))) == bb::errc::attempt_timed_out);
    CHECK(time.elapsed() == 140ms);
}

TEST_CASE("with_timeout: a deferred Asio operation by itself is timed, and started anew each time") {
    bb::testing::virtual_time time;
    virtual_timer timer{time.context(), 1h};
    CHECK(code_of(time, three_times.retry(bb::with_timeout(50ms, timer.async_wait(asio::deferred)))) ==
          bb::errc::attempt_timed_out);
    CHECK(time.elapsed() == 150ms);
}

TEST_CASE("with_timeout: a timed operation may be a variable, const, or a temporary, and is not used up") {
    bb::testing::virtual_time time;
    sleeps operation{200ms};
    auto named = bb::with_timeout(50ms, std::ref(operation));
    auto const constant = named;
    CHECK(code_of(time, once.retry(named)) == bb::errc::attempt_timed_out);
    CHECK(code_of(time, once.retry(named)) == bb::errc::attempt_timed_out);
    CHECK(code_of(time, once.retry(constant)) == bb::errc::attempt_timed_out);
    CHECK(code_of(time, once.retry(std::move(named))) == bb::errc::attempt_timed_out);
    CHECK(operation.calls == 4);
    CHECK(time.elapsed() == 200ms);
}

TEST_CASE(
    "with_timeout: a temporary in a co_await expression is safe, with an owning operation named first") {
    bb::testing::virtual_time time;
    auto const token = std::make_shared<int>(5);
    auto const owning = [token](std::string const& text) -> asio::awaitable<std::size_t> {
        co_await asio::post(asio::deferred);
        co_return text.size() + static_cast<std::size_t>(*token);
    };
    auto const caller = [&]() -> asio::awaitable<std::size_t> {
        auto const text = std::string(100, 'y');
        auto const retried = co_await once.retry(bb::with_timeout(50ms, owning), text);
        auto const by_itself = co_await bb::with_timeout<virtual_clock>(50ms, owning)(text);
        co_return retried + by_itself;
    };
    CHECK(time.run(caller()) == 210);
    CHECK(token.use_count() == 2);
}

TEST_CASE("with_timeout: a move-only operation is moved into the call") {
    bb::testing::virtual_time time;
    CHECK(time.run(once.retry(bb::with_timeout(50ms, move_only_operation{6}))) == 6);
}

TEST_CASE("with_timeout: a mutable operation changes the call's own copy, from one attempt to the next") {
    bb::testing::virtual_time time;
    CHECK(time.run(three_times.retry(bb::with_timeout(50ms, failing_operation{.failures = 2}))) == 7);
}

// By itself.

TEST_CASE("with_timeout: by itself it times out on the clock that it is given") {
    bb::testing::virtual_time time;
    auto const caller = []() -> asio::awaitable<error_code> {
        auto const operation = [](bb::duration d) -> asio::awaitable<int> {
            virtual_timer timer{co_await asio::this_coro::executor, d};
            co_await timer.async_wait(asio::deferred);
            co_return 7;
        };
        int const in_time = co_await bb::with_timeout<virtual_clock>(50ms, operation)(bb::duration{40ms});
        CHECK(in_time == 7);
        try {
            co_await bb::with_timeout<virtual_clock>(50ms, operation)(bb::duration{200ms});
        } catch (system_error const& e) {
            co_return e.code();
        }
        co_return error_code{};
    };
    CHECK(time.run(caller()) == bb::errc::attempt_timed_out);
    CHECK(time.elapsed() == 90ms);
}

TEST_CASE("with_timeout: by itself, cancelled from outside, it ends with the operation's own error") {
    bb::testing::virtual_time time;
    cancellable_call call{time};
    auto timed = bb::with_timeout<virtual_clock>(50ms, sleeps{200ms});
    call.spawn(timed());
    time.advance(30ms);
    call.emit();
    CHECK(call.was_aborted());
    CHECK(time.elapsed() == 30ms);
}

TEST_CASE("with_timeout: one timed operation may be called many times at once") {
    bb::testing::virtual_time time;
    auto timed = bb::with_timeout<virtual_clock>(50ms, sleeps{200ms});
    int timed_out = 0;
    for (int i = 0; i != 10; ++i)
        asio::co_spawn(time.context(), timed(), [&](std::exception_ptr e, int) { timed_out += e ? 1 : 0; });
    time.run_until_idle();
    CHECK(timed_out == 10);
    CHECK(time.elapsed() == 50ms);
}

TEST_CASE("with_timeout: on the steady clock, by default, it ends an operation that would last an hour") {
    asio::io_context context;
    auto const operation = []() -> asio::awaitable<int> {
        asio::steady_timer timer{co_await asio::this_coro::executor, 1h};
        co_await timer.async_wait(asio::deferred);
        co_return 1;
    };
    auto timed = bb::with_timeout(5ms, operation);
    std::exception_ptr ended;
    asio::co_spawn(context, timed(), [&](std::exception_ptr e, int) { ended = e; });
    context.run();
    REQUIRE(ended);
    CHECK_THROWS_AS(std::rethrow_exception(ended), system_error);
}

// In a retrier.

TEST_CASE("with_timeout: a retrier's deadline shortens the time of the attempt that it falls into") {
    bb::testing::virtual_time time;
    std::vector<bb::duration> left;
    auto const operation = [&](bb::attempt_context const& context) -> asio::awaitable<int> {
        left.push_back(context.time_left());
        virtual_timer timer{co_await asio::this_coro::executor, 200ms};
        co_await timer.async_wait(asio::deferred);
        co_return 1;
    };
    CHECK(code_of(time, three_times.with_deadline(70ms).retry(bb::with_timeout(50ms, operation))) ==
          bb::errc::deadline_exceeded);
    CHECK(time.elapsed() == 70ms);
    CHECK(left == std::vector<bb::duration>{70ms, 20ms});
}

TEST_CASE("with_timeout: an operation that takes its attempt's context gets it, and its arguments") {
    bb::testing::virtual_time time;
    std::vector<std::uint64_t> numbers;
    int changed = 0;
    auto const operation = [&](bb::attempt_context const& context, int& n,
                               std::string const& text) -> asio::awaitable<std::string> {
        numbers.push_back(context.number());
        if (++n < 3)
            throw host_down("again");
        co_await asio::post(asio::deferred);
        co_return text;
    };
    CHECK(time.run(three_times.retry(bb::with_timeout(50ms, operation), std::ref(changed), "text")) ==
          "text");
    CHECK(numbers == std::vector<std::uint64_t>{1, 2, 3});
}

TEST_CASE("with_timeout: outcome tells of the time-outs") {
    bb::testing::virtual_time time;
    auto const ended = time.run(three_times.outcome(bb::with_timeout(50ms, sleeps{200ms})));
    CHECK_FALSE(ended);
    CHECK(ended.error() == bb::errc::attempt_timed_out);
    REQUIRE(ended.history.size() == 3);
    CHECK(ended.history[1].start == 50ms);
    CHECK(ended.history[1].took == 50ms);
    CHECK(ended.history[1].error() == "the attempt timed out");
}

TEST_CASE("with_timeout: nested, the shorter time ends the operation") {
    for (auto const& [outer, inner] : {std::pair{50ms, 20ms}, std::pair{20ms, 50ms}}) {
        bb::testing::virtual_time time;
        auto const within = bb::with_timeout(inner, sleeps{200ms});
        CHECK(code_of(time, once.retry(bb::with_timeout(outer, within))) == bb::errc::attempt_timed_out);
        CHECK(time.elapsed() == 20ms);
        time.run_until_idle();
        CHECK(time.elapsed() == 20ms);
    }
}

TEST_CASE("with_timeout: nested and cancelled from outside: cancelled") {
    for (bool const forgotten : {false, true}) {
        bb::testing::virtual_time time;
        cancellable_call call{time};
        auto const within = bb::with_timeout(40ms, swallows{});
        call.spawn(three_times.retry(bb::with_timeout(50ms, within)));
        time.advance(30ms);
        call.signal.emit(asio::cancellation_type::terminal);
        if (forgotten)
            call.signal.emit(asio::cancellation_type::total);
        time.advance(0s);
        CHECK((forgotten ? call.was_aborted() : threw_host_down(call)));
        CHECK(time.elapsed() == 30ms);
    }
}

TEST_CASE("with_timeout: a whole call of a retrier may be timed by another one") {
    bb::testing::virtual_time time;
    auto const inner = [](bb::attempt_context const& outer) -> asio::awaitable<int> {
        bb::retrier const for_ever{bb::stop_never{}, bb::retry_always{}, bb::wait_fixed{1h},
                                   retrier_options{.when_nested = bb::nested::multiply}};
        auto retry = for_ever.within(outer).retry(failing_operation{.failures = 100});
        co_return co_await std::move(retry);
    };
    CHECK(code_of(time, three_times.retry(bb::with_timeout(50ms, inner))) == bb::errc::attempt_timed_out);
    CHECK(time.elapsed() == 150ms);
}

// Executors.

TEST_CASE("with_timeout: works on an io_context's own executor") {
    bb::testing::virtual_time time;
    using executor = asio::io_context::executor_type;
    auto const operation = [](bb::duration d) -> asio::awaitable<int, executor> {
        asio::basic_waitable_timer<virtual_clock, asio::wait_traits<virtual_clock>, executor> timer{
            co_await asio::this_coro::executor};
        timer.expires_after(d);
        co_await timer.async_wait(asio::use_awaitable_t<executor>{});
        co_return 7;
    };
    CHECK(time.run(once.retry(bb::with_timeout(50ms, operation), bb::duration{40ms})) == 7);
    CHECK(code_of(time, once.retry(bb::with_timeout(50ms, operation), bb::duration{200ms})) ==
          bb::errc::attempt_timed_out);
    CHECK(time.elapsed() == 90ms);
}

TEST_CASE("with_timeout: works on a strand of an io_context's executor, and cancels there") {
    bb::testing::virtual_time time;
    using executor = asio::strand<asio::io_context::executor_type>;
    auto const operation = []() -> asio::awaitable<int, executor> {
        asio::basic_waitable_timer<virtual_clock, asio::wait_traits<virtual_clock>, executor> timer{
            co_await asio::this_coro::executor};
        timer.expires_after(1h);
        co_await timer.async_wait(asio::use_awaitable_t<executor>{});
        co_return 7;
    };
    executor const strand{time.context().get_executor()};
    std::vector<error_code> ends;
    asio::cancellation_signal signal;
    auto const spawn = [&] {
        asio::co_spawn(strand, three_times.retry(bb::with_timeout(50ms, operation)),
                       asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e, int) {
                           ends.push_back(bb::outcome_of<int>{e}.error().value());
                       }));
    };
    spawn();
    time.run_until_idle();
    CHECK(time.elapsed() == 150ms);
    spawn();
    time.advance(30ms);
    signal.emit(asio::cancellation_type::terminal);
    time.run_until_idle();
    CHECK(time.elapsed() == 180ms);
    CHECK(ends == std::vector<error_code>{bb::errc::attempt_timed_out, asio::error::operation_aborted});
}

// Limits and lifetimes.

TEST_CASE("with_timeout: a time of zero or less is refused, and named") {
    CHECK_THROWS_MATCHES(
        bb::with_timeout(0s, sleeps_200ms_regardless), std::invalid_argument,
        MessageMatches(ContainsSubstring("with_timeout's time must be more than zero, but is 0")));
    CHECK_THROWS_MATCHES(
        bb::with_timeout(-2s, sleeps_200ms_regardless), std::invalid_argument,
        MessageMatches(ContainsSubstring("with_timeout's time must be more than zero, but is -2s")));
}

TEST_CASE("with_timeout: the longest time never comes, in virtual time and on the steady clock") {
    bb::testing::virtual_time time;
    time.advance(1h); // now and the longest duration together are more than there is
    CHECK(time.run(once.retry(bb::with_timeout(bb::duration::max(), sleeps{100h}))) == 7);
    CHECK(time.elapsed() == 101h);

    asio::io_context context;
    auto const operation = []() -> asio::awaitable<int> {
        asio::steady_timer timer{co_await asio::this_coro::executor, 5ms};
        co_await timer.async_wait(asio::deferred);
        co_return 7;
    };
    auto timed = bb::with_timeout(bb::duration::max(), operation);
    int value = 0;
    asio::co_spawn(context, timed(), [&](std::exception_ptr, int v) { value = v; });
    context.run();
    CHECK(value == 7);
}

TEST_CASE("with_timeout: an operation that ends at once, 100,000 times, leaves the stack flat") {
    // Not in virtual time, which has the kernel told of its timers at each turn.
    asio::io_context context;
    asio::steady_timer earlier{context, 1h};
    earlier.async_wait(asio::detached);
    int calls = 0;
    auto const operation = [&]() -> asio::awaitable<int> { co_return ++calls; };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_result{[](int n) { return n < 50'000; }},
                              bb::wait_none{}};
    auto const caller = [&]() -> asio::awaitable<void> {
        auto timed = bb::with_timeout(2h, operation);
        co_await retrier.retry(timed);
        while (calls < 100'000)
            co_await timed();
        earlier.cancel();
    };
    asio::co_spawn(context, caller(), asio::detached);
    context.run();
    CHECK(calls == 100'000);
}

TEST_CASE("with_timeout: an io_context that goes in the middle of a timed attempt leaks nothing and counts "
          "nothing") {
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 99, .reset_timeout = 1h}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    auto const token = std::make_shared<int>();
    auto const operation = [token](std::shared_ptr<int> const&) -> asio::awaitable<int> {
        virtual_timer timer{co_await asio::this_coro::executor, 1h};
        co_await timer.async_wait(asio::deferred);
        co_return 1;
    };
    asio::cancellation_signal outlives;
    {
        bb::testing::virtual_time time;
        asio::cancellation_signal goes_first;
        auto by_itself = bb::with_timeout<virtual_clock>(50ms, operation);
        asio::co_spawn(time.context(), retrier.retry("h", bb::with_timeout(50ms, operation), token),
                       asio::bind_cancellation_slot(outlives.slot(), asio::detached));
        asio::co_spawn(time.context(), retrier.retry("h", bb::with_timeout(50ms, operation), token),
                       asio::bind_cancellation_slot(goes_first.slot(), asio::detached));
        asio::co_spawn(time.context(), by_itself(token), asio::detached);
        time.advance(30ms);
    }
    bb::testing::virtual_time time;
    CHECK(token.use_count() == 2); // here and in the operation
    CHECK(breaker.snapshot_now("h").failures == 0);
}

} // namespace with_timeout_test
