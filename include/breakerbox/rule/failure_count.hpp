// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RULE_FAILURE_COUNT_HPP
#define BREAKERBOX_RULE_FAILURE_COUNT_HPP

#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/rule/recovery.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace breakerbox {

/// A host is refused once more than `max_failures` failures were counted, until `reset_timeout` has passed
/// since the last one; then its count is gone, and all calls pass again.
///
/// Successes change nothing, and counting goes on while the host is open: each failure starts the time-out
/// again. The rule of the Python library circuit-breaker-box.
struct failure_count {
    /// The failures let pass; 0 opens the host at the first one.
    std::uint32_t max_failures = 5;
    /// How long a count lives after its last failure; more than zero.
    std::chrono::microseconds reset_timeout = std::chrono::seconds{30};

    /// How long `force_open` without a time keeps a host open.
    static constexpr std::chrono::microseconds forced_open_for = std::chrono::days{30};

    /// What is kept of a host.
    struct state {
        instant expires_at = instant::min();
        instant opened_at = instant::min();
        std::uint32_t failures = 0;
    };

    /// Throws std::invalid_argument if a field can't be right.
    void validate() const {
        detail::require(max_failures < std::numeric_limits<std::uint32_t>::max(),
                        "failure_count.max_failures", "less than 4294967295", max_failures);
        detail::require(reset_timeout > reset_timeout.zero(), "failure_count.reset_timeout", "more than zero",
                        reset_timeout);
    }

    host_status look(state const& s, instant now) const noexcept {
        host_status status{.condition = {.threshold = static_cast<double>(max_failures)}};
        if (is_gone(s, now))
            return status;
        status.failures = s.failures;
        if (s.failures > max_failures) {
            status.state = breaker_state::open;
            status.cause = trip_cause::failures;
            status.opened_at = s.opened_at;
            status.retry_after =
                detail::saturating_cast<duration>(detail::saturating_subtract(s.expires_at, now));
        }
        return status;
    }

    breaker_state state_at(state const& s, instant now) const noexcept {
        return s.failures > max_failures && !is_gone(s, now) ? breaker_state::open : breaker_state::closed;
    }

    instant expires_at(state const& s) const noexcept { return s.expires_at; }

    void on_failure(state& s, instant now) const noexcept {
        forget_if_gone(s, now);
        raise_to(s, s.failures < std::numeric_limits<std::uint32_t>::max() ? s.failures + 1 : s.failures,
                 now);
        s.expires_at = std::max(s.expires_at, detail::saturating_add(now, reset_timeout));
    }

    /// Raises the count above `max_failures`, and the expiry to `open_for` from now at least.
    void force_open(state& s, std::optional<std::chrono::microseconds> open_for, instant now) const noexcept {
        forget_if_gone(s, now);
        raise_to(s, std::max(s.failures, max_failures + 1), now);
        s.expires_at =
            std::max(s.expires_at, detail::saturating_add(now, open_for.value_or(forced_open_for)));
    }

    /// Makes the state what `known` says of a host with failures. A count that hasn't opened it lives for
    /// `reset_timeout` from now, since the status doesn't tell for how long.
    void adopt(state& s, host_status const& known, instant now) const noexcept {
        s.failures = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(known.failures, std::numeric_limits<std::uint32_t>::max()));
        s.opened_at = known.opened_at.value_or(now);
        auto const left =
            known.is_available() ? reset_timeout : detail::saturating_ceil<instant>(known.retry_after);
        s.expires_at = detail::saturating_add(now, left);
    }

private:
    static bool is_gone(state const& s, instant now) noexcept { return s.expires_at <= now; }

    static void forget_if_gone(state& s, instant now) noexcept {
        if (is_gone(s, now))
            s = {};
    }

    void raise_to(state& s, std::uint32_t failures, instant now) const noexcept {
        if (s.failures <= max_failures && failures > max_failures)
            s.opened_at = now;
        s.failures = failures;
    }
};

} // namespace breakerbox

#endif
