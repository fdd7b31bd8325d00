// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RULE_DETAIL_OPEN_PERIOD_HPP
#define BREAKERBOX_RULE_DETAIL_OPEN_PERIOD_HPP

#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/rule/recovery.hpp>

#include <algorithm>
#include <chrono>
#include <optional>

namespace breakerbox::detail {

/// When a host opened, and until when it stays open: `instant::max()` where only a reset closes it.
struct open_period {
    instant began{};
    instant until{};
    /// Without jitter, since the next period grows from it; zero once the host has closed.
    std::chrono::microseconds length{};

    /// The period of a host that is known by its status alone.
    static open_period of(host_status const& known, recovery const& r, instant now) noexcept {
        open_period p;
        p.began = std::min(known.opened_at.value_or(now), now);
        p.until = known.state == breaker_state::half_open ? now
                  : known.retry_after == duration::max()
                      ? instant::max()
                      : saturating_add(now, saturating_ceil<instant>(known.retry_after));
        p.length = std::clamp(saturating_subtract(p.until, p.began), r.open_for, r.max_open_for);
        return p;
    }

    /// Opens the host: longer than last time by the growth, where it hasn't closed since.
    void begin(recovery const& r, instant now, double jitter) noexcept {
        length = r.next_open_time(length);
        began = now;
        until = saturating_add(now, r.jittered(length, jitter));
    }

    /// Sets the end by hand: so long from now, or never. The host stays open until `earliest_end` at least.
    void hold(std::optional<std::chrono::microseconds> open_for, instant now, instant earliest_end) noexcept {
        until = open_for ? std::max(earliest_end, saturating_add(now, *open_for)) : instant::max();
    }

    /// The host has closed: the next period doesn't grow from this one.
    void forget_length() noexcept { length = {}; }

    /// When the host may be tried. A clock may step back, as where another Redis takes over: the period then begins
    /// anew.
    instant end_at(instant now) const noexcept {
        return now >= began || until == instant::max() ? until : saturating_add(now, until - began);
    }

    /// Begins the period anew if the clock has stepped back.
    void follow_clock(instant now) noexcept {
        until = end_at(now);
        began = std::min(began, now);
    }
};

} // namespace breakerbox::detail

#endif
