// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RULE_RECOVERING_HPP
#define BREAKERBOX_RULE_RECOVERING_HPP

#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/rule/detail/open_period.hpp>
#include <breakerbox/rule/detail/trip_state.hpp>
#include <breakerbox/rule/moment.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace breakerbox {

/// The life of a host under a trip_rule: closed until the rule trips it, open for a while, half-open until its
/// probes close it or open it again.
///
/// Pure functions of (state, event, moment), each one atomic step of a store. A step that throws, which only
/// std::bad_alloc can make it, leaves the state as it was.
///
/// Each permit bears a number. That of a permit given while closed stands for the closed time it was given in: a
/// report counts only while that lasts. A probe's number is its own, and is known until the probe has reported,
/// is given up, or the host changes its state. So a late report changes nothing, whatever it says.
template <trip_rule Trip>
class recovering {
public:
    /// A default-constructed state is that of a host never heard of.
    using state = detail::trip_state<Trip>;

    explicit recovering(Trip trip) : trip_(std::move(trip)) {}

    Trip const& trip() const noexcept { return trip_; }

    void validate() const { trip_.validate(); }

    /// When the state will mean no more than that of a host never heard of, if nobody touches it; not while a probe
    /// is out.
    instant expires_at(state const& s) const noexcept {
        auto const idle_since = s.state == breaker_state::open ? s.open.until : s.touched_at;
        return s.probes.last_end(detail::saturating_add(idle_since, trip_.recovery.forget_after));
    }

    breaker_state state_at(state const& s, instant now) const noexcept {
        return is_forgotten(s, now) ? breaker_state::closed : s.state;
    }

    /// What the state means now. An open host whose open time is over stays open until leave is asked; to a call that
    /// may not be a probe it is half-open, and refuses as if its probes were out.
    host_status look(state const& s, instant now, bool may_probe = true) const {
        host_status status{.condition = trip_.condition(),
                           .probes = {.most_out = trip_.recovery.probes,
                                      .successes_to_close = trip_.recovery.successes_to_close,
                                      .failures_to_reopen = trip_.recovery.failures_to_reopen}};
        if (is_forgotten(s, now))
            return status;
        auto const counted = s.state == breaker_state::closed ? trip_.counted(s.tally, now) : s.tripped_by;
        status.state = s.state;
        status.cause = s.cause;
        status.failures = counted.failures;
        status.calls = counted.calls;
        status.slow_calls = counted.slow_calls;
        s.probes.look_at_ended(status.probes);
        if (s.state == breaker_state::closed)
            return status;
        status.opened_at = std::min(s.open.began, now);
        if (s.state == breaker_state::open) {
            status.retry_after = time_until(s.open.end_at(now), now);
            if (may_probe || !status.is_available())
                return status;
            status.state = breaker_state::half_open;
            status.probes.successes = status.probes.failures = status.probes.given_up = 0;
        }
        auto const first_given_up_at = s.probes.look_at_out(status.probes, trip_.recovery, now);
        if (status.probes.out >= trip_.recovery.probes || !may_probe)
            status.retry_after = time_until(first_given_up_at, now);
        return status;
    }

    /// Asks leave for one call. Returns the number of the permit, or nothing for a refusal, which `look` with the same
    /// `may_probe` tells the reason of.
    std::optional<std::uint64_t> acquire(state& s, moment m, bool may_probe = true) const {
        bring_up_to(s, m.now);
        if (s.state == breaker_state::open && m.now < s.open.until)
            return std::nullopt;
        if (s.state != breaker_state::closed && !may_probe)
            return std::nullopt;
        if (s.state == breaker_state::closed) {
            s.touched_at = m.now;
            return s.closed_number;
        }
        bool const is_admitted = s.probes.admit(m.fresh, trip_.recovery, m.now); // an open host has none out
        if (s.state == breaker_state::open)
            s.become_half_open();
        s.touched_at = m.now;
        return is_admitted ? std::optional{m.fresh} : std::nullopt;
    }

