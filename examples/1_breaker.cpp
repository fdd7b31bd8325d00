// SPDX-License-Identifier: BSL-1.0
//
// The breaker by itself: ask whether a host is available, say when a call to it has failed.

#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/testing.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <iostream>
#include <string>

namespace asio = boost::asio;
namespace bb = breakerbox;
using namespace std::chrono_literals;

// In virtual time the ten seconds below pass at once. A service leaves the clock out, and gets the real one.
using store = bb::memory_store<bb::failure_count, bb::testing::virtual_clock>;
using timer = bb::testing::virtual_timer;

asio::awaitable<void> print_availability(bb::circuit_breaker<store>& breaker, std::string const& host) {
    bool const available = co_await breaker.is_host_available(host);
    std::cout << host << " is " << (available ? "available\n" : "not available\n");
}

asio::awaitable<void> count_failures_of_a_host() {
    std::string const host = "example.com";
    bb::failure_count const rule{.max_failures = 1, .reset_timeout = 10s};
    bb::circuit_breaker breaker{store{rule, {.max_hosts = 256}}};

    for (int call = 0; call != 4; ++call) {
        co_await print_availability(breaker, host);
        // Counting goes on while the host is not available, and keeps it so.
        auto const failures = co_await breaker.increment_failures_count(host);
        std::cout << "failures: " << failures << '\n';
    }
    co_await print_availability(breaker, host);

    timer reset{co_await asio::this_coro::executor, rule.reset_timeout};
    co_await reset.async_wait(asio::use_awaitable);
    std::cout << "10 seconds after the last failure:\n";
    co_await print_availability(breaker, host);
}

int main() {
    bb::testing::virtual_time time;
    time.run(count_failures_of_a_host());
}
