// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_RUN_IN_TIME_HPP
#define BREAKERBOX_RETRY_DETAIL_RUN_IN_TIME_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/error.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/policy/library_error.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_of.hpp>
#include <breakerbox/policy/result_traits.hpp>
#include <breakerbox/retry/detail/attempt_cut.hpp>
#include <breakerbox/retry/detail/cancellation_latch.hpp>
#include <breakerbox/retry/detail/operation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace breakerbox::detail {

/// What an operation shares with its timer and its caller's cancellation; used by one handler at a time. It outlives them
/// all: a timer's handler that is on its way can't be called back.
struct time_limit {
    asio::cancellation_signal signal{};
    /// Stays as it is once the operation is over.
    bool expired = false;
    bool over = false;
};

/// An executor on which the operation, its timer and its cancellation run one after the other.
template <class Executor>
Executor one_at_a_time(Executor const& executor) {
    if constexpr (std::same_as<Executor, asio::any_io_executor>)
        return asio::make_strand(executor);
    else
        return executor;
}

/// Carries the caller's cancellation on to the operation.
template <class Executor>
struct cancels_in_time {
    std::shared_ptr<time_limit> limit;
    Executor executor;

    void operator()(asio::cancellation_type type) const {
        asio::dispatch(executor, [limit = limit, type] { limit->signal.emit(type); });
    }
};

/// What an operation returns that is called with these very arguments, which std::ref would make of arguments.
template <class Operation, class... Arguments>
using awaited_by_call = awaited_by<Operation, std::reference_wrapper<Arguments>...>;

/// Calls the operation as a coroutine of its own, which notes in `result` how it ended, and cancels it after `time`.
template <class Clock, class T, class Executor, class Operation, class... Arguments>
asio::awaitable<void, Executor> call_noting(outcome_of<T>& result, std::shared_ptr<time_limit> limit,
                                            duration time, bool throws, Operation& operation,
                                            Arguments&... arguments) {
    // The caller's filter has been applied to what comes.
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(throws);

    // Not before this coroutine runs: on another thread it might expire while nobody listens to the signal yet.
    asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> timer{
        co_await asio::this_coro::executor};
    timer.expires_at(saturating_add(Clock::now(), saturating_ceil<typename Clock::duration>(time)));
    timer.async_wait([limit](boost::system::error_code const& error) {
        if (error || limit->over)
            return;
        limit->expired = true;
        limit->signal.emit(asio::cancellation_type::terminal);
    });
    try {
        if constexpr (std::is_void_v<T>) {
            co_await detail::called(operation)(arguments...);
            result.set_value();
        } else {
            result.set_value(co_await detail::called(operation)(arguments...));
        }
    } catch (std::exception const& e) {
        result.set_current_exception(&e);
    } catch (...) {
        result.set_current_exception();
    }
    limit->over = true;
    // What co_spawn awaits after an operation that never waited must not throw: nobody would catch it.
    co_await asio::this_coro::throw_if_cancelled(false);
}

/// Whose time it is that an operation gets, and where to note that it was cut, or null.
struct time_given {
    duration time;
    cut_by whose = cut_by::time_out;
    attempt_cut* noted = nullptr;

    errc too_late() const noexcept {
        return whose == cut_by::deadline ? errc::deadline_exceeded : errc::attempt_timed_out;
    }
};

/// Awaits the operation for the time given, then cancels it, notes that and ends with its error. See `with_timeout`. The
/// operation, the arguments and the note outlive it; `own_and_run_in_time` is for those that don't.
template <class Clock, class Operation, class... Arguments>
auto run_in_time(time_given given, Operation& operation, Arguments&... arguments)
    -> asio::awaitable<typename awaited_by_call<Operation, Arguments...>::value,
                       typename awaited_by_call<Operation, Arguments...>::executor> {
    using value = typename awaited_by_call<Operation, Arguments...>::value;
    using executor_type = typename awaited_by_call<Operation, Arguments...>::executor;

    bool const throws = co_await asio::this_coro::throw_if_cancelled();
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    auto const executor = one_at_a_time<executor_type>(co_await asio::this_coro::executor);
    auto const limit = std::make_shared<time_limit>();
    outcome_of<value> result;

    cancellation_latch latch{cancellation.slot()};
    std::exception_ptr failure; // not the operation's, but that no memory was left for it
    try {
        latch.slot().assign(cancels_in_time<executor_type>{limit, executor});
        auto call = call_noting<Clock, value, executor_type>(result, limit, given.time, throws, operation,
                                                             arguments...);
        std::tuple<std::exception_ptr> const ended = co_await asio::co_spawn(
            executor, std::move(call),
            asio::bind_cancellation_slot(limit->signal.slot(),
                                         asio::as_tuple(asio::use_awaitable_t<executor_type>{})));
        failure = std::get<0>(ended);
    } catch (...) {
        failure = std::current_exception();
    }
    latch.let_go();
    if (failure)
        std::rethrow_exception(failure);

    if (result.has_error()) {
        // The caller's cancellation, although a signal that its filter swallowed has made Asio forget it.
        bool const forgotten = latch.cancelled() && cancellation.cancelled() == asio::cancellation_type::none;
        if (forgotten || (limit->expired && !latch.cancelled())) {
            auto const code = forgotten ? boost::system::error_code{asio::error::operation_aborted}
                                        : make_error_code(given.too_late());
            if (!forgotten && given.noted != nullptr)
                given.noted->by = given.whose;
            if constexpr (carries_error<value>)
                co_return library_error<value>(code);
            else
                throw boost::system::system_error{code};
        }
        if (result.is_permanent())
            result.mark_again();
        if (result.has_exception())
            std::rethrow_exception(result.exception());
    }
    if constexpr (!std::is_void_v<value>)
        co_return std::move(result.value());
}

/// The same with an operation and arguments that it keeps in its frame.
template <class Clock, class Operation, class... Arguments>
auto own_and_run_in_time(time_given given, Operation operation, Arguments... arguments)
    -> decltype(detail::run_in_time<Clock>(given, operation, detail::each_attempts(arguments)...)) {
    co_return co_await detail::run_in_time<Clock>(given, operation, detail::each_attempts(arguments)...);
}

} // namespace breakerbox::detail

#endif