    /// Ends the call that was made with the permit of this number. Returns whether the report was worth anything:
    /// whether it came in the time that the permit was given in.
    bool report(state& s, std::uint64_t number, ended_call call, moment m) const {
        bring_up_to(s, m.now);
        if (s.state == breaker_state::closed && number == s.closed_number) {
            count(s, call, m);
            return true;
        }
        if (!s.probes.report(number))
            return false;
        count_probe(s, call, m);
        return true;
    }

    /// Says that the call which was made with the permit of this number goes on: a probe's lease begins anew. Returns
    /// whether a report would be worth anything.
    bool renew(state& s, std::uint64_t number, moment m) const {
        bring_up_to(s, m.now);
        if (s.state == breaker_state::closed)
            return number == s.closed_number;
        if (!s.probes.renew(number, trip_.recovery, m.now))
            return false;
        s.touched_at = m.now;
        return true;
    }

    /// Counts a call that was made without a permit. Once the open time is over it counts as a probe's would.
    void record(state& s, ended_call call, moment m) const {
        bring_up_to(s, m.now);
        if (s.state == breaker_state::closed)
            return count(s, call, m);
        if (call.result == verdict::neutral || (s.state == breaker_state::open && m.now < s.open.until))
            return;
        if (s.state == breaker_state::open) {
            if (call.result == verdict::failure)
                return s.become_open(trip_, trip_cause::failures, m);
            s.become_half_open();
        }
        count_probe(s, call, m);
    }

    /// Opens the host by hand, for a while or until `reset`; never shortens an open time.
    void force_open(state& s, std::optional<std::chrono::microseconds> open_for, moment m) const {
        bring_up_to(s, m.now);
        auto const until = s.state == breaker_state::open ? s.open.until : instant::min();
        s.become_open(trip_, trip_cause::by_hand, m);
        s.open.hold(open_for, m.now, until);
    }

    /// Erases the host's state, and makes the permits given before worth nothing.
    void reset(state& s, moment m) const {
        s = state{};
        s.closed_number = m.fresh;
        s.touched_at = m.now;
    }

    /// Makes the state what `known`, the status of a host elsewhere, says, as far as that tells: a closed one has
    /// nothing counted, and no probe is out. Permits given before are worth nothing.
    void adopt(state& s, host_status const& known, moment m) const {
        reset(s, m);
        if (known.state == breaker_state::closed)
            return;
        s.state = known.state;
        s.cause = known.cause;
        s.tripped_by = {known.failures, known.calls, known.slow_calls};
        s.probes.successes = known.probes.successes;
        s.probes.failures = known.probes.failures;
        s.open = detail::open_period::of(known, trip_.recovery, m.now);
    }

    /// Ends a call whose permit was given elsewhere. Returns whether it was counted: whether the host is closed.
    bool count_if_closed(state& s, ended_call call, moment m) const {
        bring_up_to(s, m.now);
        if (s.state != breaker_state::closed)
            return false;
        count(s, call, m);
        return true;
    }

private:
    bool is_forgotten(state const& s, instant now) const noexcept { return expires_at(s) <= now; }

    static duration time_until(instant end, instant now) noexcept {
        if (end == instant::max())
            return duration::max();
        return end > now ? detail::saturating_cast<duration>(detail::saturating_subtract(end, now))
                         : duration::zero();
    }

    void bring_up_to(state& s, instant now) const {
        if (is_forgotten(s, now))
            s = state{};
        s.open.follow_clock(now);
        s.touched_at = std::min(s.touched_at, now);
        s.probes.expire(trip_.recovery, now);
    }

    void count(state& s, ended_call call, moment m) const {
        if (call.result == verdict::neutral)
            return;
        auto const cause = trip_.count(s.tally, call, m.now);
        s.touched_at = m.now;
        if (cause != trip_cause::none)
            s.become_open(trip_, cause, m);
    }

    void count_probe(state& s, ended_call call, moment m) const {
        s.touched_at = m.now;
        if (call.result == verdict::neutral)
            return;
        if (call.result == verdict::success && !trip_.is_slow(call)) {
            if (++s.probes.successes >= trip_.recovery.successes_to_close)
                s.become_closed(m);
        } else if (++s.probes.failures >= trip_.recovery.failures_to_reopen) {
            s.become_open(trip_, trip_cause::failed_probes, m);
        }
    }

    Trip trip_;
};

} // namespace breakerbox

#endif
