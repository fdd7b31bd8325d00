// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_CONFIG_HPP
#define BREAKERBOX_REDIS_CONNECTION_CONFIG_HPP

#include <breakerbox/base/callback.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/base/text_view.hpp>
#include <breakerbox/redis/connection/url.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace breakerbox {

struct redis_connection_event;

/// What a connection to Redis says first.
enum class redis_handshake : std::uint8_t {
    /// AUTH and SELECT where they are asked for, the client's name, the scripts, and PING.
    full,
    /// AUTH and SELECT alone, for proxies that close on what they don't know: nor are SCRIPT LOAD and PING sent later.
    minimal,
};

/// Who a connection to a Redis server says that it is, and what it may take. It owns nothing: what its texts look at
/// must live until the connection has been constructed, which copies them.
struct redis_config {
    /// Stand in for the URL's where they are not empty. No error or event shows them.
    text_view user{};
    text_view password{};
    /// Stands in for the URL's where it is given; from 0 to 2147483647.
    std::optional<std::uint32_t> database{};
    /// What CLIENT LIST shows; of printable ASCII characters other than the space, or empty for none.
    text_view client_name = "breakerbox";

    /// How long a connection may take to be made, from resolving the name to the end of the handshake; more
    /// than zero.
    duration connect_timeout = std::chrono::seconds{5};
    /// How long a command may wait for the connection and its reply; more than zero. It is what a Redis that
    /// hangs costs a caller, so it is far above a good reply's time, and far below what a guarded call takes.
    duration command_timeout = std::chrono::milliseconds{500};
    /// The connection is given up when its oldest command has been without a reply for so long, since a
    /// server that is gone may say nothing at all; `command_timeout` or more.
    duration stall_timeout = std::chrono::seconds{2};
    /// After how long without any traffic a PING asks whether the server is still there; more than zero.
    duration idle_ping_after = std::chrono::seconds{10};
    /// The wait before a connection is made anew is random between zero and a bound that doubles from the
    /// first of these up to the second; more than zero, and no less than the first.
    duration reconnect_min = std::chrono::milliseconds{50};
    duration reconnect_max = std::chrono::seconds{5};
    /// The wait after the server refused the password or the user, which time alone doesn't mend; more than
    /// zero.
    duration reconnect_after_refusal = std::chrono::seconds{30};
    /// A connection that is as old is made anew, once the replies that it owes have come; up to a tenth earlier, at
    /// random, so that many don't at once. More than zero.
    duration max_connection_age = duration::max();
    redis_handshake handshake = redis_handshake::full;

    /// How many commands may wait for their replies, those that timed out included; 1 or more.
    std::size_t max_waiting_commands = 10'000;
    /// How many bytes may wait to be written; 1 or more.
    std::size_t max_unwritten_bytes = 16 * 1024 * 1024;
    /// How many bytes one reply may have as it is sent; 1 or more.
    std::size_t max_reply_bytes = 16 * 1024 * 1024;
    /// How many elements one reply may have, those of nested arrays included; 1 or more.
    std::size_t max_reply_elements = 100'000;

    /// Told when the connection is made, lost or refused, on the connection's strand. What it throws is
    /// ignored.
    callback<void(redis_connection_event const&)> observer{};
};

namespace detail {

/// The address of a URL, with what the configuration has instead of its parts. Throws std::invalid_argument
/// naming the field or the part of the URL that can't be right, never showing a password.
inline redis_address checked_address(std::string_view url, redis_config const& config) {
    auto const require_positive = [](std::string_view field, duration value) {
        require(value > duration::zero(), field, "more than zero", value);
    };
    auto const require_some = [](std::string_view field, std::size_t value) {
        require(value >= 1, field, "1 or more", value);
    };
    require_positive("redis_config.connect_timeout", config.connect_timeout);
    require_positive("redis_config.command_timeout", config.command_timeout);
    require(config.stall_timeout >= config.command_timeout, "redis_config.stall_timeout",
            "redis_config.command_timeout or more", config.stall_timeout);
    require_positive("redis_config.idle_ping_after", config.idle_ping_after);
    require_positive("redis_config.reconnect_min", config.reconnect_min);
    require(config.reconnect_max >= config.reconnect_min, "redis_config.reconnect_max",
            "redis_config.reconnect_min or more", config.reconnect_max);
    require_positive("redis_config.reconnect_after_refusal", config.reconnect_after_refusal);
    require_positive("redis_config.max_connection_age", config.max_connection_age);
    require_some("redis_config.max_waiting_commands", config.max_waiting_commands);
    require_some("redis_config.max_unwritten_bytes", config.max_unwritten_bytes);
    require_some("redis_config.max_reply_bytes", config.max_reply_bytes);
    require_some("redis_config.max_reply_elements", config.max_reply_elements);
    std::string_view const name = config.client_name;
    require(std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; }), "redis_config.client_name",
            "of printable ASCII characters without spaces", name);

    auto address = parse_redis_url(url);
    if (!config.user.empty())
        address.user = std::string_view{config.user};
    if (!config.password.empty())
        address.password = std::string_view{config.password};
    if (config.database) {
        require(*config.database <= max_redis_database, "redis_config.database", "from 0 to 2147483647",
                *config.database);
        address.database = config.database;
    }
    return address;
}

} // namespace detail

} // namespace breakerbox

#endif
