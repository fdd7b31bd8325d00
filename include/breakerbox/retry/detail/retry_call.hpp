// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_RETRY_CALL_HPP
#define BREAKERBOX_RETRY_DETAIL_RETRY_CALL_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/error.hpp>
#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/budget/budget.hpp>
#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/library_error.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_of.hpp>
#include <breakerbox/policy/outcome_text.hpp>
#include <breakerbox/policy/result_traits.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/retry/attempt_context.hpp>
#include <breakerbox/retry/breaker_concept.hpp>
#include <breakerbox/retry/call_report.hpp>
#include <breakerbox/retry/detail/attempt_cut.hpp>
#include <breakerbox/retry/detail/call_limits.hpp>
#include <breakerbox/retry/detail/call_record.hpp>
#include <breakerbox/retry/detail/retry_decisions.hpp>
#include <breakerbox/retry/retrier_options.hpp>
#include <breakerbox/retry/retry_end.hpp>
#include <breakerbox/retry/retry_error.hpp>
#include <breakerbox/retry/retry_event.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/config.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace breakerbox::detail {

/// All that happens in one call around the operation and the waits, which the coroutine awaits itself: the
/// breaker is asked and told, the policies decide, the observer hears of it, and the call is ended.
///
/// A step that ends the call throws where the caller is to be told so; otherwise `has_ended` is true after it.
template <class T, telling How, class Decisions, class Breaker, class Clock, class Host>
class retry_call {
public:
    using clock = Clock;
    static constexpr bool awaits_breaker = answers_awaited<Breaker>;
    static constexpr bool tells_in_outcome = How == telling::in_outcome;
    using permit = typename permit_of<Breaker>::type;
    using value = std::conditional_t<tells_in_outcome, call_outcome<T>, T>;

    retry_call(Decisions decisions, retrier_options<Clock> const& options, call_limits<Clock> const& limits,
               Breaker* breaker, std::string_view host)
        : decisions_(std::move(decisions)),
          options_(options),
          limits_(limits),
          breaker_(breaker),
          host_(host),
          reads_clock_(needs_time()) {}

    void begin() {
        if (reads_clock_)
            began_ = Clock::now();
        if (limits_.has_deadline())
            decisions_.set_deadline(limits_.time_from(began_));
    }

    /// Whether the call is over, and its coroutine to return what `take` gives.
    bool has_ended() const noexcept { return has_ended_; }

    // What handles rejections is kept out of line: inlined into the coroutine, they make its frame so large that Asio
    // doesn't keep it for reuse (clang), and each call allocates.

    /// Returns the permit for the attempt to come. There is none where the call has ended, where it waits for leave, or
    /// yet, where the breaker is awaited.
    BOOST_NOINLINE std::optional<permit> ask_leave(outcome_of<T>& result) {
        std::optional<permit> leave;
        if (!awaits_breaker && has_time_for_attempt(result)) {
            if constexpr (!awaits_breaker && is_guarded)
                take_answer(result, leave, breaker_->acquire_borrowing_now(host_, asking()));
            else if constexpr (!awaits_breaker)
                leave.emplace();
            if (leave)
                begin_attempt(result, leave);
        }
        return leave;
    }

    /// The same for a breaker that is awaited.
    asio::awaitable<void> await_leave(outcome_of<T>& result, std::optional<permit>& leave) {
        if (!has_time_for_attempt(result))
            co_return;
        auto admission = co_await leave_asked(result);
        if (!admission)
            co_return;
        read_clock(); // to ask has taken its time
        take_answer(result, leave, std::move(*admission));
        if (leave && !has_time_for_attempt(result))
            leave.reset();
        if (leave)
            begin_attempt(result, leave);
    }

    /// What the operation may know of the attempt.
    attempt_context context() const {
        auto const now = [] { return saturating_cast<duration>(Clock::now().time_since_epoch()); };
        return {attempt_number(), limits_.has_deadline() ? limits_.deadline_from(began_) : duration::max(),
                now, decisions_.now().is_probe};
    }

