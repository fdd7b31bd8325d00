// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_WITH_TIMEOUT_HPP
#define BREAKERBOX_RETRY_WITH_TIMEOUT_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/error.hpp>
#include <breakerbox/base/named_first.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/retry/attempt_context.hpp>
#include <breakerbox/retry/detail/operation.hpp>
#include <breakerbox/retry/detail/run_in_time.hpp>

#include <boost/asio/async_result.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace breakerbox {

namespace detail {

struct operation_category {};

/// An operation with a time-out as a retrier calls it: on the retrier's clock, no longer than its deadline allows.
template <class Operation, class Clock>
struct timed_attempt {
    // Owns an operation, and is made by the library, never within a co_await expression.
    using category = operation_category;

    Operation operation;
    duration limit;

    // The retrier's look at its arguments: not const where it was given std::ref.
    template <class... Arguments>
        requires(callable<Operation, std::reference_wrapper<Arguments>...> ||
                 takes_context<Operation, std::reference_wrapper<Arguments>...>)
    auto operator()(timed_context const& current, Arguments&... arguments) {
        auto const left = current.context.time_left();
        current.cut.fair = std::min(limit, current.cut.fair);
        current.cut.had = std::min(limit, left);
        time_given const given{current.cut.had, left < limit ? cut_by::deadline : cut_by::time_out,
                               &current.cut};
        if constexpr (takes_context<Operation, std::reference_wrapper<Arguments>...>)
            return run_in_time<Clock>(given, operation, current.context, arguments...);
        else
            return run_in_time<Clock>(given, operation, arguments...);
    }
};

} // namespace detail

/// An operation with a time-out, made by `with_timeout`.
template <class Operation, class Clock>
class timed_operation {
public:
    using category = detail::operation_category;

    template <class O>
        requires std::constructible_from<Operation, O&&>
    timed_operation(duration limit, O&& operation) : limit_(limit), operation_(std::forward<O>(operation)) {
        detail::require(limit > duration::zero(), "with_timeout's time", "more than zero", limit);
    }

    /// Calls the operation. The arguments are copied or moved into the call, as by a retrier; what is given as std::ref
    /// must outlive it. So must a timed operation that has a name; one that hasn't is moved into the call.
    template <class... Arguments>
        requires detail::callable<Operation, std::decay_t<Arguments>...>
    auto operator()(Arguments&&... arguments) & {
        detail::require_named_first<Arguments...>();
        return detail::own_and_run_in_time<Clock>(detail::time_given{limit_},
                                                  std::ref(detail::called(operation_)),
                                                  std::forward<Arguments>(arguments)...);
    }
    template <class... Arguments>
        requires detail::callable<Operation, std::decay_t<Arguments>...>
    auto operator()(Arguments&&... arguments) && {
        detail::require_named_first<Arguments...>();
        return detail::own_and_run_in_time<Clock>(detail::time_given{limit_}, std::move(operation_),
                                                  std::forward<Arguments>(arguments)...);
    }

    /// For the retrier, which brings its own clock.
    template <class C>
    detail::timed_attempt<Operation, C> on_clock() && {
        return {std::move(operation_), limit_};
    }
    template <class C>
    detail::timed_attempt<Operation, C> on_clock() const& {
        return {operation_, limit_};
    }

    /// The same for the time of another with_timeout around this one: the shorter one holds.
    template <class C>
    timed_operation<Operation, C> no_longer_than(duration limit) && {
        return {std::min(limit_, limit), std::move(operation_)};
    }

private:
    duration limit_;
    Operation operation_;
};

namespace detail {

/// A timed operation by std::ref, which a retrier could not give its own clock.
template <class Operation>
concept refers_to_timed =
    requires(Operation const& operation) { operation.get().template on_clock<std::chrono::steady_clock>(); };

} // namespace detail

/// Ends each attempt of an operation after `limit`, which must be more than zero, with `errc::attempt_timed_out`: thrown as
/// a boost::system::system_error, or returned where the operation returns its errors.
///
///     co_await retrier.retry("example.com", bb::with_timeout(2s, fetch), request);
///
/// A time-out is a failure, retried where the retry_if policy matches its error, and never taken for the caller's
/// cancellation. An attempt that has timed out and gives a value all the same has succeeded. A retrier's deadline
/// shortens the time, and is then what the attempt ends with: `errc::deadline_exceeded`, see `retrier::with_deadline`.
/// Called by itself, `co_await bb::with_timeout(2s, fetch)(request)`, it goes by `Clock`; in a retrier by the retrier's.
///
/// The operation is cancelled, by terminal cancellation, and its end awaited: one that ignores that makes the time-out
/// late. Have it pass cancellation on to what it awaits, or close its socket. It runs as a coroutine of its own, on a
/// strand of the caller's executor where that is any_io_executor; an executor of another type must run one handler at
/// a time.
template <class Clock = std::chrono::steady_clock, class Operation>
auto with_timeout(duration limit, Operation&& operation) {
    using given = std::decay_t<Operation>;
    detail::require_named_first<Operation>();
    if constexpr (asio::is_async_operation<given>::value) {
        detail::restarted<given> restarted{std::forward<Operation>(operation)};
        return timed_operation<detail::restarted<given>, Clock>{limit, std::move(restarted)};
    } else {
        static_assert(!detail::awaitable_operation<given>,
                      "breakerbox: pass with_timeout the function, not the awaitable that it returned");
        return timed_operation<given, Clock>{limit, std::forward<Operation>(operation)};
    }
}

/// The same around another: the shorter time holds.
template <class Clock = std::chrono::steady_clock, class Operation, class C>
timed_operation<Operation, Clock> with_timeout(duration limit, timed_operation<Operation, C> operation) {
    detail::require(limit > duration::zero(), "with_timeout's time", "more than zero", limit);
    return std::move(operation).template no_longer_than<Clock>(limit);
}

} // namespace breakerbox

#endif
