// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_RETRY_DECISIONS_HPP
#define BREAKERBOX_RETRY_DETAIL_RETRY_DECISIONS_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/error.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/policy/attempt.hpp>
#include <breakerbox/policy/combine.hpp>
#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_of.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/policy/wait_formulas.hpp>
#include <breakerbox/retry/detail/attempt_cut.hpp>
#include <breakerbox/retry/detail/judgement.hpp>
#include <breakerbox/retry/retry_end.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace breakerbox::detail {

/// All that a retrier decides in one call, without I/O, clock or coroutine: it is told what happened, and
/// says what to do.
template <class Stop, class RetryIf, class Wait>
class retry_decisions {
public:
    static constexpr bool reads_time = breakerbox::reads_time<Stop> || breakerbox::reads_time<Wait>;

    retry_decisions(Stop stop, RetryIf retry_if, Wait wait, std::optional<std::uint64_t> seed = std::nullopt)
        : stop_(std::move(stop)),
          retry_if_(std::move(retry_if)),
          wait_(std::move(wait)),
          now_{.random = seed ? random_source{*seed} : random_source{}} {}

    attempt const& now() const noexcept { return now_; }
    void set_elapsed(duration elapsed) noexcept { now_.elapsed = elapsed; }

    /// Sets the call's deadline, as a time since its beginning; the longest duration for none.
    void set_deadline(duration deadline) noexcept { deadline_ = deadline; }

    /// Whether something that begins after `wait` would begin before the deadline.
    bool is_in_time(duration wait = duration::zero()) const noexcept {
        return deadline_ == duration::max() || saturating_add(now_.elapsed, wait) < deadline_;
    }

    /// What has cut the attempt that ended with `result`, given what its time-out noted. A retrier within the operation that
    /// shares the call's deadline ends by it as well.
    cut_by what_cut(outcome const& result, cut_by noted = cut_by::nothing) const {
        if (!result.has_error() || noted != cut_by::nothing || is_in_time())
            return noted;
        return result.error() == make_error_code(errc::deadline_exceeded) ? cut_by::deadline : noted;
    }

    /// Classifies the outcome of the attempt. `cancelled` says whether the call itself has been cancelled by
    /// now, `cut` what has cut the attempt.
    template <class T>
    judgement judge(outcome_of<T> const& result, bool cancelled, cut_by cut = cut_by::nothing) {
        now_.last = &result;
        if (result.has_error()) {
            auto const code = result.error();
            if (cancelled || (code == operation_aborted() && !names_error(retry_if_, operation_aborted())))
                return judgement::cancelled;
            // What has run out of the call's time. Another call's deadline is an error like any other.
            if (cut == cut_by::deadline)
                return judgement::not_retryable;
            // A breaker's refusal, of a retrier within the operation.
            if (code == make_error_code(errc::host_unavailable) && !names_refusal(retry_if_, result))
                return judgement::not_retryable;
            if (result.template exception_as<try_again>() != nullptr)
                return judgement::failure;
            return retry_if_(result) ? judgement::failure : judgement::not_retryable;
        }
        if (!retry_if_(result))
            return judgement::success;
        return cancelled ? judgement::cancelled : judgement::failure;
    }

    /// After a failure: why no other attempt follows, unless one does, after `now().upcoming_wait`.
    std::optional<retry_end> end_after_failure() {
        now_.gives_up = false;
        now_.upcoming_wait = ask(wait_, now_, memory_);
        if (now_.gives_up)
            return retry_end::wait_too_long;
        if (stop_(std::as_const(now_)))
            return retry_end::stopped;
        if (!is_in_time(now_.upcoming_wait))
            return retry_end::deadline;
        return std::nullopt;
    }

    /// After a refusal: how long to wait before the breaker is asked again, if a call may wait for that. `limit` is what
    /// it may wait in all, `waited` what it has, and `after` a wait that comes before. Calls that wait for one host are
    /// woken apart: each a little later than need be, where it may.
    std::optional<duration> wait_for_leave(duration limit, duration waited, host_status const& refused,
                                           duration after = duration::zero()) const {
        using std::chrono::milliseconds;
        auto const left = saturating_subtract(limit, waited);
        auto wait = std::max(saturating_subtract(refused.retry_after, after), duration::zero());
        // Asked again at once, a host whose time is just up might refuse once more.
        if (after == duration::zero())
            wait = std::max(wait, duration{milliseconds{1}});
        if (refused.state == breaker_state::half_open && left >= milliseconds{1}) {
            auto const often = std::clamp<duration>(limit / 10, milliseconds{10}, std::chrono::seconds{1});
            wait = std::min({wait, often, left});
        }
        if (wait > left || !may_wait_for_leave(saturating_add(after, wait)))
            return std::nullopt;
        if (after != duration::zero())
            return wait;
        auto const apart = std::min<duration>({wait / 10, std::chrono::seconds{1}, left - wait});
        auto const later = wait + uniform(now_, duration::zero(), apart);
        return may_wait_for_leave(later) ? later : wait;
    }

    /// Makes `wait` the one to come, for an observer to see.
    void set_upcoming_wait(duration wait) noexcept { now_.upcoming_wait = wait; }

    void set_is_probe(bool is_probe) noexcept { now_.is_probe = is_probe; }

    /// To be called before the outcome of the attempt goes.
    void forget_outcome() noexcept { now_.last = nullptr; }

    void begin_next_attempt() noexcept {
        ++now_.number;
        now_.is_probe = false;
        forget_outcome();
        now_.upcoming_wait = duration::zero();
    }

private:
    /// Whether neither the deadline nor Stop is against a wait that an attempt may follow. Stop is asked about the wait,
    /// and about the time when it will be over, since no policy has chosen it.
    bool may_wait_for_leave(duration wait) const {
        if (!is_in_time(wait))
            return false;
        auto asked = now_;
        if (asked.last == nullptr)
            --asked.number; // the attempt that waits is still to be made
        asked.upcoming_wait = wait;
        if (stop_(std::as_const(asked)))
            return false;
        asked.elapsed = saturating_add(asked.elapsed, wait);
        asked.upcoming_wait = duration::zero();
        return !stop_(std::as_const(asked));
    }

    static boost::system::error_code operation_aborted() noexcept {
        return boost::asio::error::operation_aborted;
    }

    Stop stop_;
    RetryIf retry_if_;
    Wait wait_;
    [[no_unique_address]] memory_of_t<Wait> memory_{};
    attempt now_;
    duration deadline_ = duration::max();
};

} // namespace breakerbox::detail

#endif