    /// The deadline that every call has, as a time from its beginning.
    duration time_of_each_call() const noexcept { return limits_.time; }

    /// Classifies the attempt's outcome. `noted` is what its time-out noted of it, or null.
    void judge(outcome_of<T> const& result, bool cancelled, attempt_cut const* noted) {
        read_clock();
        took_ = decisions_.now().elapsed - attempt_began_;
        auto const by = decisions_.what_cut(result, noted != nullptr ? noted->by : cut_by::nothing);
        judged_ = decisions_.judge(result, cancelled, by);
        is_cut_by_deadline_ = by == cut_by::deadline && judged_ != judgement::cancelled;
        meaning_ = is_cut_by_deadline_ ? verdict_of_deadline(noted)
                                       : verdict_of(judged_, result, by, options_.is_time_out);
        if (options_.classify && judged_ != judgement::cancelled)
            meaning_ = options_.classify(result, meaning_);
    }

    /// Tells the breaker how the attempt went.
    void report(outcome_of<T> const& result, [[maybe_unused]] std::optional<permit>& leave) {
        if constexpr (is_guarded)
            is_open_ = keeps_text(result) ? leave->report_now(told(), text_of(result, describing()))
                                          : leave->report_now(told(), std::string_view{});
    }

    /// Whether the report to a breaker that is awaited must be waited for. In a call that is cancelled nothing more can
    /// be: its report is made without.
    bool must_await_report(std::optional<permit>& leave, bool cancelled) {
        is_open_ = false;
        if (!leave->needs_report(told()))
            return false;
        if (cancelled)
            leave->post_report(told());
        return !cancelled;
    }

    /// The same as `report` for a breaker that is awaited.
    asio::awaitable<void> await_report(outcome_of<T> const& result, std::optional<permit>& leave) {
        auto text = keeps_text(result) ? text_of(result, describing()) : std::string{};
        try {
            is_open_ = co_await leave->report(told(), std::move(text));
        } catch (boost::system::system_error const& e) {
            // Cancelled while the report was on its way. What the operation gave is not lost for that.
            if (e.code() != asio::error::operation_aborted)
                throw;
            was_cancelled_ = judged_ == judgement::failure;
        }
        read_clock();
    }

    /// Ends the attempt, and with it the call but after a failure.
    void end_attempt(outcome_of<T>& result) {
        tell_budget();
        tell(event::after_attempt, meaning_);
        if (tells_in_outcome || (How == telling::thrown && judged_ == judgement::failure))
            record(result);
        if (judged_ == judgement::failure && !result.is_permanent()) {
            if (was_cancelled_)
                end_as_cancelled(result);
        } else if (judged_ == judgement::success) {
            finish(retry_end::succeeded);
        } else if (judged_ == judgement::cancelled && !result.has_error()) {
            end_with(result, retry_end::cancelled, asio::error::operation_aborted);
        } else {
            tell_end(judged_ == judgement::cancelled ? retry_end::cancelled
                     : is_cut_by_deadline_           ? retry_end::deadline
                                                     : retry_end::not_retryable);
            end_with_last(result);
        }
    }

    /// Asks, after a failure, whether another attempt follows, and ends the call if not.
    BOOST_NOINLINE void decide_to_go_on(outcome_of<T>& result) {
        if (auto const end = end_after_failure())
            give_up(result, *end);
    }

    /// Whether the last attempt has left its host open.
    bool is_host_open() const noexcept { return is_guarded && is_open_; }

    /// Ends the call if the breaker refuses the next attempt: a host that has opened isn't waited for, unless the caller
    /// wants that.
    BOOST_NOINLINE void end_if_refused(outcome_of<T>& result) {
        if constexpr (is_guarded)
            if (auto const admission = breaker_->acquire_borrowing_now(host_, asking()); !admission)
                end_if_too_long(result, admission.why());
    }

