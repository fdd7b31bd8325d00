// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRIER_HPP
#define BREAKERBOX_RETRIER_HPP

#include <breakerbox/callback.hpp>
#include <breakerbox/concepts.hpp>
#include <breakerbox/config.hpp>
#include <breakerbox/detail/named_first.hpp>
#include <breakerbox/detail/operation.hpp>
#include <breakerbox/detail/pause.hpp>
#include <breakerbox/detail/require.hpp>
#include <breakerbox/detail/retry_decisions.hpp>
#include <breakerbox/error.hpp>
#include <breakerbox/host_name.hpp>
#include <breakerbox/host_status.hpp>
#include <breakerbox/outcome.hpp>
#include <breakerbox/retry_error.hpp>
#include <breakerbox/retry_event.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace breakerbox {

/// What a retrier needs of a breaker: leave for one call, whose report says whether the host refuses calls
/// now, and an answer to a refusal.
template <class B>
concept breaker = requires(B& b, std::string_view host, rejection const& why) {
    { static_cast<bool>(b.acquire_borrowing_now(host)) };
    { b.acquire_borrowing_now(host).permit().report_now(verdict::failure) } -> std::same_as<bool>;
    { b.acquire_borrowing_now(host).why() } -> std::same_as<rejection const&>;
    b.on_host_unavailable(why);
};

/// A retrier without a breaker.
struct no_breaker {};

/// How a retrier behaves but for its policies. The clock tells the policies and the observer the time, and
/// times the waits; tests give a virtual one.
template <class Clock = std::chrono::steady_clock>
struct retrier_options {
    /// Whether the last attempt's exception is thrown on when the stop policy gives up; if not, `retry_error`
    /// is.
    bool reraise = true;
    /// Told of each step of a call, by the coroutine that makes it. What it throws ends the call.
    callback<retry_event> observer{};
    /// Makes the jitter of each call the same, for tests; calls are jittered apart without one.
    std::optional<std::uint64_t> seed{};
};

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

    static constexpr bool guarded = !std::same_as<Breaker, no_breaker>;
    static_assert(!guarded || breaker<Breaker>,
                  "breakerbox: a retrier's fourth argument must be a breaker, such as a circuit_breaker");

public:
    using options = retrier_options<Clock>;

    /// A retrier without a breaker. Throws std::invalid_argument if a policy has a field that can't be right.
    template <class S, class R, class W>
        requires(!guarded)
    retrier(S&& stop, R&& retry_if, W&& wait, options opts = {})
        : stop_(std::forward<S>(stop)),
          retry_if_(std::forward<R>(retry_if)),
          wait_(std::forward<W>(wait)),
          options_(opts) {
        detail::require_named_first<S, R, W>();
        validate();
    }

    /// A retrier that asks `breaker` before each attempt and tells it how the attempt went. It refers to the
    /// breaker, which must outlive it and its calls. Throws as the other one does.
    template <class S, class R, class W, class B>
        requires guarded
    retrier(S&& stop, R&& retry_if, W&& wait, B&& breaker, options opts = {})
        : stop_(std::forward<S>(stop)),
          retry_if_(std::forward<R>(retry_if)),
          wait_(std::forward<W>(wait)),
          breaker_(std::addressof(breaker)),
          options_(opts) {
        static_assert(
            std::is_lvalue_reference_v<B>,
            "breakerbox: a retrier refers to its breaker; give the breaker a name and let it outlive the "
            "retrier");
        detail::require_named_first<S, R, W>();
        validate();
    }

    /// Calls `operation(arguments...)` until it succeeds, and returns its value.
    ///
    /// The operation returns an asio::awaitable or a deferred Asio operation. It, the arguments and the
    /// policies are copied or moved into the call, so that temporaries are safe; each attempt gets the
    /// arguments as `const&`, one given as std::ref as a plain reference.
    ///
    /// An exception that the retry_if policy doesn't match comes out at once and as it is. When the stop
    /// policy gives up, the last exception comes out, or `retry_error`, see `retrier_options::reraise`.
    ///
    /// Cancellation, in an attempt as in a wait, ends the call at once: with the attempt's own exception, or
    /// with operation_aborted. The coroutine's filters are left as they are.
    template <class Operation, class... Arguments>
        requires(!guarded)
    auto retry(Operation&& operation, Arguments&&... arguments) const {
        return start(no_host{}, std::forward<Operation>(operation), std::forward<Arguments>(arguments)...);
    }

    /// The same, with the breaker's leave for each attempt. Where it refuses, the first attempt or a later
    /// one, the call ends at once with what its `on_host_unavailable` throws, which is neither retried nor
    /// counted.
    ///
    /// An outcome that the retry_if policy matches counts as a failure of the host, another value as a
    /// success, another exception and a cancellation as neutral. Throws std::invalid_argument at once if the
    /// host is empty.
    template <class Host, class... OperationAndArguments>
        requires guarded
    auto retry(Host&& host, OperationAndArguments&&... operation_and_arguments) const {
        static_assert(
            std::convertible_to<Host, std::string_view> && sizeof...(OperationAndArguments) > 0,
            "breakerbox: with a breaker, the host must be given first: retry(host, operation, arguments...)");
        std::string_view const name = host;
        detail::require_host(name);
        return start(host_name{name}, std::forward<OperationAndArguments>(operation_and_arguments)...);
    }

