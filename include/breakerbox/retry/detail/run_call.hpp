// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_RUN_CALL_HPP
#define BREAKERBOX_RETRY_DETAIL_RUN_CALL_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_of.hpp>
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

    outcome_of<T> result;
    call.begin();
    for (;;) {
        bool has_failed = false;
        {
            auto permit = call.ask_leave(result);
            if constexpr (Call::awaits_breaker)
                co_await call.await_leave(result, permit);
            if (permit) {
                (renew(call, arguments), ...);
                try {
                    if constexpr (std::is_void_v<T>) {
                        co_await called(operation)(each_attempts(arguments)...);
                        result.set_value();
                    } else {
                        result.set_value(co_await called(operation)(each_attempts(arguments)...));
                    }
                } catch (std::exception const& e) {
                    result.set_current_exception(&e);
                } catch (...) {
                    result.set_current_exception();
                }
                auto const cancellation = co_await asio::this_coro::cancellation_state;
                call.judge(result, is_cancelled(cancellation), noted_cut(arguments...));
                // Looked at again each time that user code has run: what is awaited by then would throw.
                if constexpr (!Call::awaits_breaker)
                    call.report(result, permit);
                else if (call.must_await_report(permit, is_cancelled(cancellation)))
                    co_await call.await_report(result, permit);
                call.end_attempt(result);
                has_failed = !call.has_ended();
            }
        }
        if (has_failed)
            call.decide_to_go_on(result);
        if (has_failed && !call.has_ended() && call.is_host_open()) {
            if (is_cancelled(co_await asio::this_coro::cancellation_state))
                call.end_as_cancelled(result);
            else if constexpr (Call::awaits_breaker)
                co_await call.await_refusal(result);
            else
                call.end_if_refused(result);
        }
        if (call.has_ended())
            break;

        auto const wait = call.begin_wait(result);
        // An observer or a policy may have cancelled the call.
        bool cancelled = is_cancelled(co_await asio::this_coro::cancellation_state);
        if (!cancelled && (wait > duration::zero() || call.attempt_number() % gives_way_every == 0))
            cancelled = co_await pause<typename Call::clock, Executor>(wait);
        if (cancelled) {
            call.end_as_cancelled(result);
            break;
        }
        call.end_wait();
    }
    co_return call.take(result);
}

} // namespace breakerbox::detail

#endif
