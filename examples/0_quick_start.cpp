// SPDX-License-Identifier: BSL-1.0
//
// The shortest guarded call; README shows it first.

#include <breakerbox/breakerbox.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
namespace bb = breakerbox;
using namespace std::chrono_literals;

// A call of your own: a coroutine that throws where it fails, as this one does twice.
asio::awaitable<std::string> fetch(std::string const& path) {
    static int calls = 0;
    if (++calls <= 2)
        throw std::runtime_error("connection reset");
    co_return "200 OK for " + path;
}

asio::awaitable<void> call_guarded() {
    // Five failures of a host are let pass; with the sixth it is refused, until 30 s after its last failure.
    bb::circuit_breaker breaker{bb::memory_store{bb::failure_count{.max_failures = 5, .reset_timeout = 30s}}};

    bb::retrier const retrier{
        bb::stop_after_attempt{4} | bb::stop_after_delay{30s}, bb::retry_if_exception<std::runtime_error>{},
        bb::wait_exponential_jitter{.initial = 10ms, .max = 5s, .jitter = 10ms}, breaker};

    std::cout << co_await retrier.retry("example.com", fetch, "/index.html") << '\n';
}

int main() {
    asio::io_context context;
    asio::co_spawn(context, call_guarded(), [](std::exception_ptr e) {
        if (e)
            std::rethrow_exception(e);
    });
    context.run();
}
