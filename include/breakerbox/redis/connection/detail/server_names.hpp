// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_SERVER_NAMES_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_SERVER_NAMES_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/redis/connection/detail/stream.hpp>
#include <breakerbox/redis/connection/url.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <string>
#include <utility>
#include <vector>

namespace breakerbox::detail {

using server_endpoints = std::vector<byte_stream::endpoint>;

/// Where a server is whose address says so itself, being a Unix socket's path or made of numbers; empty if it has a
/// name to be looked up, or if the path is too long, which is an error.
inline server_endpoints endpoints_without_look_up(redis_address const& server,
                                                  boost::system::error_code& error) {
    server_endpoints found;
    if (server.type == redis_address::kind::unix_socket) {
        try {
            found.emplace_back(asio::local::stream_protocol::endpoint{server.path});
        } catch (boost::system::system_error const& too_long) {
            error = too_long.code();
        }
    } else {
        boost::system::error_code is_name;
        auto const numbers = asio::ip::make_address(server.host, is_name);
        if (!is_name)
            found.emplace_back(asio::ip::tcp::endpoint{numbers, server.port});
    }
    return found;
}

/// Looks up where a server's name points.
class server_names {
public:
    explicit server_names(connection_strand const& strand) : resolver_(strand) {}

    /// Calls `on_found(error_code, server_endpoints)` on the strand, never within this call.
    template <class OnFound>
    void look_up(redis_address const& server, OnFound on_found) {
        resolver_.async_resolve(
            server.host, std::to_string(server.port),
            [on_found = std::move(on_found)](boost::system::error_code error,
                                             resolver::results_type const& results) mutable {
                server_endpoints found;
                for (auto const& entry : results)
                    found.emplace_back(entry.endpoint());
                on_found(error, std::move(found));
            });
    }

    /// A look-up that the system is stuck in can't be stopped, only forgotten.
    void cancel() { resolver_.cancel(); }

private:
    using resolver = asio::ip::basic_resolver<asio::ip::tcp, connection_strand>;
    resolver resolver_;
};

} // namespace breakerbox::detail

#endif