    /// The same for a breaker that is awaited.
    asio::awaitable<void> await_refusal(outcome_of<T>& result) {
        auto const admission = co_await leave_asked(result);
        if (!admission)
            co_return;
        read_clock();
        if (!*admission)
            end_if_too_long(result, admission->why());
        else if (!decisions_.is_in_time(decisions_.now().upcoming_wait))
            give_up(result, retry_end::deadline);
    }

    /// Returns how long to wait, before the next attempt or before leave is asked for again.
    BOOST_NOINLINE duration begin_wait(outcome_of<T>& result) {
        if (waits_for_leave_) {
            tell(event::waits_until_available);
        } else {
            if constexpr (How != telling::returned)
                record_.history.add_wait(decisions_.now().upcoming_wait);
            tell(event::before_wait, meaning_);
            decisions_.forget_outcome();
            // What is not returned is destroyed before the wait begins. Others may spend the budget meanwhile: then the
            // call ends after the wait with what it has now.
            keeps_last_ = uses_budget();
            if (!keeps_last_)
                result.reset();
        }
        return decisions_.now().upcoming_wait;
    }

    void end_wait() {
        if (waits_for_leave_) {
            waited_for_leave_ = saturating_add(waited_for_leave_, decisions_.now().upcoming_wait);
            waits_for_leave_ = false;
            decisions_.set_upcoming_wait(duration::zero());
            read_clock();
        } else {
            begin_next_attempt();
        }
    }

    /// The number of the attempt, from 1.
    std::uint64_t attempt_number() const noexcept { return decisions_.now().number; }

    void end_as_cancelled(outcome_of<T>& result) {
        read_clock();
        end_with(result, retry_end::cancelled, asio::error::operation_aborted);
    }

    /// What the coroutine returns, once the call has ended; or throws what it has ended with. Here and not where that is
    /// found out, since each function that an exception passes through costs.
    value take(outcome_of<T>& result) {
        if constexpr (is_guarded && How == telling::thrown)
            if (record_.why)
                throw_refusal();
        if constexpr (!tells_in_outcome) {
            if (limits_.is_nested && result.is_permanent())
                result.mark_again();
            if (result.has_exception())
                std::rethrow_exception(result.exception());
        }
        if constexpr (tells_in_outcome)
            return {report_of(), std::move(result), record_.error};
        else if constexpr (!std::is_void_v<T>)
            return std::move(result.value());
    }

private:
    using event = retry_event::kind;

    static constexpr bool is_guarded = !std::same_as<Host, unguarded>;

    /// What an attempt says that the deadline has cut, of its host.
    verdict verdict_of_deadline(attempt_cut const* noted) const noexcept {
        return noted != nullptr && noted->by == cut_by::deadline ? verdict_of_cut(noted->fair, noted->had)
                                                                 : verdict_of_cut(limits_.time, took_);
    }

    /// What the breaker is told of the attempt.
    verdict told() const {
        if constexpr (requires(Breaker const& b) { b.is_slow(took_); })
            return is_cut_by_deadline_ ? told_of_cut(meaning_, breaker_->is_slow(took_)) : meaning_;
        else
            return meaning_;
    }

    bool keeps_text(outcome_of<T> const& result) const {
        return meaning_ == verdict::failure && (result.has_error() || options_.describe) &&
               breaker_->keeps_failure_texts();
    }

    /// What describes the value of an attempt that was no plain success.
    describer const* describing() const noexcept {
        return judged_ == judgement::failure || meaning_ == verdict::failure ? &options_.describe : nullptr;
    }

    /// Awaits the breaker's answer. Where there can't be one, the call ends.
    template <class B = Breaker>
    auto leave_asked(outcome_of<T>& result) -> asio::awaitable<std::optional<awaited_admission_of<B>>> {
        boost::system::error_code failure;
        try {
            co_return co_await breaker_->acquire_borrowing(host_, asking());
        } catch (boost::system::system_error const& e) {
            failure = e.code();
            bool const cancelled = failure == asio::error::operation_aborted;
            if (!cancelled && failure != make_error_code(errc::store_failed))
                throw;
            read_clock();
            if constexpr (How == telling::thrown) {
                tell_end(cancelled ? retry_end::cancelled : retry_end::store_failed);
                throw;
            } else {
                end_with(result, cancelled ? retry_end::cancelled : retry_end::store_failed, failure);
            }
        }
        co_return std::nullopt;
    }

