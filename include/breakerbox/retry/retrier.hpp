// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_RETRIER_HPP
#define BREAKERBOX_RETRY_RETRIER_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/named_first.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/fits_operation.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/result_traits.hpp>
#include <breakerbox/retry/attempt_context.hpp>
#include <breakerbox/retry/breaker_concept.hpp>
#include <breakerbox/retry/call_report.hpp>
#include <breakerbox/retry/detail/call_limits.hpp>
#include <breakerbox/retry/detail/operation.hpp>
#include <breakerbox/retry/detail/pause.hpp>
#include <breakerbox/retry/detail/retry_call.hpp>
#include <breakerbox/retry/detail/retry_decisions.hpp>
#include <breakerbox/retry/retrier_options.hpp>
#include <breakerbox/retry/with_timeout.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
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
        : stop_(std::forward<S>(when_to_stop)),
          retry_if_(std::forward<R>(what_to_retry)),
          wait_(std::forward<W>(how_long_to_wait)),
          options_(opts) {
        detail::require_named_first<S, R, W>();
        validate();
    }

    /// A retrier that asks `guard`, a breaker, before each attempt and tells it how the attempt went. It
    /// refers to the breaker, which must outlive it and its calls. Throws as the other one does.
    template <class S, class R, class W, class B>
        requires guarded
    retrier(S&& when_to_stop, R&& what_to_retry, W&& how_long_to_wait, B&& guard, options opts = {})
        : stop_(std::forward<S>(when_to_stop)),
          retry_if_(std::forward<R>(what_to_retry)),
          wait_(std::forward<W>(how_long_to_wait)),
          breaker_(std::addressof(guard)),
          options_(opts) {
        static_assert(
            std::is_lvalue_reference_v<B>,
            "breakerbox: a retrier refers to its breaker; give the breaker a name and let it outlive the "
            "retrier");
        detail::require_named_first<S, R, W>();
        validate();
    }

    /// Says what is wrong where options stand before the breaker.
    template <class S, class R, class W, class B>
    retrier(S&& when_to_stop, R&& what_to_retry, W&& how_long_to_wait, options const&, B&&)
        : stop_(std::forward<S>(when_to_stop)),
          retry_if_(std::forward<R>(what_to_retry)),
          wait_(std::forward<W>(how_long_to_wait)) {
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
        return start_unguarded<false>(std::forward<Operation>(operation),
                                      std::forward<Arguments>(arguments)...);
    }

    /// The same, but tells how the call went instead of throwing or returning what ended it: a `call_outcome` of the
    /// operation's type. Only what a policy throws comes out. It reads the clock, and allocates.
    template <class Operation, class... Arguments>
        requires(!guarded)
    auto outcome(Operation&& operation, Arguments&&... arguments) const {
        return start_unguarded<true>(std::forward<Operation>(operation),
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
        changed.limits_.time = std::min(limits_.time, time);
        return changed;
    }

    /// The same with one moment for all calls. What it happens to leave a call is no measure of what is fair: that is the
    /// time-out alone.
    retrier with_deadline(typename Clock::time_point moment) const {
        auto changed = *this;
        changed.limits_.deadline = std::min(limits_.deadline, moment);
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
        changed.limits_.is_nested = true;
        if (outer.has_deadline())
            changed.limits_.deadline = std::min(
                limits_.deadline,
                detail::saturating_add(Clock::now(),
                                       detail::saturating_cast<typename Clock::duration>(outer.time_left())));
        return changed;
    }

private:
    void validate() const {
        detail::validate(stop_);
        detail::validate(retry_if_);
        detail::validate(wait_);
        if (!options_.when_refused)
            return;
        options_.when_refused->validate();
        if constexpr (!guarded)
            throw std::invalid_argument(
                "breakerbox: retrier_options::when_refused must be left out without a breaker, but is set");
    }

    template <bool InOutcome, class Operation, class... Arguments>
    auto start_unguarded(Operation&& operation, Arguments&&... arguments) const {
        static_assert(
            !std::convertible_to<Operation, std::string_view>,
            "breakerbox: a retrier without a breaker takes no host: retry(operation, arguments...)");
        return start<InOutcome, detail::unguarded>({}, std::forward<Operation>(operation),
                                                   std::forward<Arguments>(arguments)...);
    }

    template <bool InOutcome, class Host, class... OperationAndArguments>
    auto start_guarded(Host const& host, OperationAndArguments&&... operation_and_arguments) const {
        static_assert(
            std::convertible_to<Host const&, std::string_view> && sizeof...(OperationAndArguments) > 0,
            "breakerbox: with a breaker, the host must be given first: retry(host, operation, arguments...)");
        std::string_view const name = host;
        detail::require_host(name);
        return start<InOutcome, host_name>(name,
                                           std::forward<OperationAndArguments>(operation_and_arguments)...);
    }

    template <bool InOutcome, class Host, class Operation, class... Arguments>
    auto start(std::string_view host, Operation&& operation, Arguments&&... arguments) const {
        using operation_type = std::decay_t<Operation>;
        detail::require_named_first<Operation, Arguments...>();
        static_assert(
            !detail::refers_to_timed<operation_type>,
            "breakerbox: pass what with_timeout made as it is, not by std::ref; the operation in it may "
            "be one by std::ref");
        if constexpr (requires { std::forward<Operation>(operation).template on_clock<Clock>(); })
            return start_calling<InOutcome, Host>(
                host, std::forward<Operation>(operation).template on_clock<Clock>(), detail::timed_context{},
                std::forward<Arguments>(arguments)...);
        else if constexpr (asio::is_async_operation<operation_type>::value) {
            static_assert(
                sizeof...(Arguments) == 0,
                "breakerbox: a deferred Asio operation takes no arguments; a completion token goes to "
                "co_spawn(executor, retrier.retry(...), token)");
            return start_calling<InOutcome, Host>(
                host, detail::restarted<operation_type>{std::forward<Operation>(operation)});
        } else if constexpr (detail::takes_context<operation_type, std::decay_t<Arguments>...>)
            return start_calling<InOutcome, Host>(host, std::forward<Operation>(operation),
                                                  detail::current_attempt{},
                                                  std::forward<Arguments>(arguments)...);
        else
            return start_calling<InOutcome, Host>(host, std::forward<Operation>(operation),
                                                  std::forward<Arguments>(arguments)...);
    }

    template <bool InOutcome, class Host, class Operation, class... Arguments>
    auto start_calling(std::string_view host, Operation&& operation, Arguments&&... arguments) const {
        using awaited = detail::awaited_by<std::decay_t<Operation>, std::decay_t<Arguments>...>;
        if constexpr (std::same_as<awaited, detail::no_operation>)
            return asio::awaitable<void>{};
        else
            return start_awaiting<InOutcome, Host, awaited>(host, std::forward<Operation>(operation),
                                                            std::forward<Arguments>(arguments)...);
    }

    template <bool InOutcome, class Host, class Awaited, class Operation, class... Arguments>
    auto start_awaiting(std::string_view host, Operation&& operation, Arguments&&... arguments) const {
        using value = typename Awaited::value;
        static_assert(
            retry_if_policy<RetryIf, value>,
            "breakerbox: the retry_if policy can't be asked about an operation that returns this type; a "
            "function takes a bb::outcome const&, one of an exception goes into retry_if_exception_that");
        static_assert(
            detail::fits_operation<RetryIf, value>,
            "breakerbox: this operation returns its errors, of which retry_if_exception sees none; use "
            "retry_if_error, which sees those that are thrown, too");
        static_assert(
            detail::fits_operation<Wait, value>,
            "breakerbox: the function of wait_retry_after takes neither what this operation returns, its "
            "value or its error, nor an exception, so that it would never be asked; that of wait_exception "
            "is asked about exceptions alone");
        using decisions = detail::retry_decisions<Stop, RetryIf, Wait>;
        constexpr auto told = InOutcome              ? detail::telling::in_outcome
                              : carries_error<value> ? detail::telling::returned
                                                     : detail::telling::thrown;
        using call = detail::retry_call<value, told, decisions, Breaker, Clock, Host>;
        static_assert(
            !call::awaits_breaker || std::same_as<typename Awaited::executor, asio::any_io_executor>,
            "breakerbox: with a shared store, the operation must return an asio::awaitable of Asio's "
            "default executor, any_io_executor");
        return run<value, typename Awaited::executor, call, std::decay_t<Operation>,
                   std::decay_t<Arguments>...>(
            call{decisions{stop_, retry_if_, wait_, options_.seed}, options_, limits_, breaker_, host},
            std::forward<Operation>(operation), std::forward<Arguments>(arguments)...);
    }

    static bool is_cancelled(asio::cancellation_state const& state) noexcept {
        return state.cancelled() != asio::cancellation_type::none;
    }

    // The whole call in one frame, which owns all that it needs.
    template <class T, class Executor, class Call, class Operation, class... Arguments>
    static asio::awaitable<typename Call::value, Executor> run(Call call, Operation operation,
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
                    (detail::renew(call, arguments), ...);
                    try {
                        if constexpr (std::is_void_v<T>) {
                            co_await detail::called(operation)(detail::each_attempts(arguments)...);
                            result.set_value();
                        } else {
                            result.set_value(
                                co_await detail::called(operation)(detail::each_attempts(arguments)...));
                        }
                    } catch (std::exception const& e) {
                        result.set_current_exception(&e);
                    } catch (...) {
                        result.set_current_exception();
                    }
                    auto const cancellation = co_await asio::this_coro::cancellation_state;
                    call.judge(result, is_cancelled(cancellation), detail::noted_cut(arguments...));
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
                cancelled = co_await detail::pause<Clock, Executor>(wait);
            if (cancelled) {
                call.end_as_cancelled(result);
                break;
            }
            call.end_wait();
        }
        co_return call.take(result);
    }

    Stop stop_;
    RetryIf retry_if_;
    Wait wait_;
    Breaker* breaker_ = nullptr;
    options options_;
    detail::call_limits<Clock> limits_{};
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
