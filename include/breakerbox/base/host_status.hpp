// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_HOST_STATUS_HPP
#define BREAKERBOX_BASE_HOST_STATUS_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/config.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace breakerbox {

/// What trips a host under its rule.
struct trip_condition {
    enum class kind : std::uint8_t {
        /// More than `threshold` failures.
        more_failures_than,
        /// `threshold` failures in a row.
        failures_in_a_row,
        /// A share of failures of `threshold`, or a share of slow calls of `slow_threshold`, among
        /// `minimum_calls` or more.
        rate,
    };

    kind what = kind::more_failures_than;
    double threshold = 0;
    /// Zero where slow calls aren't rated.
    double slow_threshold = 0;
    std::uint64_t minimum_calls = 0;

    friend bool operator==(trip_condition const&, trip_condition const&) = default;
};

/// The probes of a half-open host, or of the last time it was half-open; all zero where its rule has none.
struct probe_counts {
    std::uint32_t out = 0;
    std::uint32_t most_out = 0;
    std::uint32_t successes = 0;
    std::uint32_t successes_to_close = 0;
    std::uint32_t failures = 0;
    std::uint32_t failures_to_reopen = 0;
    /// Those that did not report within their lease: it may be too short for the calls.
    std::uint32_t given_up = 0;

    friend bool operator==(probe_counts const&, probe_counts const&) = default;
};

/// What a rule says of one host at one moment.
struct host_status {
    breaker_state state = breaker_state::closed;
    trip_cause cause = trip_cause::none;
    /// The failures counted now, or where the host isn't closed, when it tripped; the same holds for the next
    /// two. A rule that counts failures alone leaves those at zero.
    std::uint64_t failures = 0;
    std::uint64_t calls = 0;
    std::uint64_t slow_calls = 0;
    trip_condition condition{};
    probe_counts probes{};
    /// When the host opened, on the store's clock; absent while it is closed. With the default clock this is
    /// a time point of std::chrono::steady_clock, counted in whole microseconds.
    std::optional<std::chrono::microseconds> opened_at = std::nullopt;
    /// How long until a call may pass; never negative, in whole microseconds rounded up; zero while it may
    /// now, the longest duration for a host that is open until `reset`. In half-open this is the time until
    /// the earliest probe is given up: one that reports makes place sooner.
    duration retry_after = duration::zero();

    /// Whether a call would be let through now.
    bool is_available() const noexcept { return retry_after == duration::zero(); }

    friend bool operator==(host_status const&, host_status const&) = default;
};

} // namespace breakerbox

// How it is printed.
#include <breakerbox/base/host_status_text.hpp>

#endif
