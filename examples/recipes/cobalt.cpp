// SPDX-License-Identifier: BSL-1.0
//
// Boost.Cobalt: breakerbox's coroutines are Asio's awaitables. A cobalt task spawns one as an Asio operation, and awaits
// that; its operation may in turn spawn a cobalt task.

#include <breakerbox/breakerbox.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/cobalt.hpp>

#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
namespace bb = breakerbox;
namespace cobalt = boost::cobalt;
using namespace std::chrono_literals;

/// Written with cobalt. Fails the first two times.
cobalt::task<std::string> get(std::string path) {
    static int calls = 0;
    std::cout << "call " << ++calls << '\n';
    if (calls <= 2)
        throw std::runtime_error("connection reset");
    co_return "200 OK for " + path;
}

/// What a retrier can call.
asio::awaitable<std::string> get_with_asio(std::string const& path) {
    co_return co_await cobalt::spawn(co_await asio::this_coro::executor, get(path), asio::use_awaitable);
}

cobalt::main co_main(int, char*[]) {
    bb::circuit_breaker breaker{bb::memory_store{bb::consecutive_failures{.threshold = 5}}};
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_if_exception<std::runtime_error>{},
                              bb::wait_fixed{1ms}, breaker};

    auto const executor = co_await cobalt::this_coro::executor;
    auto call = retrier.retry("example.com", get_with_asio, "/index.html");
    std::cout << co_await asio::co_spawn(executor, std::move(call), cobalt::use_op) << '\n';
    co_return 0;
}
