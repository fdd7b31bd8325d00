// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_RETRY_CALL_HPP
#define BREAKERBOX_RETRY_DETAIL_RETRY_CALL_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/error.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/policy/outcome_text.hpp>
#include <breakerbox/retry/attempt_context.hpp>
#include <breakerbox/retry/call_report.hpp>
#include <breakerbox/retry/detail/attempt_cut.hpp>
#include <breakerbox/retry/detail/attempt_judge.hpp>
#include <breakerbox/retry/detail/budget_share.hpp>
#include <breakerbox/retry/detail/call_action.hpp>
#include <breakerbox/retry/detail/call_attempt.hpp>
#include <breakerbox/retry/detail/call_clock.hpp>
#include <breakerbox/retry/detail/call_ending.hpp>
#include <breakerbox/retry/detail/call_limits.hpp>
#include <breakerbox/retry/detail/call_log.hpp>
#include <breakerbox/retry/detail/call_machine.hpp>
#include <breakerbox/retry/detail/grant_source.hpp>
#include <breakerbox/retry/detail/telling.hpp>
#include <breakerbox/retry/retrier_options.hpp>
#include <breakerbox/retry/retry_end.hpp>
#include <breakerbox/retry/retry_event.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/config.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace breakerbox::detail {

/// Carries out what a call's machine says, but for the operation and the waits, which the coroutine awaits itself: asks
/// and tells the breaker, reads the clock, tells the observer, and ends the call. Each step returns what is next.
template <class T, telling How, class Decisions, class Breaker, class Clock>
class retry_call {
    using source = grant_source<Breaker>;

public:
    static constexpr bool awaits_breaker = source::is_awaited;
    using clock = Clock;
    using value = typename call_ending<T, How>::value;
    using attempt = call_attempt<T, typename source::permit>;

    retry_call(Decisions&& decisions, retrier_options<Clock> const& options, call_limits<Clock> const& limits,
               Breaker* breaker, std::string_view host)
        : machine_(std::move(decisions), share_of(options, limits), options.when_refused,
                   leaves_retries_to_outer(options, limits)),
          source_(breaker, host, {.may_probe = options.may_probe, .tells_refusal = !options.when_refused}),
          clock_(limits,
                 Decisions::reads_time || How == telling::in_outcome || !options.reraise || options.observer),
          log_(options.observer, options.describe, options.history),
          judge_{options.classify, options.is_time_out},
          reraise_(options.reraise) {}

    call_action begin(attempt& current) {
        clock_.begin();
        if (clock_.has_deadline())
            machine_.decisions().set_deadline(clock_.deadline());
        return ended_or(machine_.begin(), current);
    }

    // What handles rejections is kept out of line: inlined into the coroutine, they make its frame so large that Asio
    // doesn't keep it for reuse (clang), and each call allocates.

    /// Asks whether the next attempt may begin, or would be granted after the wait.
    BOOST_NOINLINE call_action ask(attempt& current) {
        if constexpr (source::is_guarded) {
            auto admission = source_.ask();
            return answered(admission, current);
        } else {
            current.grant.emplace();
            return granted(current, call_input::granted{});
        }
    }

    /// The same for a breaker that is awaited.
    asio::awaitable<call_action> await_answer(attempt& current) {
        auto admission = std::optional<typename source::admission>{};
        try {
            admission.emplace(co_await source_.ask());
        } catch (boost::system::system_error const& e) {
            bool const cancelled = e.code() == asio::error::operation_aborted;
            if (!cancelled && e.code() != make_error_code(errc::store_failed))
                throw;
            read_clock();
            auto const next = ended_or(machine_.resume(call_input::unanswered{cancelled}), current);
            if constexpr (How == telling::thrown)
                current.result.set_current_exception(&e);
            co_return next;
        }
        read_clock();
        co_return answered(*admission, current);
    }

    /// What the operation may know of the attempt.
    attempt_context context() const {
        return {attempt_number(), clock_.moment_of_deadline(), call_clock<Clock>::now, now().is_probe};
    }

    /// The deadline that every call has, as a time from its beginning.
    duration time_of_each_call() const noexcept { return clock_.time_of_each_call(); }

    /// Classifies what the attempt ended with. `noted` is what its time-out noted of it, or null.
    void judge(attempt& current, bool cancelled, attempt_cut const* noted) {
        read_clock();
        judge_.judge(current, current.result, machine_.decisions(), cancelled, noted, time_of_each_call());
    }

    /// Tells the breaker how the attempt went.
    void report(attempt& current) {
        if constexpr (source::is_guarded)
            current.is_host_open = keeps_text(current)
                                       ? source_.report(*current.grant, current, text_of_result(current))
                                       : source_.report(*current.grant, current, {});
    }

    /// Whether the report to a breaker that is awaited must be waited for.
    bool must_await_report(attempt& current, bool cancelled) {
        current.is_host_open = false;
        return source_.must_await_report(*current.grant, current, cancelled);
    }

    /// The same as `report` for a breaker that is awaited.
    asio::awaitable<void> await_report(attempt& current) {
        auto text = keeps_text(current) ? text_of_result(current) : std::string{};
        try {
            current.is_host_open = co_await source_.report(*current.grant, current, std::move(text));
        } catch (boost::system::system_error const& e) {
            // Cancelled while the report was on its way. What the operation gave is not lost for that.
            if (e.code() != asio::error::operation_aborted)
                throw;
            current.was_report_cancelled = true;
        }
        read_clock();
    }

