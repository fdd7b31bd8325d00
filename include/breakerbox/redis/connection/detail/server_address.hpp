// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_SERVER_ADDRESS_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_SERVER_ADDRESS_HPP

#include <breakerbox/redis/connection/config.hpp>
#include <breakerbox/redis/connection/url.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace breakerbox::detail {

/// As `checked_address`, and throws std::invalid_argument where URL and transport don't go together.
inline redis_address reachable_address(std::string_view url, redis_config const& config, bool has_transport) {
    auto address = checked_address(url, config);
    auto const is_tls = address.type == redis_address::kind::tls;
    if (is_tls && !has_transport)
        throw std::invalid_argument("breakerbox: a rediss:// URL needs a transport: include "
                                    "<breakerbox/redis_tls.hpp> and give redis_connection "
                                    "redis_tls(context), behind its configuration");
    if (!is_tls && has_transport)
        throw std::invalid_argument("breakerbox: there is a transport for TLS, so the URL must begin with "
                                    "rediss://");
    return address;
}

/// "host:port", or the path of a Unix socket.
inline std::string server_text(redis_address const& address) {
    if (address.type == redis_address::kind::unix_socket)
        return address.path;
    auto const is_ipv6 = address.host.find(':') != std::string::npos;
    return (is_ipv6 ? '[' + address.host + ']' : address.host) + ':' + std::to_string(address.port);
}

} // namespace breakerbox::detail

#endif
