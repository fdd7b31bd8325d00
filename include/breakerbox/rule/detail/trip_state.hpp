// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RULE_DETAIL_TRIP_STATE_HPP
#define BREAKERBOX_RULE_DETAIL_TRIP_STATE_HPP

#include <breakerbox/base/host_status.hpp>
#include <breakerbox/rule/detail/open_period.hpp>
#include <breakerbox/rule/detail/probe_ledger.hpp>
#include <breakerbox/rule/moment.hpp>
#include <breakerbox/rule/rule.hpp>

#include <cstdint>

namespace breakerbox::detail {

/// What is kept of a host under a trip_rule, and how it goes from one state to another. Default-constructed, it is that
/// of a host never heard of.
template <trip_rule Trip>
struct trip_state {
    typename Trip::tally tally{};
    /// The tally as it was when the host tripped.
    evidence tripped_by{};
    /// What the permits given while closed bear.
    std::uint64_t closed_number = 0;
    instant touched_at = instant::min();
    open_period open{};
    [[no_unique_address]] probe_ledger probes{}; // whose padding has room for the next members
    breaker_state state = breaker_state::closed;
    trip_cause cause = trip_cause::none;

    /// From any state: an open host begins another period, longer by the growth.
    void become_open(Trip const& trip, trip_cause why, moment m) {
        if (state == breaker_state::closed) {
            tripped_by = trip.counted(tally, m.now);
            tally = {};
        }
        state = breaker_state::open;
        cause = why;
        probes.out.clear();
        open.begin(trip.recovery, m.now, m.jitter);
        touched_at = m.now;
    }

    void become_half_open() noexcept {
        state = breaker_state::half_open;
        probes.reset_counts();
    }

    void become_closed(moment m) noexcept {
        state = breaker_state::closed;
        cause = trip_cause::none;
        tripped_by = {};
        probes.out.clear();
        closed_number = m.fresh;
        open.forget_length();
    }
};

} // namespace breakerbox::detail

#endif
