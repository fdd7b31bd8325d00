// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_DETAIL_SERVER_ADDRESS_HPP
#define BREAKERBOX_REDIS_DETAIL_SERVER_ADDRESS_HPP

#include <breakerbox/redis/config.hpp>
#include <breakerbox/redis/url.hpp>

#include <stdexcept>
#include <string>

namespace breakerbox::detail {

/// The address that a configuration stands for. Throws std::invalid_argument where anything in it can't be right, or
/// its URL and its transport don't go together.
inline redis_address reachable_address(redis_config const& config) {
    auto address = checked_address(config);
    auto const is_tls = address.type == redis_address::kind::tls;
    if (is_tls && !config.transport)
        throw std::invalid_argument("breakerbox: a rediss:// URL needs redis_config.transport: include "
                                    "<breakerbox/redis/tls.hpp> and set it to redis_tls(context)");
    if (!is_tls && config.transport)
        throw std::invalid_argument("breakerbox: redis_config.transport is set, so redis_config.url must "
                                    "begin with rediss://");
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
