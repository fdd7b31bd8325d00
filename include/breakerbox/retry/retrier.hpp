// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_RETRIER_HPP
#define BREAKERBOX_RETRY_RETRIER_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/named_first.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/retry/attempt_context.hpp>
#include <breakerbox/retry/breaker_concept.hpp>
#include <breakerbox/retry/detail/adapt_operation.hpp>
#include <breakerbox/retry/detail/call_recipe.hpp>
#include <breakerbox/retry/retrier_options.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace breakerbox {

/// Calls an operation until it succeeds or a policy says to stop.
///
/// It is immutable: any number of threads and coroutines may use one retrier at once, and a call goes on
/// unharmed when its retrier is gone. Only the breaker and what the policies and the observer refer to must
/// outlive the calls.
template <class Stop, class RetryIf, class Wait, class Breaker = no_breaker,
          class Clock = std::chrono::steady_clock>
class retrier {
    static_assert(
        stop_policy<Stop>,
        "breakerbox: a retrier's first argument must be a stop policy, such as stop_after_attempt{3}");
    static_assert(
        detail::may_be_retry_if<RetryIf>,
        "breakerbox: a retrier's second argument must be a retry_if policy, such as retry_if_exception<>{}");
    static_assert(wait_policy<Wait>,
                  "breakerbox: a retrier's third argument must be a wait policy, such as wait_fixed{1s}");

    static_assert(std::copy_constructible<Stop> && std::copy_constructible<RetryIf> &&
                      std::copy_constructible<Wait>,
                  "breakerbox: policies must be copyable, since each call has its own copies");

    static constexpr bool guarded = !std::same_as<Breaker, no_breaker>;
    static_assert(!guarded || breaker<Breaker>,
                  "breakerbox: a retrier's fourth argument must be a breaker, such as a circuit_breaker");
    static_assert(
        detail::shares_time<Breaker, Clock>,
        "breakerbox: of a retrier and its breaker's store one goes by virtual time, one by real time; "
        "name the clock in both: memory_store<rule, virtual_clock>, retrier_options<virtual_clock>");

public:
    using options = retrier_options<Clock>;

    /// A retrier without a breaker. Throws std::invalid_argument if a policy has a field that can't be right.
    template <class S, class R, class W>
        requires(!guarded)
    retrier(S&& when_to_stop, R&& what_to_retry, W&& how_long_to_wait, options opts = {})
        : recipe_(std::forward<S>(when_to_stop), std::forward<R>(what_to_retry),
                  std::forward<W>(how_long_to_wait), nullptr, opts) {
        detail::require_named_first<S, R, W>();
        recipe_.validate();
    }

    /// A retrier that asks `guard`, a breaker, before each attempt and tells it how the attempt went. It
    /// refers to the breaker, which must outlive it and its calls. Throws as the other one does.
    template <class S, class R, class W, class B>
        requires guarded
    retrier(S&& when_to_stop, R&& what_to_retry, W&& how_long_to_wait, B&& guard, options opts = {})
        : recipe_(std::forward<S>(when_to_stop), std::forward<R>(what_to_retry),
                  std::forward<W>(how_long_to_wait), std::addressof(guard), opts) {
        static_assert(
            std::is_lvalue_reference_v<B>,
            "breakerbox: a retrier refers to its breaker; give the breaker a name and let it outlive the "
            "retrier");
        detail::require_named_first<S, R, W>();
        recipe_.validate();
    }

    /// Says what is wrong where options stand before the breaker.
    template <class S, class R, class W, class B>
    retrier(S&& when_to_stop, R&& what_to_retry, W&& how_long_to_wait, options const& opts, B&&)
        : recipe_(std::forward<S>(when_to_stop), std::forward<R>(what_to_retry),
                  std::forward<W>(how_long_to_wait), nullptr, opts) {
        static_assert(sizeof(S) == 0, "breakerbox: a retrier's options come last, behind its breaker: "
                                      "retrier{stop, retry_if, wait, breaker, options}");
    }

