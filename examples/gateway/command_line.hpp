// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_COMMAND_LINE_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_COMMAND_LINE_HPP

#include "../fetch/command_line.hpp"
#include "../fetch/url.hpp"
#include "own_hosts.hpp"
#include "routing.hpp"
#include "settings.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

inline constexpr std::string_view usage =
    "usage: gateway --upstream NAME=URL... [--listen ADDRESS] [--port N] [--host NAME]... [--attempts N]\n"
    "               [--timeout D] [--deadline D] [--drain D] [--store S]\n"
    "\n"
    "An HTTP reverse proxy: a request for /NAME/... goes to that upstream with the rest of its path. / shows "
    "how the\n"
    "upstreams are, /metrics tells Prometheus.\n"
    "\n"
    "  --upstream NAME=URL  such as orders=http://127.0.0.1:9001; a name is of a-z, 0-9, '-' and '_'\n"
    "  --listen ADDRESS     the IP address to listen on (127.0.0.1); whoever reaches it may use the page's "
    "levers, too\n"
    "  --port N             the port to listen on, 0 for any that is free (8080)\n"
    "  --host NAME          one more name or IP address under which there are the page, its levers and the "
    "metrics,\n"
    "                       besides the address listened on and localhost; what is proxied may name any\n"
    "  --attempts N         how often an idempotent request is tried at most (3)\n"
    "  --timeout D          how long one attempt may take (2s)\n"
    "  --deadline D         how long a request may take with all its attempts (5s)\n"
    "  --drain D            how long a shutdown waits for requests that are under way (10s)\n"
    "  --store S            where failures are counted: in memory, or for all gateways that use the same "
    "Redis,\n"
    "                       whose URL S is then, such as redis://localhost:6379 (memory)\n"
    "\n"
    "D is a whole number with its unit, such as 500ms or 2s.\n";

inline upstream_address parse_upstream(std::string_view text) {
    auto const equals = text.find('=');
    auto const name = text.substr(0, equals);
    if (equals == text.npos || !is_upstream_name(name))
        fetch::refuse_flag("--upstream",
                           "NAME=URL, the name of a-z, 0-9, '-' and '_', and not one of the gateway's own "
                           "paths (events, metrics, upstreams)",
                           text);
    auto const url = fetch::parse_url(text.substr(equals + 1));
    auto base = url.target;
    if (base.find('?') != base.npos)
        fetch::refuse_flag("--upstream", "NAME=URL, the URL without a query", text);
    base.erase(base.find_last_not_of('/') + 1);
    return {.name = std::string{name},
            .host = url.host,
            .port = url.port,
            .authority = url.authority,
            .base = base};
}

inline asio::ip::address parse_address(std::string_view flag, std::string_view value) {
    boost::system::error_code error;
    auto const address = asio::ip::make_address(value, error);
    if (error)
        fetch::refuse_flag(flag, "an IP address", value);
    return address;
}

inline std::string parse_own_host(std::string_view flag, std::string_view value) {
    auto const host = fetch::lower_case(value);
    if (address_in(host))
        return host;
    auto const name = host_in(host);
    if (!fetch::is_host_name(name) || host.find(':') != host.npos)
        fetch::refuse_flag(flag, "a host name or an IP address, without a port", value);
    return name;
}

inline std::uint16_t parse_listening_port(std::string_view flag, std::string_view value) {
    auto const port = fetch::parse_port(value);
    if (port == 0 && value != "0")
        fetch::refuse_flag(flag, "a number from 0 to 65535", value);
    return port;
}

inline bb::duration parse_positive_duration(std::string_view flag, std::string_view value) {
    auto const time = fetch::parse_duration(flag, value);
    if (time == time.zero())
        fetch::refuse_flag(flag, "more than zero", value);
    return time;
}

/// Nothing where help is wanted. Throws std::invalid_argument that names what is wrong and what was expected.
inline std::optional<settings> parse_command_line(std::vector<std::string_view> const& arguments) {
    settings parsed;
    for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
        auto const flag = *argument;
        if (flag == "--help")
            return std::nullopt;
        auto const value = [&] {
            if (++argument == arguments.end())
                throw std::invalid_argument(std::string{flag} + " needs a value after it");
            return *argument;
        };
        if (flag == "--upstream")
            parsed.upstreams.push_back(parse_upstream(value()));
        else if (flag == "--listen")
            parsed.address = parse_address(flag, value());
        else if (flag == "--port")
            parsed.port = parse_listening_port(flag, value());
        else if (flag == "--host")
            parsed.hosts.push_back(parse_own_host(flag, value()));
        else if (flag == "--attempts")
            parsed.attempts = fetch::parse_count(flag, value());
        else if (flag == "--timeout")
            parsed.attempt_timeout = parse_positive_duration(flag, value());
        else if (flag == "--deadline")
            parsed.deadline = parse_positive_duration(flag, value());
        else if (flag == "--drain")
            parsed.drain_time = fetch::parse_duration(flag, value());
        else if (flag == "--store")
            parsed.store = value();
        else
            throw std::invalid_argument("'" + std::string{flag} +
                                        "' is not a flag; --help tells which there are");
    }
    if (parsed.upstreams.empty())
        throw std::invalid_argument("expected an --upstream NAME=URL at least");
    for (auto const& upstream : parsed.upstreams)
        if (std::ranges::count(parsed.upstreams, upstream.name, &upstream_address::name) != 1)
            throw std::invalid_argument("there are two upstreams with the name '" + upstream.name + "'");
    return parsed;
}

} // namespace gateway

#endif
