// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_BREAKER_EVENT_HPP
#define BREAKERBOX_BREAKER_BREAKER_EVENT_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/cause_text.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/printable.hpp>

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

namespace breakerbox {

/// What a breaker tells its observer. Its host and status are there for as long as the observer runs; `change_history`
/// keeps them.
struct breaker_event {
    enum class kind : std::uint8_t {
        /// The host went from `from` to `status.state`. Where processes share the host, only the one whose call made the
        /// change tells of it. Expiry and eviction raise no event: under failure_count a host closes without one when
        /// its count expires, and so does one that is forgotten or evicted from a full store.
        state_changed,
        /// A call was refused.
        call_rejected,
        /// A probe did not report within its lease and was given up: its place is free, its report will change nothing.
        /// Told by the next call that the host is asked for, once for all that it finds. Where calls take longer than
        /// `recovery.probe_lease` a host never closes: see `permit.renew`.
        probe_given_up,
        /// A shared store could not be asked, for `error`; from now on its `when_store_fails` holds, for `host`
        /// alone where one is named. Told once, by the call that found out.
        store_failed,
        /// The store can be asked again, and is. Told by the next call.
        store_recovered,
    };

    kind what;
    std::string_view host;
    breaker_state from;
    /// With the evidence of what happened; where it happened to the store, that of a host never heard of.
    host_status const& status;
    /// When it happened, on the store's clock.
    std::chrono::microseconds at{};
    /// Why the store failed.
    boost::system::error_code error{};
    /// The same in the server's words, where it had any.
    std::string_view error_text{};
};

namespace detail {

inline std::string store_text(breaker_event const& event) {
    auto const store = std::string{"the store"} +
                       (event.host.empty() ? "" : " of host '" + printable_host(event.host) + '\'');
    if (event.what == breaker_event::kind::store_recovered)
        return store + " has recovered";
    return store + " failed: " + printable(cause_text(event.error, event.error_text));
}

} // namespace detail

/// One line.
inline std::ostream& operator<<(std::ostream& out, breaker_event const& event) {
    using enum breaker_event::kind;
    if (event.what == store_failed || event.what == store_recovered)
        return out << detail::store_text(event);
    auto const host = "host '" + detail::printable_host(event.host) + '\'';
    if (event.what == call_rejected)
        return out << host + " refused a call, being " + detail::status_text(event.status);
    if (event.what == probe_given_up)
        return out << host + " gave up a probe, being " << detail::status_text(event.status);
    return out << host + " went from " + detail::change_text(event.from, event.status);
}

} // namespace breakerbox

#endif
