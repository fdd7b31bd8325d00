// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_CONNECTION_EVENT_HPP
#define BREAKERBOX_REDIS_CONNECTION_CONNECTION_EVENT_HPP

#include <breakerbox/base/cause_text.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/duration_text.hpp>
#include <breakerbox/base/printable.hpp>

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <ostream>
#include <string_view>

namespace breakerbox {

/// What a connection to Redis tells its observer. Its texts are there for as long as the observer runs, and never
/// hold a password.
struct redis_connection_event {
    enum class kind : std::uint8_t {
        /// The server takes commands now.
        connected,
        /// A connection that took commands is gone. Those that were sent have ended with `connection_lost`.
        lost,
        /// A connection could not be made.
        failed,
        /// The server refused the user or the password, or wants one: the next try is long from now.
        refused,
    };

    kind what;
    /// "host:port", or the path of the Unix socket.
    std::string_view server;
    /// Why; none where it is `connected`.
    boost::system::error_code error{};
    /// The server's own words, or other details; may be empty.
    std::string_view text{};
    /// When a connection is tried next, counted from now.
    duration next_try_in{};
};

/// One line.
inline std::ostream& operator<<(std::ostream& out, redis_connection_event const& event) {
    using enum redis_connection_event::kind;
    out << "Redis at " << detail::printable(event.server);
    if (event.what == connected)
        return out << ": connected";
    out << (event.what == lost      ? ": connection lost: "
            : event.what == refused ? ": refused: "
                                    : ": connecting failed: ")
        << detail::printable(detail::cause_text(event.error, event.text));
    return out << "; next try in " << detail::duration_text(event.next_try_in);
}

} // namespace breakerbox

#endif