    /// Calls `operation(arguments...)` until it succeeds, and returns its value.
    ///
    /// The operation returns an asio::awaitable or a deferred Asio operation, or is one of the latter. It,
    /// the arguments and the policies are copied or moved into the call, so that temporaries are safe; each
    /// attempt gets the arguments as `const&`, one given as std::ref as a plain reference.
    ///
    /// An exception that the retry_if policy doesn't match comes out at once and as it is. When the stop
    /// policy gives up, the last exception comes out, or `retry_error`, see `retrier_options::reraise`.
    ///
    /// Cancellation, in an attempt as in a wait, ends the call at once: with the attempt's own exception, or
    /// with operation_aborted. The coroutine's filters are left as they are.
    ///
    /// Of an operation that returns its errors, see result_traits.hpp, everything that would have been thrown comes back
    /// in its own result, but for what the operation or a policy throws itself.
    ///
    /// An operation that takes an `attempt_context const&` before its arguments is told of the attempt.
    template <class Operation, class... Arguments>
        requires(!guarded)
    auto retry(Operation&& operation, Arguments&&... arguments) const {
        require_no_host<Operation>();
        return detail::start_adapted<false, Clock>(recipe_, {}, std::forward<Operation>(operation),
                                                   std::forward<Arguments>(arguments)...);
    }

    /// The same, but tells how the call went instead of throwing or returning what ended it: a `call_outcome` of the
    /// operation's type. Only what a policy throws comes out. It reads the clock, and allocates.
    template <class Operation, class... Arguments>
        requires(!guarded)
    auto outcome(Operation&& operation, Arguments&&... arguments) const {
        require_no_host<Operation>();
        return detail::start_adapted<true, Clock>(recipe_, {}, std::forward<Operation>(operation),
                                                  std::forward<Arguments>(arguments)...);
    }

    /// The same, with the breaker's leave for each attempt. Where it refuses, the first attempt or a later
    /// one, the call ends at once with what its `on_host_unavailable` throws, which is neither retried nor
    /// counted.
    ///
    /// An outcome that the retry_if policy matches counts as a failure of the host, and so does a time-out; another
    /// value as a success, another exception and a cancellation as neutral. `retrier_options::classify` may say
    /// otherwise. Throws std::invalid_argument at once if the host is empty.
    template <class Host, class... OperationAndArguments>
        requires guarded
    auto retry(Host&& host, OperationAndArguments&&... operation_and_arguments) const {
        return start_guarded<false>(host, std::forward<OperationAndArguments>(operation_and_arguments)...);
    }

    /// The same, but tells how the call went, as the other `outcome` does. A refusal is told, too, without a call of
    /// `on_host_unavailable`.
    template <class Host, class... OperationAndArguments>
        requires guarded
    auto outcome(Host&& host, OperationAndArguments&&... operation_and_arguments) const {
        return start_guarded<true>(host, std::forward<OperationAndArguments>(operation_and_arguments)...);
    }

    /// A retrier like this one each of whose calls has a deadline, `time` after it begins; zero or less leaves no time for
    /// an attempt.
    ///
    /// No attempt begins at the deadline or later: a call ends at once, without the wait, where its next one would. One
    /// that is under way is cut short only `with_timeout`: where the deadline comes before its time is up, it ends with
    /// `errc::deadline_exceeded`, and is not retried. The breaker takes it for a failure if it had at least half of its
    /// fair time, which is its time-out or `time`, whichever is shorter, and for neutral if not; then, too, a rule that
    /// rates slow calls counts it if it was one. An operation sees what is left, by its `attempt_context`.
    ///
    /// Only a call's own deadline ends it so: the `errc::deadline_exceeded` of another call within the operation is an
    /// error like any other.
    /// Where there is a deadline already, the earlier one holds.
    retrier with_deadline(duration time) const {
        auto changed = *this;
        changed.recipe_.limits.time = std::min(recipe_.limits.time, time);
        return changed;
    }

