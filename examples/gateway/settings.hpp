// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_SETTINGS_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_SETTINGS_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/budget/retry_budget.hpp>
#include <breakerbox/rule/failure_rate.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/address_v4.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gateway {

namespace asio = boost::asio;
namespace bb = breakerbox;

/// Where an upstream is, and the name that stands for it: in paths, and as the breaker's host.
struct upstream_address {
    std::string name;
    std::string host;
    std::string port;
    /// The Host of the requests that it gets.
    std::string authority;
    /// What its paths begin with; empty, or "/base" without a slash at its end.
    std::string base;
};

/// What one client may take, so that a slow or hostile one harms nobody.
struct client_limits {
    std::uint32_t header_bytes = 16 * 1024;
    std::uint64_t body_bytes = 1024 * 1024;
    /// Between two requests of a connection, and before the first.
    bb::duration idle_time = std::chrono::seconds{60};
    /// From a request's first byte to the end of its header, for its body, and for taking the answer.
    bb::duration header_time = std::chrono::seconds{10};
    bb::duration body_time = std::chrono::seconds{30};
    bb::duration write_time = std::chrono::seconds{30};
    /// All clients together.
    std::size_t connections = 1000;
    std::size_t event_streams = 50;
};

/// When an upstream is refused, and how it is tried again. Slow calls count, too: an upstream that is about to fail
/// often grows slow first.
inline bb::failure_rate default_rule() {
    using namespace std::chrono_literals;
    return {.threshold = 0.5,
            .minimum_calls = 10,
            .window = 10s,
            .slow_call = {.longer_than = 1s, .threshold = 0.8},
            .recovery = {.open_for = 5s,
                         .growth = 2,
                         .max_open_for = 20s,
                         .jitter = 0.1,
                         .probes = 2,
                         .successes_to_close = 3,
                         .probe_lease = 10s}};
}

struct settings {
    asio::ip::address address = asio::ip::address_v4::loopback();
    /// 0 for any that is free.
    std::uint16_t port = 8080;
    /// By which other names and IP addresses, in lower case and without a port, clients may ask for the gateway's own
    /// page, metrics and levers.
    std::vector<std::string> hosts;
    std::vector<upstream_address> upstreams;
    /// "memory", or the URL of a Redis server.
    std::string store = "memory";

    std::uint32_t attempts = 3;
    bb::duration attempt_timeout = std::chrono::seconds{2};
    bb::duration deadline = std::chrono::seconds{5};
    bb::failure_rate rule = default_rule();
    /// Each upstream has one, shared by all calls of it: one that is down must not eat up the others' retries.
    bb::retry_budget budget{.ratio = 0.2, .min_per_second = 2};
    std::uint64_t answer_bytes = 8 * 1024 * 1024;

    client_limits clients;
    /// How long a shutdown waits for what is under way.
    bb::duration drain_time = std::chrono::seconds{10};
};

} // namespace gateway

#endif
