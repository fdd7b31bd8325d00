// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_RETRY_CALL_HPP
#define BREAKERBOX_RETRY_DETAIL_RETRY_CALL_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/error.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/retry/attempt_context.hpp>
#include <breakerbox/retry/detail/attempt_cut.hpp>
#include <breakerbox/retry/detail/call_action.hpp>
#include <breakerbox/retry/detail/call_attempt.hpp>
#include <breakerbox/retry/detail/call_clock.hpp>
#include <breakerbox/retry/detail/call_parts.hpp>
#include <breakerbox/retry/detail/telling.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/config.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace breakerbox::detail {

/// Carries out what a call's machine says, but for the operation and the waits, which the coroutine awaits itself: asks
/// and tells the breaker, reads the clock, tells the observer, and ends the call. Each step returns what is next.
template <class T, telling How, class Decisions, class Breaker, class Clock>
class retry_call : call_parts<T, How, Decisions, Breaker, Clock> {
    using parts = call_parts<T, How, Decisions, Breaker, Clock>;
    using parts::clock_, parts::ended_or, parts::end_with_attempt, parts::judge_, parts::log_,
        parts::machine_, parts::now, parts::read_clock, parts::source_, parts::tell;
    using typename parts::event, typename parts::source;

public:
    static constexpr bool awaits_breaker = source::is_awaited;
    using clock = Clock;
    using typename parts::attempt, typename parts::value;

    using parts::parts, parts::take;

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
            current.is_host_open = keeps_text(current) ? source_.report(*current.grant, current,
                                                                        log_.text(current, current.result))
                                                       : source_.report(*current.grant, current, {});
    }

    /// Whether the report to a breaker that is awaited must be waited for.
    bool must_await_report(attempt& current, bool cancelled) {
        current.is_host_open = false;
        return source_.must_await_report(*current.grant, current, cancelled);
    }

    /// The same as `report` for a breaker that is awaited.
    asio::awaitable<void> await_report(attempt& current) {
        auto text = keeps_text(current) ? log_.text(current, current.result) : std::string{};
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

private:
    /// Hands on the breaker's answer.
    template <class Admission>
    call_action answered(Admission& admission, attempt& current) {
        if (admission) {
            current.grant.emplace(std::move(admission).permit());
            return granted(current, call_input::granted{current.grant->is_probe()});
        }
        rejection const& why = admission.why();
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

    /// Whether the breaker keeps a text of how the attempt went.
    bool keeps_text(attempt const& ended) const {
        return log_.has_failure_text(ended, ended.result) && source_.keeps_failure_texts();
    }
};

} // namespace breakerbox::detail

#endif
