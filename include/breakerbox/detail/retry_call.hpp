// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_DETAIL_RETRY_CALL_HPP
#define BREAKERBOX_DETAIL_RETRY_CALL_HPP

#include <breakerbox/concepts.hpp>
#include <breakerbox/config.hpp>
#include <breakerbox/detail/retry_decisions.hpp>
#include <breakerbox/detail/saturate.hpp>
#include <breakerbox/error.hpp>
#include <breakerbox/host_name.hpp>
#include <breakerbox/host_status.hpp>
#include <breakerbox/outcome.hpp>
#include <breakerbox/retrier_options.hpp>
#include <breakerbox/retry_error.hpp>
#include <breakerbox/retry_event.hpp>
#include <breakerbox/retry_if.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/config.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace breakerbox::detail {

/// Stands for the host, and for the permit, of a call without a breaker.
struct unguarded {
    operator std::string_view() const noexcept { return {}; }
};

/// A breaker whose answers may take their time.
template <class B>
concept awaited_breaker = requires(B& b, host_name const& host) { b.acquire_borrowing(host); };

/// All that happens in one call around the operation and the waits, which the coroutine awaits itself: the
/// breaker is asked and told, the policies decide, the observer hears of it, and the call's end is thrown.
template <class Decisions, class Breaker, class Clock, class Host>
class retry_call {
public:
    static constexpr bool awaits_breaker = awaited_breaker<Breaker>;

    retry_call(Decisions decisions, retrier_options<Clock> const& options, Breaker* breaker, Host host)
        : decisions_(std::move(decisions)), options_(options), breaker_(breaker), host_(std::move(host)) {}

    void begin() {
        if (needs_time())
            began_ = Clock::now();
    }

    // What handles rejections is kept out of line: inlined into the coroutine, they make its frame so large that Asio
    // doesn't keep it for reuse (clang), and each call allocates.

    /// Returns the permit for the attempt to come; throws the breaker's refusal. Where the breaker is awaited, there is
    /// none yet.
    BOOST_NOINLINE auto ask_leave() {
        if constexpr (awaits_breaker) {
            using admission = typename decltype(breaker_->acquire_borrowing(host_))::value_type;
            return std::optional<std::decay_t<decltype(std::declval<admission>().permit())>>{};
        } else if constexpr (is_guarded) {
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

    /// The same for a breaker that is awaited.
    template <class Permit>
    asio::awaitable<void> await_leave(std::optional<Permit>& permit) {
        auto admission = co_await leave_asked();
        if (!admission)
            end_as_refused(admission.why());
        tell(event::before_attempt);
        permit.emplace(std::move(admission).permit());
    }

    /// Classifies the attempt's outcome.
    template <class T>
    void judge(outcome_of<T> const& result, bool cancelled) {
        judged_ = decisions_.judge(result, cancelled);
        meaning_ = verdict_of(judged_, result);
        if (options_.classify && judged_ != judgement::cancelled)
            meaning_ = options_.classify(result, meaning_);
    }

    /// Tells the breaker how the attempt went.
    template <class T, class Permit>
    void report(outcome_of<T> const& result, [[maybe_unused]] Permit& permit) {
        if constexpr (is_guarded)
            is_open_ = keeps_text(result) ? permit.report_now(meaning_, result.text())
                                          : permit.report_now(meaning_, std::string_view{});
    }

    /// Whether the report to a breaker that is awaited must be waited for. In a call that is cancelled nothing more can
    /// be: its report is made without.
    template <class Permit>
    bool must_await_report(std::optional<Permit>& permit, bool cancelled) {
        is_open_ = false;
        if (!permit->needs_report(meaning_))
            return false;
        if (cancelled)
            permit->post_report(meaning_);
        return !cancelled;
    }

    /// The same as `report` for a breaker that is awaited.
    template <class T, class Permit>
    asio::awaitable<void> await_report(outcome_of<T> const& result, std::optional<Permit>& permit) {
        auto text = keeps_text(result) ? result.text() : std::string{};
        try {
            is_open_ = co_await permit->report(meaning_, std::move(text));
        } catch (boost::system::system_error const& e) {
            // Cancelled while the report was on its way. What the operation gave is not lost for that.
            if (e.code() != asio::error::operation_aborted)
                throw;
            if (judged_ == judgement::failure)
                end_as_cancelled();
        }
    }

    /// Returns whether the call has succeeded; throws what ends it otherwise, but for a failure.
    template <class T>
    bool end_attempt(outcome_of<T> const& result) {
        read_clock();
        tell(event::after_attempt, meaning_);
        switch (judged_) {
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

    /// Asks the policies, after a failure, whether another attempt follows; throws what ends the call otherwise.
    template <class T>
    BOOST_NOINLINE void decide_to_go_on(outcome_of<T>& result) {
        if (decisions_.goes_on())
            return;
        tell_end(retry_end::stopped);
        if (options_.reraise && result.has_exception() &&
            result.template exception_as<try_again>() == nullptr)
            std::rethrow_exception(result.exception());
        throw retry_error{decisions_.now().number, result};
    }

    /// Whether the last attempt has left its host open.
    bool is_host_open() const noexcept { return is_guarded && is_open_; }

    /// Ends the call if the breaker refuses the next attempt: a host that has opened isn't waited for.
    BOOST_NOINLINE void end_if_refused() {
        if constexpr (is_guarded)
            if (auto const admission = breaker_->acquire_borrowing_now(host_); !admission) {
                begin_next_attempt();
                end_as_refused(admission.why());
            }
    }

    /// The same for a breaker that is awaited.
    asio::awaitable<void> await_refusal() {
        auto const admission = co_await leave_asked();
        if (!admission) {
            begin_next_attempt();
            end_as_refused(admission.why());
        }
    }

    /// Returns how long to wait before the next attempt.
    template <class T>
    BOOST_NOINLINE duration begin_wait(outcome_of<T>& result) {
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

    template <class T>
    bool keeps_text(outcome_of<T> const& result) const {
        return meaning_ == verdict::failure && result.has_exception() && breaker_->keeps_failure_texts();
    }

    /// Awaits the breaker's answer. Where there can't be one, tells why the call ends.
    template <class B = Breaker>
    auto leave_asked() -> decltype(std::declval<B&>().acquire_borrowing(std::declval<Host const&>())) {
        try {
            co_return co_await breaker_->acquire_borrowing(host_);
        } catch (boost::system::system_error const& e) {
            read_clock();
            if (e.code() == asio::error::operation_aborted)
                tell_end(retry_end::cancelled);
            else if (e.code() == make_error_code(errc::store_failed))
                tell_end(retry_end::store_failed);
            throw;
        }
    }

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
    judgement judged_ = judgement::success;
    verdict meaning_ = verdict::neutral;
    bool is_open_ = false;
};

} // namespace breakerbox::detail

#endif
