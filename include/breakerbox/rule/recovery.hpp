// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RULE_RECOVERY_HPP
#define BREAKERBOX_RULE_RECOVERY_HPP

#include <breakerbox/base/require.hpp>
#include <breakerbox/base/saturate.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace breakerbox {

/// A moment on a store's clock: whole microseconds since that clock's epoch, the same in memory and in Redis.
using instant = std::chrono::microseconds;

/// How a tripped host recovers: it is open for a while, then half-open, where a few probes may pass, whose
/// successes close it and whose failures open it again.
struct recovery {
    using microseconds = std::chrono::microseconds;

    /// How long a host is open when it has tripped; more than zero.
    microseconds open_for = std::chrono::seconds{30};
    /// Each opening without a closing between is longer by this factor; 1 or more.
    double growth = 1.0;
    /// The longest open time, jitter included; `open_for` or more.
    microseconds max_open_for = std::chrono::hours{24};
    /// The largest share by which an open time is lengthened at random, so that many clients don't come back
    /// together; 0 or more.
    double jitter = 0.0;
    /// How many probes may be out at once; from 1 to 1000.
    std::uint32_t probes = 1;
    /// How many successes in one half-open close the host; 1 or more.
    std::uint32_t successes_to_close = 1;
    /// How many failures in one half-open open it again; 1 or more.
    std::uint32_t failures_to_reopen = 1;
    /// How long a probe may be out; then it is given up, its place is free and its report ignored; more than
    /// zero.
    microseconds probe_lease = std::chrono::seconds{60};
    /// After how long without a call a host is as one never heard of, counted for an open host from the end of
    /// its open time; more than zero. A host that is open until `reset` is never forgotten.
    microseconds forget_after = std::chrono::hours{24};

    /// Throws std::invalid_argument if a field can't be right.
    void validate() const {
        using detail::require;
        require(open_for.count() > 0, "recovery.open_for", "more than zero", open_for);
        require(growth >= 1 && std::isfinite(growth), "recovery.growth", "1 or more, and finite", growth);
        require(max_open_for >= open_for, "recovery.max_open_for", "recovery.open_for or more", max_open_for);
        require(jitter >= 0 && std::isfinite(jitter), "recovery.jitter", "zero or more, and finite", jitter);
        require(probes >= 1 && probes <= 1000, "recovery.probes", "from 1 to 1000", probes);
        require(successes_to_close >= 1, "recovery.successes_to_close", "1 or more", successes_to_close);
        require(failures_to_reopen >= 1, "recovery.failures_to_reopen", "1 or more", failures_to_reopen);
        require(probe_lease.count() > 0, "recovery.probe_lease", "more than zero", probe_lease);
        require(forget_after.count() > 0, "recovery.forget_after", "more than zero", forget_after);
    }

    /// The open time that follows `previous`, without jitter; zero stands for none before.
    microseconds next_open_time(microseconds previous) const noexcept {
        return previous.count() == 0 ? open_for : scaled(previous, growth);
    }

    /// An open time with its jitter, `u` in [0, 1).
    microseconds jittered(microseconds open_time, double u) const noexcept {
        return scaled(open_time, 1 + jitter * u);
    }

private:
    /// Rounded down, held at `max_open_for`.
    microseconds scaled(microseconds d, double factor) const noexcept {
        std::chrono::duration<double, std::micro> const exact{static_cast<double>(d.count()) * factor};
        return std::min(max_open_for, detail::saturating_cast<microseconds>(exact));
    }
};

} // namespace breakerbox

#endif
