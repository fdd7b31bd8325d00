// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_BREAKER_STATE_HPP
#define BREAKERBOX_BASE_BREAKER_STATE_HPP

#include <cstdint>
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

/// Why a host is not closed.
enum class trip_cause : std::uint8_t {
    /// It is closed.
    none,
    /// Its calls failed.
    failures,
    /// Its calls took too long.
    slow_calls,
    /// It was tried again, and failed.
    failed_probes,
    /// `force_open`.
    by_hand,
};

} // namespace breakerbox

#endif
