// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_DETAIL_RETRY_CALL_HPP
#define BREAKERBOX_DETAIL_RETRY_CALL_HPP

#include <breakerbox/concepts.hpp>
#include <breakerbox/config.hpp>
#include <breakerbox/detail/retry_decisions.hpp>
#include <breakerbox/detail/saturate.hpp>
#include <breakerbox/error.hpp>
#include <breakerbox/host_status.hpp>
#include <breakerbox/outcome.hpp>
#include <breakerbox/retrier_options.hpp>
#include <breakerbox/retry_error.hpp>
#include <breakerbox/retry_event.hpp>
#include <breakerbox/retry_if.hpp>

#include <boost/asio/error.hpp>
#include <boost/config.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <string_view>
#include <utility>

namespace breakerbox::detail {

/// Stands for the host, and for the permit, of a call without a breaker.
struct unguarded {
    operator std::string_view() const noexcept { return {}; }
};

/// All that happens in one call around the operation and the waits, which the coroutine awaits itself: the
/// breaker is asked and told, the policies decide, the observer hears of it, and the call's end is thrown.
template <class Decisions, class Breaker, class Clock, class Host>
class retry_call {
public:
    retry_call(Decisions decisions, retrier_options<Clock> const& options, Breaker* breaker, Host host)
        : decisions_(std::move(decisions)), options_(options), breaker_(breaker), host_(std::move(host)) {}

    void begin() {
        if (needs_time())
            began_ = Clock::now();
    }

    // What handles rejections is kept out of line: inlined into the coroutine, they make its frame so large that Asio
    // doesn't keep it for reuse (clang), and each call allocates.

    /// Returns the permit for the attempt to come; throws the breaker's refusal.
    BOOST_NOINLINE auto ask_leave() {
        if constexpr (is_guarded) {
            auto admission = breaker_->acquire_borrowing_now(host_);
            if (!admission)
                end_as_refused(admission.why());
            tell(event::before_attempt);
            return std::move(admission).permit();
        } else {
            tell(event::before_attempt);
            return unguarded{};
        }
    }

    /// Classifies the attempt's outcome and tells the breaker. Returns whether the call has succeeded; throws
    /// what ends it otherwise, but for a failure.
    template <class T, class Permit>
    bool end_attempt(outcome_of<T> const& result, [[maybe_unused]] Permit& permit, bool cancelled) {
        auto const judged = decisions_.judge(result, cancelled);
        auto meaning = verdict_of(judged, result);
        if (options_.classify && judged != judgement::cancelled)
            meaning = options_.classify(result, meaning);
        if constexpr (is_guarded) {
            bool const text_is_kept =
                meaning == verdict::failure && result.has_exception() && breaker_->keeps_failure_texts();
            is_open_ = text_is_kept ? permit.report_now(meaning, result.text())
                                    : permit.report_now(meaning, std::string_view{});
        }
        read_clock();
        tell(event::after_attempt, meaning);
        switch (judged) {
        case judgement::failure:
            return false;
        case judgement::success:
            tell_end(retry_end::succeeded);
            return true;
        case judgement::not_retryable:
            tell_end(retry_end::not_retryable);
            std::rethrow_exception(result.exception());
        case judgement::cancelled:
            break;
        }
        if (!result.has_exception())
            end_as_cancelled();
        tell_end(retry_end::cancelled);
        std::rethrow_exception(result.exception());
    }

    /// Decides, after a failure, how long to wait before the next attempt; throws what ends the call if there
    /// is none.
    template <class T>
    BOOST_NOINLINE duration plan_wait(outcome_of<T>& result) {
        if (!decisions_.goes_on()) {
            tell_end(retry_end::stopped);
            if (options_.reraise && result.has_exception() &&
                result.template exception_as<try_again>() == nullptr)
                std::rethrow_exception(result.exception());
            throw retry_error{decisions_.now().number, result};
        }
        if constexpr (is_guarded) {
            // A host that has opened isn't waited for.
            if (is_open_)
                if (auto const admission = breaker_->acquire_borrowing_now(host_); !admission) {
                    begin_next_attempt();
                    end_as_refused(admission.why());
                }
        }
        tell(event::before_wait, verdict::failure);
        // What is not returned is destroyed before the wait begins.
        decisions_.forget_outcome();
        result.reset();
        return decisions_.now().upcoming_wait;
    }

    void begin_next_attempt() {
        decisions_.begin_next_attempt();
        read_clock();
    }

    /// The number of the attempt, from 1.
    std::uint64_t attempt_number() const noexcept { return decisions_.now().number; }

    [[noreturn]] void end_as_cancelled() {
        read_clock();
        tell_end(retry_end::cancelled);
        throw boost::system::system_error{asio::error::operation_aborted};
    }

private:
    using event = retry_event::kind;

    static constexpr bool is_guarded = !std::same_as<Host, unguarded>;

    [[noreturn]] void end_as_refused(rejection const& why) {
        tell_end(retry_end::refused);
        breaker_->on_host_unavailable(why);
        throw host_unavailable{why};
    }

    bool needs_time() const noexcept { return Decisions::reads_time || options_.observer; }

    void read_clock() {
        if (needs_time())
            decisions_.set_elapsed(saturating_cast<duration>(Clock::now() - began_));
    }

    void tell(event what, verdict result = verdict::neutral, retry_end end = retry_end::succeeded) const {
        if (options_.observer)
            options_.observer(retry_event{what, host_, decisions_.now(), result, end});
    }

    void tell_end(retry_end end) const { tell(event::finished, verdict::neutral, end); }

    Decisions decisions_;
    retrier_options<Clock> options_;
    Breaker* breaker_;
    [[no_unique_address]] Host host_;
    typename Clock::time_point began_{};
    bool is_open_ = false;
};

} // namespace breakerbox::detail

#endif
