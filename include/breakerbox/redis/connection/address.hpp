// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_ADDRESS_HPP
#define BREAKERBOX_REDIS_CONNECTION_ADDRESS_HPP

#include <cstdint>
#include <optional>
#include <string>

namespace breakerbox {

/// Where a Redis server is, and how to be let in.
struct redis_address {
    enum class kind : std::uint8_t { tcp, tls, unix_socket };

    kind type = kind::tcp;
    /// A name or an address, an IPv6 one without its brackets; empty for a Unix socket.
    std::string host{};
    std::uint16_t port = 6379;
    /// The path of a Unix socket; empty for all else.
    std::string path{};
    /// Empty for Redis' default user.
    std::string user{};
    std::string password{};
    /// Where none is given, the server takes its first one, 0.
    std::optional<std::uint32_t> database{};

    /// Whether the server is to be sent AUTH.
    bool has_credentials() const noexcept { return !user.empty() || !password.empty(); }
};

} // namespace breakerbox

#endif
