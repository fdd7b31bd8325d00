// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_CALL_MACHINE_HPP
#define BREAKERBOX_RETRY_DETAIL_CALL_MACHINE_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/retry/detail/budget_share.hpp>
#include <breakerbox/retry/detail/call_action.hpp>
#include <breakerbox/retry/detail/call_attempt.hpp>
#include <breakerbox/retry/detail/judgement.hpp>
#include <breakerbox/retry/retrier_options.hpp>
#include <breakerbox/retry/retry_end.hpp>

#include <boost/config.hpp>

#include <cstdint>
#include <optional>
#include <utility>

namespace breakerbox::detail {

/// The order of things in one call, without I/O, clock or coroutine: `resume` is told what happened, and says what is to
/// be done. `Decisions`, whose time the caller sets before it resumes, decide by the policies.
template <class Decisions>
class call_machine {
public:
    call_machine(Decisions&& decisions, budget_share budget, std::optional<wait_until_available> patience,
                 bool leaves_retries_to_outer)
        : decisions_(std::move(decisions)),
          budget_(budget),
          patience_(patience),
          leaves_retries_to_outer_(leaves_retries_to_outer) {}

    Decisions& decisions() noexcept { return decisions_; }
    Decisions const& decisions() const noexcept { return decisions_; }
    budget_share& budget() noexcept { return budget_; }

    /// How many attempts have begun.
    std::uint64_t attempts() const noexcept { return attempts_; }

    /// Whether the outcome of an attempt is kept during the wait after it: others may spend the budget meanwhile, and the
    /// call ends with that outcome then.
    bool keeps_outcome() const noexcept { return static_cast<bool>(budget_); }

    /// How long to wait, where that is to be done.
    duration upcoming_wait() const noexcept { return decisions_.now().upcoming_wait; }

    /// How the call ended, once it has.
    call_end const& end() const noexcept { return end_; }

    call_action begin() noexcept { return ask(); }

    call_action resume(call_input::granted input) {
        // To ask has taken its time.
        if (!decisions_.is_in_time(decisions_.now().upcoming_wait))
            return now_ == state::asking ? fail(retry_end::deadline) : give_up(retry_end::deadline);
        if (now_ == state::asking_again)
            return wait();
        if (!budget_.pay_for_attempt(attempts_ == 0))
            return give_up(retry_end::budget_spent);
        decisions_.set_is_probe(input.is_probe);
        ++attempts_;
        now_ = state::attempting;
        return call_action::attempt;
    }

    call_action resume(call_input::refused input) {
        if (now_ == state::asking_again) {
            // A host that has opened isn't waited for, unless the caller wants that.
            if (wait_for_grant(input.why, decisions_.now().upcoming_wait))
                return wait();
            decisions_.begin_next_attempt();
        } else if (auto const time = wait_for_grant(input.why)) {
            decisions_.set_upcoming_wait(*time);
            now_ = state::waiting_for_grant;
            return call_action::wait_for_grant;
        }
        return end_with({retry_end::refused, ends_with::refusal, has_waited()});
    }

    call_action resume(call_input::unanswered input) noexcept {
        return fail(input.cancelled ? retry_end::cancelled : retry_end::store_failed);
    }

    call_action resume(call_input::attempted const& input) {
        auto const& [how, result] = input;
        if (how.judged == judgement::success)
            return end_with({retry_end::succeeded});
        if (how.judged == judgement::failure && !result.is_permanent())
            return after_failure(how);
        if (how.judged == judgement::cancelled)
            return result.has_error() ? end_with({retry_end::cancelled}) : fail(retry_end::cancelled);
        return end_with({how.is_cut_by_deadline ? retry_end::deadline : retry_end::not_retryable});
    }

    call_action resume(call_input::waited) noexcept {
        if (now_ == state::waiting_for_grant) {
            waited_for_grant_ = saturating_add(waited_for_grant_, decisions_.now().upcoming_wait);
            decisions_.set_upcoming_wait(duration::zero());
        } else {
            decisions_.begin_next_attempt();
        }
        return ask();
    }

    call_action resume(call_input::cancelled) noexcept { return fail(retry_end::cancelled); }

private:
    enum class state : std::uint8_t { asking, attempting, asking_again, waiting, waiting_for_grant, ended };

    call_action ask() noexcept {
        now_ = state::asking;
        return decisions_.is_in_time() ? call_action::ask : fail(retry_end::deadline);
    }

    BOOST_NOINLINE call_action after_failure(attempt_facts const& how) {
        if (how.was_report_cancelled)
            return fail(retry_end::cancelled);
        if (leaves_retries_to_outer_)
            return give_up(retry_end::left_to_outer);
        if (auto const why = decisions_.end_after_failure())
            return give_up(*why);
        if (!budget_.affords_retry())
            return give_up(retry_end::budget_spent);
        if (!how.is_host_open)
            return wait();
        now_ = state::asking_again;
        return call_action::ask_again;
    }

    call_action wait() noexcept {
        now_ = state::waiting;
        return call_action::wait;
    }

    std::optional<duration> wait_for_grant(host_status const& why, duration after = duration::zero()) const {
        if (!patience_)
            return std::nullopt;
        return decisions_.wait_for_leave(patience_->limit, waited_for_grant_, why, after);
    }

    /// Whether the last attempt is before a wait, so that its outcome is gone, or kept for the budget's sake alone.
    bool has_waited() const noexcept { return now_ != state::attempting && now_ != state::asking_again; }

    /// Ends the call after a failure without another attempt.
    call_action give_up(retry_end why) noexcept { return end_with({why, ends_with::no_other}); }

    /// Ends the call with an error that is not the operation's.
    call_action fail(retry_end why) noexcept { return end_with({why, ends_with::own_error, has_waited()}); }

    call_action end_with(call_end how) noexcept {
        now_ = state::ended;
        end_ = how;
        return call_action::end;
    }

    Decisions decisions_;
    budget_share budget_;
    std::optional<wait_until_available> patience_;
    duration waited_for_grant_ = duration::zero();
    std::uint64_t attempts_ = 0;
    bool const leaves_retries_to_outer_;
    state now_ = state::asking;
    call_end end_{};
};

} // namespace breakerbox::detail

#endif
