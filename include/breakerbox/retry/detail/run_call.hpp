// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_RUN_CALL_HPP
#define BREAKERBOX_RETRY_DETAIL_RUN_CALL_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/retry/detail/call_action.hpp>
#include <breakerbox/retry/detail/operation.hpp>
#include <breakerbox/retry/detail/pause.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/this_coro.hpp>

#include <cstdint>
#include <exception>
#include <type_traits>

namespace breakerbox::detail {

inline bool is_cancelled(asio::cancellation_state const& state) noexcept {
    return state.cancelled() != asio::cancellation_type::none;
}

/// The whole call in one frame, which owns all that it needs.
template <class T, class Executor, class Call, class Operation, class... Arguments>
asio::awaitable<typename Call::value, Executor> run_call(Call call, Operation operation,
                                                         Arguments... arguments) {
    // Without a wait, an operation that fails at once must not starve the executor: every so often others
    // get on.
    constexpr std::uint64_t gives_way_every = 16;

    typename Call::attempt attempt;
    auto next = call.begin(attempt);
    while (next != call_action::end) {
        if (next == call_action::ask) {
            if constexpr (Call::awaits_breaker)
                next = co_await call.await_answer(attempt);
            else
                next = call.ask(attempt);
        } else if (next == call_action::attempt) {
            (detail::renew(call, arguments), ...);
            try {
                if constexpr (std::is_void_v<T>) {
                    co_await detail::called(operation)(detail::each_attempts(arguments)...);
                    attempt.result.set_value();
                } else {
                    attempt.result.set_value(
                        co_await detail::called(operation)(detail::each_attempts(arguments)...));
                }
            } catch (std::exception const& e) {
                attempt.result.set_current_exception(&e);
            } catch (...) {
                attempt.result.set_current_exception();
            }
            auto const cancellation = co_await asio::this_coro::cancellation_state;
            call.judge(attempt, detail::is_cancelled(cancellation), detail::noted_cut(arguments...));
            // Looked at again each time that user code has run: what is awaited by then would throw.
            if constexpr (!Call::awaits_breaker)
                call.report(attempt);
            else if (call.must_await_report(attempt, detail::is_cancelled(cancellation)))
                co_await call.await_report(attempt);
            next = call.end_attempt(attempt);
        } else {
            auto const wait = call.begin_wait(next, attempt);
            // An observer or a policy may have cancelled the call.
            bool cancelled = detail::is_cancelled(co_await asio::this_coro::cancellation_state);
            if (next == call_action::ask_again && !cancelled) {
                next = call_action::ask;
                continue;
            }
            if (!cancelled && (wait > duration::zero() || call.attempt_number() % gives_way_every == 0))
                cancelled = co_await detail::pause<typename Call::clock, Executor>(wait);
            next = cancelled ? call.cancel(attempt) : call.end_wait(attempt);
        }
    }
    co_return call.take(attempt);
}

} // namespace breakerbox::detail

#endif