    /// A refusal that is waited for is none to the breaker's observer.
    acquire_options asking() const noexcept {
        return {.may_probe = options_.may_probe, .tells_refusal = !options_.when_refused};
    }

    template <class Admission>
    void take_answer(outcome_of<T>& result, std::optional<permit>& leave, Admission&& admission) {
        if (admission) {
            leave.emplace(std::move(admission).permit());
        } else if (auto const wait = wait_for_leave(admission.why())) {
            decisions_.set_upcoming_wait(*wait);
            waits_for_leave_ = true;
        } else {
            end_as_refused(result, admission.why());
        }
    }

    std::optional<duration> wait_for_leave(rejection const& why, duration after = duration::zero()) const {
        if (!options_.when_refused)
            return std::nullopt;
        return decisions_.wait_for_leave(options_.when_refused->limit, waited_for_leave_, why, after);
    }

    /// After a failure that has opened the host.
    void end_if_too_long(outcome_of<T>& result, rejection const& why) {
        if (wait_for_leave(why, decisions_.now().upcoming_wait))
            return;
        begin_next_attempt();
        end_as_refused(result, why);
    }

    bool has_time_for_attempt(outcome_of<T>& result) {
        if (decisions_.is_in_time())
            return true;
        end_with(result, retry_end::deadline, errc::deadline_exceeded);
        return false;
    }

    /// Begins the attempt for which there is leave, unless it is a retry that the budget can't afford. A call that is
    /// refused brings the host no load, so that it pays for no retry, and takes none.
    void begin_attempt(outcome_of<T>& result, std::optional<permit>& leave) {
        if (uses_budget()) {
            if (attempts_ == 0) {
                options_.budget->on_call();
            } else if (options_.budget->take_retry()) {
                forget_kept(result);
            } else {
                leave.reset();
                return give_up(result, retry_end::budget_spent);
            }
        }
        if constexpr (is_guarded)
            decisions_.set_is_probe(leave->is_probe());
        attempt_began_ = decisions_.now().elapsed;
        tell(event::before_attempt);
        ++attempts_;
    }

    /// Destroys what an attempt before the wait ended with.
    void forget_kept(outcome_of<T>& result) noexcept {
        if (std::exchange(keeps_last_, false))
            result.reset();
    }

    void begin_next_attempt() {
        decisions_.begin_next_attempt();
        read_clock();
    }

    /// Ends the call after a failure without another attempt.
    void give_up(outcome_of<T>& result, retry_end end) {
        tell_end(end);
        // The outer retrier is to see what the attempt ended with, as if it had made it itself.
        if (tells_in_outcome || end == retry_end::left_to_outer || leaves_what_to_raise(result)) {
            end_with_last(result);
            if constexpr (tells_in_outcome)
                if (!record_.error)
                    record_.error = errc_of(end);
        } else if constexpr (How == telling::returned) {
            result.set_value(library_error<T>(errc_of(end)));
            has_ended_ = true;
        } else {
            throw retry_error{report_of(), result};
        }
    }

    bool is_left_to_outer() const noexcept {
        return limits_.is_nested && options_.when_nested == nested::once;
    }

    /// The outer retrier pays for its own.
    bool uses_budget() const noexcept { return options_.budget != nullptr && !is_left_to_outer(); }

    /// Whether the last attempt's error itself is what the call ends with where there is no further one.
    bool leaves_what_to_raise(outcome_of<T> const& result) const {
        if (result.has_exception())
            return (options_.reraise || How == telling::returned) &&
                   result.template exception_as<try_again>() == nullptr;
        return options_.reraise && result.has_error();
    }

