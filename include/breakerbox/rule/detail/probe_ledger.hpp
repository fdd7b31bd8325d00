// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RULE_DETAIL_PROBE_LEDGER_HPP
#define BREAKERBOX_RULE_DETAIL_PROBE_LEDGER_HPP

#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/rule/recovery.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace breakerbox::detail {

/// The probes of a half-open host: which are out, until when, and how the others have ended.
///
/// A clock may step back: no lease then ends later than one that begins now.
struct probe_ledger {
    struct probe {
        std::uint64_t number;
        instant given_up_at;
    };

    std::vector<probe> out;
    // Of the present half-open, or of the last one.
    std::uint32_t successes = 0;
    std::uint32_t failures = 0;
    std::uint32_t given_up = 0;

    /// Lets a probe out if there is room for one more. Returns whether there was.
    bool admit(std::uint64_t number, recovery const& r, instant now) {
        if (out.size() >= r.probes)
            return false;
        out.push_back({number, new_lease(r, now)});
        return true;
    }

    /// Takes back a probe that reports. Returns whether it was out.
    bool report(std::uint64_t number) noexcept {
        auto const p = find(number);
        if (p == out.end())
            return false;
        out.erase(p);
        return true;
    }

    /// Begins a probe's lease anew. Returns whether it was out.
    bool renew(std::uint64_t number, recovery const& r, instant now) noexcept {
        auto const p = find(number);
        if (p == out.end())
            return false;
        p->given_up_at = new_lease(r, now);
        return true;
    }

    /// Gives up the probes whose leases have ended.
    void expire(recovery const& r, instant now) noexcept {
        for (auto& p : out)
            p.given_up_at = lease_end(p, r, now);
        auto const has_ended = [now](probe const& p) { return p.given_up_at <= now; };
        auto const gone = std::remove_if(out.begin(), out.end(), has_ended);
        given_up += static_cast<std::uint32_t>(out.end() - gone);
        out.erase(gone, out.end());
    }

    /// Fills in how those that were out have ended.
    void look_at_ended(probe_counts& seen) const noexcept {
        seen.successes = successes;
        seen.failures = failures;
        seen.given_up = given_up;
    }

    /// Adds those that are out, as `expire` would leave them. Returns when the first of these will be given up: a lease
    /// from now where none is out.
    instant look_at_out(probe_counts& seen, recovery const& r, instant now) const noexcept {
        auto earliest = new_lease(r, now);
        for (auto const& p : out)
            if (auto const end = lease_end(p, r, now); end > now) {
                ++seen.out;
                earliest = std::min(earliest, end);
            } else {
                ++seen.given_up;
            }
        return earliest;
    }

    /// When the last of the probes out will be given up, or `other` where that is later.
    instant last_end(instant other = instant::min()) const noexcept {
        for (auto const& p : out)
            other = std::max(other, p.given_up_at);
        return other;
    }

    /// Another half-open begins.
    void reset_counts() noexcept { successes = failures = given_up = 0; }

private:
    static instant new_lease(recovery const& r, instant now) noexcept {
        return saturating_add(now, r.probe_lease);
    }

    static instant lease_end(probe const& p, recovery const& r, instant now) noexcept {
        return std::min(p.given_up_at, new_lease(r, now));
    }

    std::vector<probe>::iterator find(std::uint64_t number) noexcept {
        return std::ranges::find(out, number, &probe::number);
    }
};

} // namespace breakerbox::detail

#endif
