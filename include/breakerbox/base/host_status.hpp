// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_HOST_STATUS_HPP
#define BREAKERBOX_BASE_HOST_STATUS_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/duration_text.hpp>
#include <breakerbox/base/joined.hpp>
#include <breakerbox/base/number_text.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

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

namespace detail {

/// "1 probe", "2 probes".
inline std::string counted(std::uint64_t count, std::string_view what) {
    return joined({number_text(count), " ", what, count == 1 ? "" : "s"});
}

/// 0.125 as "12.5%".
inline std::string percent(double share) {
    return joined({number_text(share * 100), "%"});
}

/// What the rule has counted, beside where it trips.
inline std::string evidence_text(host_status const& status) {
    auto const& limit = status.condition;
    auto const threshold = number_text(static_cast<std::uint64_t>(limit.threshold));
    if (limit.what == trip_condition::kind::more_failures_than)
        return joined({counted(status.failures, "failure"), " (at most ", threshold, " allowed)"});
    if (limit.what == trip_condition::kind::failures_in_a_row)
        return joined({counted(status.failures, "failure"), " in a row (trips at ", threshold, ")"});
    auto const failed =
        joined({number_text(status.failures), " of ", counted(status.calls, "call"), " failed"});
    auto const least = joined({" of at least ", number_text(limit.minimum_calls), ")"});
    if (limit.slow_threshold == 0)
        return joined({failed, " (trips at ", percent(limit.threshold), least});
    return joined({failed, " and ", number_text(status.slow_calls), " took too long (trips at ",
                   percent(limit.threshold), " failed or ", percent(limit.slow_threshold), " slow,", least});
}

/// Why a host is open, and when it may be tried again.
inline std::string cause_text(host_status const& status) {
    switch (status.cause) {
    case trip_cause::slow_calls:
        return " for slow calls";
    case trip_cause::failed_probes:
        return joined({" after ", counted(status.probes.failures, "failed probe")});
    case trip_cause::by_hand:
        return " by hand";
    case trip_cause::none:
    case trip_cause::failures:
        break;
    }
    return {};
}

inline std::string retry_text(host_status const& status) {
    if (status.is_available())
        return status.state == breaker_state::open ? ", may be tried now" : "";
    if (status.retry_after == duration::max())
        return status.state == breaker_state::open ? ", until reset" : "";
    // A probe that reports makes room before one is given up.
    bool const is_latest = status.state == breaker_state::half_open;
    return joined({", retry after ", duration_text(status.retry_after), is_latest ? " at the latest" : ""});
}

/// ": 3 failures (...)", or nothing: a host that was opened by hand may have nothing counted.
inline std::string evidence_after_colon(host_status const& status) {
    bool const has_evidence =
        status.state == breaker_state::closed || status.failures != 0 || status.slow_calls != 0;
    return has_evidence ? joined({": ", evidence_text(status)}) : std::string{};
}

/// "1 of 2 probes out, 0 of 1 success, 1 given up".
inline std::string probes_text(probe_counts const& probes) {
    auto const given_up =
        probes.given_up == 0 ? std::string{} : joined({", ", number_text(probes.given_up), " given up"});
    return joined({number_text(probes.out), " of ", counted(probes.most_out, "probe"), " out, ",
                   number_text(probes.successes), " of ", number_text(probes.successes_to_close),
                   probes.successes_to_close == 1 ? " success" : " successes", given_up});
}

inline std::string status_text(host_status const& status) {
    auto const state = to_string(status.state);
    auto const evidence = evidence_after_colon(status);
    if (status.state != breaker_state::half_open)
        return joined({state, cause_text(status), evidence, retry_text(status)});
    // That probes failed before shows in how the open time has grown.
    auto const opened = status.cause == trip_cause::failed_probes ? std::string{} : cause_text(status);
    auto const has_more = !opened.empty() || !evidence.empty();
    return joined({state, ": ", probes_text(status.probes), retry_text(status), has_more ? "; opened" : "",
                   opened, evidence});
}

/// What a change of state means: it is told once, and says what is new.
inline std::string change_text(breaker_state from, host_status const& to) {
    auto const states = joined({to_string(from), " to ", to_string(to.state)});
    switch (to.state) {
    case breaker_state::half_open:
        return joined({states, ": ", counted(to.probes.most_out, "probe"), " may pass, ",
                       number_text(to.probes.successes_to_close),
                       to.probes.successes_to_close == 1 ? " success closes it" : " successes close it"});
    case breaker_state::closed:
        if (to.probes.successes != 0)
            return joined({states, " after ", counted(to.probes.successes, "successful probe")});
        return joined({states, " by hand"});
    case breaker_state::open:
        break;
    }
    auto const evidence = from == breaker_state::closed ? evidence_after_colon(to) : std::string{};
    return joined({states, cause_text(to), evidence, retry_text(to)});
}

} // namespace detail

/// One line, such as "open: 5 failures in a row (trips at 5), retry after 30s".
inline std::ostream& operator<<(std::ostream& out, host_status const& status) {
    return out << detail::status_text(status);
}

} // namespace breakerbox

#endif