    void tell_budget() {
        if (!uses_budget())
            return;
        if (judged_ == judgement::success)
            options_.budget->on_success();
        else if (judged_ == judgement::failure)
            options_.budget->on_failure();
    }

    std::optional<retry_end> end_after_failure() {
        if (is_left_to_outer())
            return retry_end::left_to_outer;
        auto end = decisions_.end_after_failure();
        if (!end && uses_budget() && !options_.budget->affords_retry())
            end = retry_end::budget_spent;
        return end;
    }

    /// Ends the call with an error that is not the operation's.
    void end_with(outcome_of<T>& result, retry_end end, boost::system::error_code code) {
        forget_kept(result);
        finish(end);
        if constexpr (How == telling::thrown)
            throw boost::system::system_error{code};
        else if constexpr (How == telling::returned)
            result.set_value(library_error<T>(code));
        else
            record_.error = code;
    }

    /// Ends the call with what its last attempt ended with, an error.
    void end_with_last(outcome_of<T>& result) {
        if constexpr (tells_in_outcome)
            record_.error = result.error().value_or(boost::system::error_code{});
        has_ended_ = true;
    }

    void end_as_refused(outcome_of<T>& result, rejection const& why) {
        forget_kept(result);
        if (options_.when_refused)
            breaker_->tell_refusal(why);
        finish(retry_end::refused);
        if constexpr (How == telling::returned) {
            result.set_value(library_error<T>(errc::host_unavailable, &why));
        } else if constexpr (How == telling::in_outcome) {
            record_.error = errc::host_unavailable;
            record_.why = std::make_shared<rejection const>(why);
        } else {
            record_.why = std::make_unique<rejection const>(why);
        }
    }

    [[noreturn]] void throw_refusal() {
        breaker_->on_host_unavailable(*record_.why);
        throw host_unavailable{*record_.why};
    }

    /// Keeps what is to be told of the attempt that has ended.
    void record([[maybe_unused]] outcome_of<T> const& result) {
        if constexpr (How != telling::returned)
            record_.history.add(options_.history, attempt_number(), attempt_began_, took_, meaning_, result,
                                describing());
    }

    call_report report_of() {
        call_report told{end_, attempts_, decisions_.now().elapsed, record_.history.take()};
        if constexpr (tells_in_outcome)
            told.why = std::move(record_.why);
        return told;
    }

    bool needs_time() const noexcept {
        return Decisions::reads_time || tells_in_outcome || !options_.reraise || options_.observer ||
               limits_.has_deadline();
    }

    void read_clock() {
        if (reads_clock_)
            decisions_.set_elapsed(saturating_cast<duration>(Clock::now() - began_));
    }

    void tell(event what, verdict result = verdict::neutral,
              retry_end end = retry_end::succeeded) const noexcept {
        if (options_.observer)
            detail::tell(options_.observer,
                         retry_event{what, host_, decisions_.now(), result, end, describing()});
    }

    void tell_end(retry_end end) {
        end_ = end;
        tell(event::finished, verdict::neutral, end);
    }

    void finish(retry_end end) {
        tell_end(end);
        has_ended_ = true;
    }

    Decisions decisions_;
    retrier_options<Clock> options_;
    call_limits<Clock> limits_;
    Breaker* breaker_;
    [[no_unique_address]] Host host_;
    typename Clock::time_point began_{};
    duration attempt_began_ = duration::zero();
    duration took_ = duration::zero();
    duration waited_for_leave_ = duration::zero();
    std::uint64_t attempts_ = 0;
    [[no_unique_address]] call_record<How> record_{};
    judgement judged_ = judgement::success;
    verdict meaning_ = verdict::neutral;
    retry_end end_ = retry_end::succeeded;
    bool const reads_clock_;
    bool is_cut_by_deadline_ = false;
    bool is_open_ = false;
    bool was_cancelled_ = false;
    bool waits_for_leave_ = false;
    bool keeps_last_ = false;
    bool has_ended_ = false;
};

} // namespace breakerbox::detail

#endif
