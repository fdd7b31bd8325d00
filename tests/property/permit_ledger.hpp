// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_PROPERTY_PERMIT_LEDGER_HPP
#define BREAKERBOX_TESTS_PROPERTY_PERMIT_LEDGER_HPP

#include <breakerbox/base/saturate.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_rate.hpp>

#include "property/host_life.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace property {

inline bool is_slow(breakerbox::consecutive_failures const&, breakerbox::ended_call) {
    return false;
}
inline bool is_slow(breakerbox::failure_rate const& rule, breakerbox::ended_call call) {
    return call.took > rule.slow_call.longer_than;
}

/// The books of a bystander, who is told the steps, their answers and the states they lead to, and never sees what
/// a host's state is made of: which permits are worth something, which probes are out and how they ended, and when
/// the host is forgotten.
class permit_ledger {
public:
    explicit permit_ledger(breakerbox::recovery const& r) : recovery_(r) {}

    /// To be told each step before it is taken.
    void before(step const& s) {
        now_ = s.at.now;
        was_forgotten_ = now_ >= forgotten_at();
        if (was_forgotten_) {
            state_ = breaker_state::closed;
            generation_ = 0;
        }
        // A clock that steps back cuts what lasts beyond it.
        touched_at_ = std::min(touched_at_, now_);
        if (open_until_ != instant::max())
            open_until_ = std::min(open_until_, now_ + open_time_);
        for (auto& p : permits_) {
            p.lease_end = std::min(p.lease_end, now_ + recovery_.probe_lease);
            p.is_over = p.is_over || (p.is_probe && now_ >= p.lease_end);
        }
        counts_ = s.what == event::report && is_worth_something(permits_[s.permit]);
    }

    /// To be told each step after it was taken: what it was answered, and what a look says now.
    void after(step const& s, answer const& told, host_status const& status) {
        bool const had_leave = told.permit.has_value();
        bool const by_hand =
            s.what == event::force_open_for || s.what == event::force_open || s.what == event::reset;
        bool const opened_again = s.what == event::failure_without_permit && is_open() && now_ >= open_until_;
        bool const opened = status.state == breaker_state::open && (by_hand || opened_again || !is_open());
        if (by_hand || s.what == event::failure_without_permit || had_leave ||
            (counts_ && (s.call.result != verdict::neutral || permits_[s.permit].is_probe)) ||
            (s.what == event::acquire && state_ == breaker_state::half_open))
            touched_at_ = now_;
        if (counts_)
            permits_[s.permit].is_over = permits_[s.permit].is_probe;
        if (by_hand || status.state != state_)
            generation_ = ++generations_;
        state_ = status.state;
        if (opened)
            note_open_time(status);
        if (had_leave)
            permits_.push_back({.generation = generation_,
                                .is_probe = state_ == breaker_state::half_open,
                                .lease_end = now_ + recovery_.probe_lease});
    }

    /// Whether the step just told is a report that may change something.
    bool counts() const { return counts_; }

    /// Whether the host was as one never heard of when the last step began.
    bool was_forgotten() const { return was_forgotten_; }

    /// As of the last step, what time alone has changed included.
    breaker_state state() const { return state_; }

    /// When leave may be had, while the host is open.
    instant open_until() const { return open_until_; }

    std::uint32_t probes_out() const {
        return static_cast<std::uint32_t>(std::ranges::count_if(
            permits_, [&](permit const& p) { return p.is_probe && is_worth_something(p); }));
    }

private:
    struct permit {
        std::uint64_t generation;
        bool is_probe;
        instant lease_end;
        /// Reported or given up.
        bool is_over = false;
    };

    bool is_open() const { return state_ == breaker_state::open; }

    /// A permit given while closed may be reported again and again: that there is one report is up to its owner.
    bool is_worth_something(permit const& p) const { return p.generation == generation_ && !p.is_over; }

    /// Not while a probe is out.
    instant forgotten_at() const {
        auto at =
            breakerbox::detail::saturating_add(is_open() ? open_until_ : touched_at_, recovery_.forget_after);
        for (auto const& p : permits_)
            if (p.is_probe && is_worth_something(p))
                at = std::max(at, p.lease_end);
        return at;
    }

    void note_open_time(host_status const& status) {
        open_time_ = std::chrono::duration_cast<microseconds>(status.retry_after);
        open_until_ = status.retry_after == breakerbox::duration::max() ? instant::max() : now_ + open_time_;
    }

    breakerbox::recovery recovery_;
    std::vector<permit> permits_;
    breaker_state state_ = breaker_state::closed;
    /// 0 is that of a host never heard of, which one that was forgotten is again.
    std::uint64_t generation_ = 0;
    std::uint64_t generations_ = 0;
    instant now_{};
    instant touched_at_ = instant::min();
    instant open_until_{};
    microseconds open_time_{};
    bool was_forgotten_ = false;
    bool counts_ = false;
};

} // namespace property

#endif
