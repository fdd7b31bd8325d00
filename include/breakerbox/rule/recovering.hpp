// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RULE_RECOVERING_HPP
#define BREAKERBOX_RULE_RECOVERING_HPP

#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace breakerbox {

/// What a step is told besides its event.
struct moment {
    instant now{};
    /// A number above zero that the store gives to no other step.
    std::uint64_t fresh = 0;
    /// Uniform in [0, 1): the jitter of an open time that begins now.
    double jitter = 0;
};

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
    /// A probe that is out.
    struct probe {
        std::uint64_t number;
        instant given_up_at;
    };

    /// A default-constructed state is that of a host never heard of.
    struct state {
        typename Trip::tally tally{};
        /// The tally as it was when the host tripped.
        evidence tripped_by{};
        std::vector<probe> probes;
        /// What the permits given while closed bear.
        std::uint64_t closed_number = 0;
        instant touched_at = instant::min();
        instant opened_at{};
        instant open_until{};
        /// Without jitter; zero while closed.
        std::chrono::microseconds open_time{};
        /// Of the present half-open, or of the last one.
        std::uint32_t probe_successes = 0;
        std::uint32_t probe_failures = 0;
        std::uint32_t probes_given_up = 0;
        breaker_state state = breaker_state::closed;
        trip_cause cause = trip_cause::none;
    };

    explicit recovering(Trip trip) : trip_(std::move(trip)) {}

    Trip const& trip() const noexcept { return trip_; }

    void validate() const { trip_.validate(); }

    /// When the state will mean no more than that of a host never heard of, if nobody touches it; not while a probe
    /// is out.
    instant expires_at(state const& s) const noexcept {
        auto const idle_since = s.state == breaker_state::open ? s.open_until : s.touched_at;
        auto end = detail::saturating_add(idle_since, trip_.recovery.forget_after);
        for (auto const& p : s.probes)
            end = std::max(end, p.given_up_at);
        return end;
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
        status.probes.successes = s.probe_successes;
        status.probes.failures = s.probe_failures;
        status.probes.given_up = s.probes_given_up;
        if (s.state == breaker_state::closed)
            return status;
        status.opened_at = std::min(s.opened_at, now);
        if (s.state == breaker_state::open) {
            status.retry_after = time_until(open_until(s, now), now);
            if (may_probe || !status.is_available())
                return status;
            status.state = breaker_state::half_open;
            status.probes.successes = status.probes.failures = status.probes.given_up = 0;
        }
        auto earliest = detail::saturating_add(now, trip_.recovery.probe_lease);
        for (auto const& p : s.probes)
            if (auto const end = lease_end(p, now); end > now) {
                ++status.probes.out;
                earliest = std::min(earliest, end);
            } else {
                ++status.probes.given_up;
            }
        if (status.probes.out >= trip_.recovery.probes || !may_probe)
            status.retry_after = time_until(earliest, now);
        return status;
    }

    /// Asks leave for one call. Returns the number of the permit, or nothing for a refusal, which `look` with the same
    /// `may_probe` tells the reason of.
    std::optional<std::uint64_t> acquire(state& s, moment m, bool may_probe = true) const {
        bring_up_to(s, m.now);
        if (s.state == breaker_state::open && m.now < s.open_until)
            return std::nullopt;
        if (s.state != breaker_state::closed && !may_probe)
            return std::nullopt;
        if (s.state == breaker_state::closed) {
            s.touched_at = m.now;
            return s.closed_number;
        }
        bool const has_room = s.probes.size() < trip_.recovery.probes; // an open host has no probes out
        if (has_room)
            s.probes.push_back({m.fresh, detail::saturating_add(m.now, trip_.recovery.probe_lease)});
        if (s.state == breaker_state::open)
            become_half_open(s);
        s.touched_at = m.now;
        return has_room ? std::optional{m.fresh} : std::nullopt;
    }

    /// Ends the call that was made with the permit of this number. Returns whether the report was worth anything:
    /// whether it came in the time that the permit was given in.
    bool report(state& s, std::uint64_t number, ended_call call, moment m) const {
        bring_up_to(s, m.now);
        if (s.state == breaker_state::closed && number == s.closed_number) {
            count(s, call, m);
            return true;
        }
        auto const p = std::ranges::find(s.probes, number, &probe::number);
        if (p == s.probes.end())
            return false;
        s.probes.erase(p);
        count_probe(s, call, m);
        return true;
    }

    /// Says that the call which was made with the permit of this number goes on: a probe's lease begins anew. Returns
    /// whether a report would be worth anything.
    bool renew(state& s, std::uint64_t number, moment m) const {
        bring_up_to(s, m.now);
        if (s.state == breaker_state::closed)
            return number == s.closed_number;
        auto const p = std::ranges::find(s.probes, number, &probe::number);
        if (p == s.probes.end())
            return false;
        p->given_up_at = detail::saturating_add(m.now, trip_.recovery.probe_lease);
        s.touched_at = m.now;
        return true;
    }

    /// Counts a call that was made without a permit. Once the open time is over it counts as a probe's would.
    void record(state& s, ended_call call, moment m) const {
        bring_up_to(s, m.now);
        if (s.state == breaker_state::closed)
            return count(s, call, m);
        if (call.result == verdict::neutral || (s.state == breaker_state::open && m.now < s.open_until))
            return;
        if (s.state == breaker_state::open) {
            if (call.result == verdict::failure)
                return open(s, trip_cause::failures, m);
            become_half_open(s);
        }
        count_probe(s, call, m);
    }

    /// Opens the host by hand, for a while or until `reset`; never shortens an open time.
    void force_open(state& s, std::optional<std::chrono::microseconds> open_for, moment m) const {
        bring_up_to(s, m.now);
        auto const until = s.state == breaker_state::open ? s.open_until : instant::min();
        open(s, trip_cause::by_hand, m);
        s.open_until = open_for ? std::max(until, detail::saturating_add(m.now, *open_for)) : instant::max();
    }

    /// Makes the host as one never heard of, but that the permits given before are worth nothing.
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
        s.probe_successes = known.probes.successes;
        s.probe_failures = known.probes.failures;
        s.opened_at = std::min(known.opened_at.value_or(m.now), m.now);
        s.open_until =
            known.state == breaker_state::half_open ? m.now
            : known.retry_after == duration::max()
                ? instant::max()
                : detail::saturating_add(m.now, detail::saturating_ceil<instant>(known.retry_after));
        s.open_time = std::clamp(detail::saturating_subtract(s.open_until, s.opened_at),
                                 trip_.recovery.open_for, trip_.recovery.max_open_for);
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

    /// A clock may step back, as where another Redis takes over: an open time then begins anew.
    static instant open_until(state const& s, instant now) noexcept {
        return now >= s.opened_at || s.open_until == instant::max()
                   ? s.open_until
                   : detail::saturating_add(now, s.open_until - s.opened_at);
    }

    /// Likewise a lease.
    instant lease_end(probe const& p, instant now) const noexcept {
        return std::min(p.given_up_at, detail::saturating_add(now, trip_.recovery.probe_lease));
    }

    static duration time_until(instant end, instant now) noexcept {
        if (end == instant::max())
            return duration::max();
        return end > now ? detail::saturating_cast<duration>(detail::saturating_subtract(end, now))
                         : duration::zero();
    }

    void bring_up_to(state& s, instant now) const {
        if (is_forgotten(s, now))
            s = state{};
        s.open_until = open_until(s, now);
        s.opened_at = std::min(s.opened_at, now);
        s.touched_at = std::min(s.touched_at, now);
        for (auto& p : s.probes)
            p.given_up_at = lease_end(p, now);
        auto const given_up = [now](probe const& p) { return p.given_up_at <= now; };
        auto const gone = std::remove_if(s.probes.begin(), s.probes.end(), given_up);
        s.probes_given_up += static_cast<std::uint32_t>(s.probes.end() - gone);
        s.probes.erase(gone, s.probes.end());
    }

    void count(state& s, ended_call call, moment m) const {
        if (call.result == verdict::neutral)
            return;
        auto const cause = trip_.count(s.tally, call, m.now);
        s.touched_at = m.now;
        if (cause != trip_cause::none)
            open(s, cause, m);
    }

    void count_probe(state& s, ended_call call, moment m) const {
        s.touched_at = m.now;
        if (call.result == verdict::neutral)
            return;
        if (call.result == verdict::success && !trip_.is_slow(call)) {
            if (++s.probe_successes >= trip_.recovery.successes_to_close)
                close(s, m);
        } else if (++s.probe_failures >= trip_.recovery.failures_to_reopen) {
            open(s, trip_cause::failed_probes, m);
        }
    }

    void open(state& s, trip_cause cause, moment m) const {
        if (s.state == breaker_state::closed) {
            s.tripped_by = trip_.counted(s.tally, m.now);
            s.tally = {};
        }
        s.state = breaker_state::open;
        s.cause = cause;
        s.probes.clear();
        s.open_time = trip_.recovery.next_open_time(s.open_time);
        s.opened_at = m.now;
        s.open_until = detail::saturating_add(m.now, trip_.recovery.jittered(s.open_time, m.jitter));
        s.touched_at = m.now;
    }

    static void become_half_open(state& s) noexcept {
        s.state = breaker_state::half_open;
        s.probe_successes = 0;
        s.probe_failures = 0;
        s.probes_given_up = 0;
    }

    static void close(state& s, moment m) noexcept {
        s.state = breaker_state::closed;
        s.cause = trip_cause::none;
        s.tripped_by = {};
        s.probes.clear();
        s.closed_number = m.fresh;
        s.open_time = {};
    }

    Trip trip_;
};

} // namespace breakerbox

#endif
