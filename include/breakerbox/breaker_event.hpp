// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_EVENT_HPP
#define BREAKERBOX_BREAKER_EVENT_HPP

#include <breakerbox/breaker_state.hpp>
#include <breakerbox/host_name.hpp>
#include <breakerbox/host_status.hpp>

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string_view>

namespace breakerbox {

/// What a breaker tells its observer. Its host and status are there for as long as the observer runs; `change_history`
/// keeps them.
struct breaker_event {
    enum class kind : std::uint8_t {
        /// The host went from `from` to `status.state`. What time does is no event: under failure_count a host
        /// is closed again when its count has run out, and nobody is there to notice; nor is it one that a host is
        /// forgotten, or had to go from a full store.
        state_changed,
        /// A call was refused.
        call_rejected,
    };

    kind what;
    std::string_view host;
    breaker_state from;
    /// With the evidence of what happened.
    host_status const& status;
    /// When it happened, on the store's clock.
    std::chrono::microseconds at{};
};

inline std::ostream& operator<<(std::ostream& out, breaker_event const& event) {
    auto const host = "host '" + detail::printable(event.host) + '\'';
    if (event.what == breaker_event::kind::call_rejected)
        return out << host + " refused a call, being " + detail::status_text(event.status);
    return out << host + " went from " + detail::change_text(event.from, event.status);
}

} // namespace breakerbox

#endif