    /// The same with one moment for all calls. What it happens to leave a call is no measure of what is fair: that is the
    /// time-out alone.
    retrier with_deadline(typename Clock::time_point moment) const {
        auto changed = *this;
        changed.recipe_.limits.deadline = std::min(recipe_.limits.deadline, moment);
        return changed;
    }

    /// A retrier like this one for calls within an attempt of another one, whose deadline it shares; see
    /// `retrier_options::when_nested`.
    ///
    ///     asio::awaitable<page> load(bb::attempt_context const& outer, std::string const& path) {
    ///         co_return co_await inner.within(outer).retry(fetch, path);
    ///     }
    retrier within(attempt_context const& outer) const {
        auto changed = *this;
        changed.recipe_.limits.is_nested = true;
        if (outer.has_deadline())
            changed.recipe_.limits.deadline = std::min(
                recipe_.limits.deadline,
                detail::saturating_add(Clock::now(),
                                       detail::saturating_cast<typename Clock::duration>(outer.time_left())));
        return changed;
    }

private:
    template <class Operation>
    static constexpr void require_no_host() {
        static_assert(
            !std::convertible_to<Operation, std::string_view>,
            "breakerbox: a retrier without a breaker takes no host: retry(operation, arguments...)");
    }

    template <bool InOutcome, class Host, class... OperationAndArguments>
    auto start_guarded(Host const& host, OperationAndArguments&&... operation_and_arguments) const {
        static_assert(
            std::convertible_to<Host const&, std::string_view> && sizeof...(OperationAndArguments) > 0,
            "breakerbox: with a breaker, the host must be given first: retry(host, operation, arguments...)");
        std::string_view const name = host;
        detail::require_host(name);
        return detail::start_adapted<InOutcome, Clock>(
            recipe_, name, std::forward<OperationAndArguments>(operation_and_arguments)...);
    }

    detail::call_recipe<Stop, RetryIf, Wait, Breaker, Clock> recipe_;
};

template <class S, class R, class W>
retrier(S&&, R&&, W&&) -> retrier<std::decay_t<S>, std::decay_t<R>, std::decay_t<W>>;
template <class S, class R, class W>
retrier(S&&, R&&, W&&, retrier_options<>) -> retrier<std::decay_t<S>, std::decay_t<R>, std::decay_t<W>>;
template <class S, class R, class W, class Clock>
retrier(S&&, R&&, W&&, retrier_options<Clock>)
    -> retrier<std::decay_t<S>, std::decay_t<R>, std::decay_t<W>, no_breaker, Clock>;
// Wrong, and told by the constructor.
template <class S, class R, class W, class B>
retrier(S&&, R&&, W&&, retrier_options<>, B&&) -> retrier<std::decay_t<S>, std::decay_t<R>, std::decay_t<W>>;
template <class S, class R, class W, class Clock, class B>
retrier(S&&, R&&, W&&, retrier_options<Clock>, B&&)
    -> retrier<std::decay_t<S>, std::decay_t<R>, std::decay_t<W>, no_breaker, Clock>;
template <class S, class R, class W, class B>
retrier(S&&, R&&, W&&, B&&)
    -> retrier<std::decay_t<S>, std::decay_t<R>, std::decay_t<W>, std::remove_reference_t<B>>;
template <class S, class R, class W, class B>
retrier(S&&, R&&, W&&, B&&, retrier_options<>)
    -> retrier<std::decay_t<S>, std::decay_t<R>, std::decay_t<W>, std::remove_reference_t<B>>;
template <class S, class R, class W, class B, class Clock>
retrier(S&&, R&&, W&&, B&&, retrier_options<Clock>)
    -> retrier<std::decay_t<S>, std::decay_t<R>, std::decay_t<W>, std::remove_reference_t<B>, Clock>;

} // namespace breakerbox

#endif
