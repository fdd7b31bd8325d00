// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_HOST_STATUS_HPP
#define BREAKERBOX_HOST_STATUS_HPP

#include <breakerbox/config.hpp>
#include <breakerbox/detail/duration_text.hpp>
#include <breakerbox/host_name.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string_view>

namespace breakerbox {

/// How one call went, as far as the host is concerned. `neutral` says nothing of the host: the call was
/// cancelled, or failed for a reason of its own.
enum class verdict : std::uint8_t { success, failure, neutral };

/// closed: calls pass. open: calls are refused. half_open: a limited number of probes pass.
enum class breaker_state : std::uint8_t { closed, open, half_open };

constexpr std::string_view to_string(verdict v) noexcept {
    switch (v) {
    case verdict::success:
        return "success";
    case verdict::failure:
        return "failure";
    case verdict::neutral:
        break;
    }
    return "neutral";
}

constexpr std::string_view to_string(breaker_state state) noexcept {
    switch (state) {
    case breaker_state::closed:
        return "closed";
    case breaker_state::open:
        return "open";
    case breaker_state::half_open:
        break;
    }
    return "half-open";
}

inline std::ostream& operator<<(std::ostream& out, verdict v) {
    return out << to_string(v);
}
inline std::ostream& operator<<(std::ostream& out, breaker_state state) {
    return out << to_string(state);
}

/// What a rule says of one host at one moment.
struct host_status {
    breaker_state state = breaker_state::closed;
    /// The failures counted now.
    std::uint64_t failures = 0;
    /// The most failures the rule lets pass.
    std::uint64_t max_failures = 0;
    /// When the host opened, on the store's clock; absent while it is closed. With the default clock this is
    /// a time point of std::chrono::steady_clock, counted in whole microseconds.
    std::optional<std::chrono::microseconds> opened_at = std::nullopt;
    /// How long until a call may pass; never negative, in whole microseconds rounded up; zero while it may
    /// now.
    duration retry_after = duration::zero();

    friend bool operator==(host_status const&, host_status const&) = default;
};

inline std::ostream& operator<<(std::ostream& out, host_status const& status) {
    out << status.state << ": " << status.failures << (status.failures == 1 ? " failure" : " failures")
        << " (at most " << status.max_failures << " allowed)";
    if (status.retry_after > duration::zero())
        out << ", retry after " << detail::duration_text(status.retry_after);
    return out;
}

/// A look at one host.
struct snapshot : host_status {
    host_name host;

    friend bool operator==(snapshot const&, snapshot const&) = default;
};

/// Why a call was not let through.
struct rejection : host_status {
    host_name host;

    friend bool operator==(rejection const&, rejection const&) = default;
};

inline std::ostream& operator<<(std::ostream& out, snapshot const& s) {
    return out << "host '" << s.host << "' is " << static_cast<host_status const&>(s);
}

inline std::ostream& operator<<(std::ostream& out, rejection const& why) {
    return out << "host '" << why.host << "' is " << static_cast<host_status const&>(why);
}

} // namespace breakerbox

#endif