    /// Ends the attempt, of which the breaker knows.
    call_action end_attempt(attempt& current) {
        machine_.budget().tell(current.judged);
        tell(event::after_attempt, current, current.meaning);
        log_.keep(attempt_number(), current, current.result);
        current.grant.reset();
        auto const next = machine_.resume(call_input::attempted{current, current.result});
        if (next == call_action::end)
            end_with_attempt(current);
        return next;
    }

    /// Tells of the wait that is next, and returns it; zero where none is.
    BOOST_NOINLINE duration begin_wait(call_action next, attempt& current) {
        if (next == call_action::ask_again)
            return duration::zero();
        if (next == call_action::wait_for_grant) {
            tell(event::waits_until_available, current);
            return machine_.upcoming_wait();
        }
        log_.keep_wait(machine_.upcoming_wait());
        tell(event::before_wait, current, current.meaning);
        machine_.decisions().forget_outcome();
        // What is not returned is destroyed before the wait begins.
        if (!machine_.keeps_outcome())
            current.result.reset();
        return machine_.upcoming_wait();
    }

    call_action end_wait(attempt& current) {
        read_clock();
        return ended_or(machine_.resume(call_input::waited{}), current);
    }

    call_action cancel(attempt& current) {
        read_clock();
        return ended_or(machine_.resume(call_input::cancelled{}), current);
    }

    /// The number of the attempt, from 1.
    std::uint64_t attempt_number() const noexcept { return now().number; }

    /// What the coroutine returns, once the call has ended; or throws what it has ended with. Here and not where that is
    /// found out, since each function that an exception passes through costs.
    value take(attempt& last) {
        auto const report = [&]() -> call_report {
            if constexpr (How != telling::returned)
                return log_.report(machine_.end().why, machine_.attempts(), now().elapsed);
            else
                return {};
        };
        return ending_.give(last.result, clock_.is_nested(), report, source_);
    }

private:
    using event = retry_event::kind;

    static bool leaves_retries_to_outer(retrier_options<Clock> const& options,
                                        call_limits<Clock> const& limits) noexcept {
        return limits.is_nested && options.when_nested == nested::once;
    }

    /// The outer retrier pays for its own retries.
    static budget_share share_of(retrier_options<Clock> const& options,
                                 call_limits<Clock> const& limits) noexcept {
        bool const pays = options.budget != nullptr && !leaves_retries_to_outer(options, limits);
        return pays ? budget_share{&*options.budget} : budget_share{};
    }

    breakerbox::attempt const& now() const noexcept { return machine_.decisions().now(); }

    void read_clock() {
        if (clock_.is_read())
            machine_.decisions().set_elapsed(clock_.elapsed());
    }

    /// Hands on the breaker's answer.
    template <class Admission>
    call_action answered(Admission& admission, attempt& current) {
        if (admission) {
            current.grant.emplace(std::move(admission).permit());
            return granted(current, call_input::granted{current.grant->is_probe()});
        }
        auto const& why = admission.why();
        auto const number = attempt_number();
        auto const next = machine_.resume(call_input::refused{why});
        if (number != attempt_number())
            read_clock(); // the attempt after a failure is refused, which is told of as of now
        return ended_or(next, current, &why);
    }

    call_action granted(attempt& current, call_input::granted input) {
        auto const next = machine_.resume(input);
        if (next == call_action::attempt) {
            if (machine_.attempts() > 1)
                current.result.reset();
            current.began = now().elapsed;
            tell(event::before_attempt, current);
            return next;
        }
        current.grant.reset();
        return ended_or(next, current);
    }

    /// Returns what is next, and ends the call where that is all.
    call_action ended_or(call_action next, attempt& current, rejection const* why = nullptr) {
        if (next == call_action::end)
            end(current, why);
        return next;
    }

    void end(attempt& current, [[maybe_unused]] rejection const* why) {
        auto const& how = machine_.end();
        if (how.forgets_outcome)
            current.result.reset();
        if constexpr (source::is_guarded)
            if (why != nullptr)
                source_.tell_of(*why);
        end_with_attempt(current, why);
    }

    /// Ends the call right after the attempt, or with a refusal.
    BOOST_FORCEINLINE void end_with_attempt(attempt& current, rejection const* why = nullptr) {
        auto const& how = machine_.end();
        tell(event::finished, current, verdict::neutral, how.why);
        if (How == telling::in_outcome || how.with != ends_with::last_outcome)
            ending_.hold(current.result, how, why, reraise_);
    }

    bool keeps_text(attempt const& ended) const {
        return ended.meaning == verdict::failure && (ended.result.has_error() || log_.describes_values()) &&
               source_.keeps_failure_texts();
    }

    std::string text_of_result(attempt const& ended) const {
        return text_of(ended.result, log_.describing(ended));
    }

    BOOST_FORCEINLINE void tell(event what, attempt_facts const& current, verdict result = verdict::neutral,
                                retry_end end = retry_end::succeeded) const noexcept {
        if (log_.is_observed())
            log_.tell(retry_event{what, source_.host(), now(), result, end, log_.describing(current)});
    }

    call_machine<Decisions> machine_;
    [[no_unique_address]] source source_;
    call_clock<Clock> clock_;
    call_log<How> log_;
    attempt_judge judge_;
    [[no_unique_address]] call_ending<T, How> ending_{};
    bool reraise_;
};

} // namespace breakerbox::detail

#endif