private:
    using decisions = detail::retry_decisions<Stop, RetryIf, Wait>;
    using event = retry_event::kind;

    struct no_host {
        operator std::string_view() const noexcept { return {}; }
    };

    void validate() const {
        detail::validate(stop_);
        detail::validate(retry_if_);
        detail::validate(wait_);
    }

    template <class Host, class Operation, class... Arguments>
    auto start(Host host, Operation&& operation, Arguments&&... arguments) const {
        detail::require_named_first<Operation, Arguments...>();
        using awaited = detail::awaited_by<std::decay_t<Operation>, std::decay_t<Arguments>...>;
        using value = typename awaited::value;
        static_assert(
            retry_if_policy<RetryIf, value>,
            "breakerbox: the retry_if policy can't be asked about an operation that returns this type");
        return run<value, typename awaited::executor, Host, std::decay_t<Operation>,
                   std::decay_t<Arguments>...>(decisions{stop_, retry_if_, wait_, options_.seed}, options_,
                                               breaker_, std::move(host), std::forward<Operation>(operation),
                                               std::forward<Arguments>(arguments)...);
    }

    /// Tells the observer, and the policies that read it, the time.
    class narrator {
    public:
        narrator(options const& opts, std::string_view host) : observer_(opts.observer), host_(host) {
            if (decisions::reads_time || observer_)
                began_ = Clock::now();
        }

        void read_clock(decisions& call) const {
            if (decisions::reads_time || observer_)
                call.set_elapsed(detail::saturating_cast<duration>(Clock::now() - began_));
        }

        void tell(event what, decisions const& call, verdict result = verdict::neutral,
                  retry_end end = retry_end::succeeded) const {
            if (observer_)
                observer_(retry_event{what, host_, call.now(), result, end});
        }

    private:
        callback<retry_event> const& observer_;
        std::string_view host_;
        typename Clock::time_point began_{};
    };

    static auto ask_leave([[maybe_unused]] Breaker* breaker, [[maybe_unused]] std::string_view host) {
        if constexpr (guarded)
            return breaker->acquire_borrowing_now(host);
        else
            return no_breaker{};
    }

    [[noreturn]] static void refuse(Breaker& breaker, rejection const& why) {
        breaker.on_host_unavailable(why);
        throw host_unavailable{why};
    }

    [[noreturn]] static void throw_operation_aborted() {
        throw boost::system::system_error{asio::error::operation_aborted};
    }

    template <class T>
    [[noreturn]] static void give_up(outcome_of<T>& result, std::uint64_t attempts, bool reraise) {
        if (reraise && result.has_exception() && result.template exception_as<try_again>() == nullptr)
            std::rethrow_exception(result.exception());
        throw retry_error{attempts, result};
    }

    // The whole call in one frame, which owns all that it needs. What is decided, `decisions` decides.
    template <class T, class Executor, class Host, class Operation, class... Arguments>
    static asio::awaitable<T, Executor> run(decisions call, options opts, [[maybe_unused]] Breaker* breaker,
                                            Host host, Operation operation, Arguments... arguments) {
        // A zero wait costs nothing but every 16th time, when it gives way to others.
        constexpr std::uint64_t gives_way_every = 16;

        narrator const story{opts, host};
        outcome_of<T> result;
        for (;;) {
            bool refuses_now = false;
            {
                [[maybe_unused]] auto leave = ask_leave(breaker, host);
                if constexpr (guarded) {
                    if (!leave) {
                        story.read_clock(call);
                        story.tell(event::finished, call, verdict::neutral, retry_end::refused);
                        refuse(*breaker, leave.why());
                    }
                }
                story.tell(event::before_attempt, call);
                try {
                    if constexpr (std::is_void_v<T>) {
                        co_await operation(detail::each_attempts(arguments)...);
                        result.set_value();
                    } else {
                        result.set_value(co_await operation(detail::each_attempts(arguments)...));
                    }
                } catch (std::exception const& e) {
                    result.set_current_exception(&e);
                } catch (...) {
                    result.set_current_exception();
                }
                auto const cancellation = co_await asio::this_coro::cancellation_state;
                auto const judged =
                    call.judge(result, cancellation.cancelled() != asio::cancellation_type::none);
                if constexpr (guarded)
                    refuses_now = leave.permit().report_now(detail::verdict_of(judged));
                story.read_clock(call);
                story.tell(event::after_attempt, call, detail::verdict_of(judged));
                switch (judged) {
                case detail::judgement::failure:
                    break;
                case detail::judgement::success:
                    story.tell(event::finished, call, verdict::success, retry_end::succeeded);
                    if constexpr (std::is_void_v<T>)
                        co_return;
                    else
                        co_return std::move(result.value());
                case detail::judgement::not_retryable:
                    story.tell(event::finished, call, verdict::neutral, retry_end::not_retryable);
                    std::rethrow_exception(result.exception());
                case detail::judgement::cancelled:
                    story.tell(event::finished, call, verdict::neutral, retry_end::cancelled);
                    if (result.has_exception())
                        std::rethrow_exception(result.exception());
                    throw_operation_aborted();
                }
            }
            if (!call.goes_on()) {
                story.tell(event::finished, call, verdict::failure, retry_end::stopped);
                give_up(result, call.now().number, opts.reraise);
            }
            if constexpr (guarded) {
                // Nothing is gained by waiting for a host that refuses already.
                if (refuses_now) {
                    if (auto const leave = ask_leave(breaker, host); !leave) {
                        call.begin_next_attempt();
                        story.tell(event::finished, call, verdict::neutral, retry_end::refused);
                        refuse(*breaker, leave.why());
                    }
                }
            }
            story.tell(event::before_wait, call, verdict::failure);
            auto const wait = call.now().upcoming_wait;
            result.reset();
            if (wait > duration::zero() || call.now().number % gives_way_every == 0) {
                bool const cancelled = co_await detail::pause<Clock, Executor>(wait);
                if (cancelled) {
                    story.read_clock(call);
                    story.tell(event::finished, call, verdict::neutral, retry_end::cancelled);
                    throw_operation_aborted();
                }
            }
            call.begin_next_attempt();
            story.read_clock(call);
        }
    }

    Stop stop_;
    RetryIf retry_if_;
    Wait wait_;
    Breaker* breaker_ = nullptr;
    options options_;
};

template <class S, class R, class W>
retrier(S&&, R&&, W&&) -> retrier<std::decay_t<S>, std::decay_t<R>, std::decay_t<W>>;
template <class S, class R, class W>
retrier(S&&, R&&, W&&, retrier_options<>) -> retrier<std::decay_t<S>, std::decay_t<R>, std::decay_t<W>>;
template <class S, class R, class W, class Clock>
retrier(S&&, R&&, W&&, retrier_options<Clock>)
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
