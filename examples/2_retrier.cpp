// SPDX-License-Identifier: BSL-1.0
//
// The retrier by itself: which failures are retried, how often, and after what wait.

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

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

struct no_answer : std::runtime_error {
    using runtime_error::runtime_error;
};

asio::awaitable<std::string> foo(std::string const& request) {
    throw no_answer{"no answer to " + request};
    co_return "an answer"; // never reached, but makes foo a coroutine
}

void print(bb::retry_event const& event) {
    std::cout << event << '\n';
}

asio::awaitable<void> retry_foo() {
    bb::stop_after_attempt const stop{4};
    bb::retry_if_exception<no_answer> const retry_if;
    // Short, so that the example ends soon. Services do well to add jitter: see wait_exponential_jitter.
    bb::wait_exponential const wait{.multiplier = 10ms, .max = 1s};
    bb::retrier const retrier{stop, retry_if, wait, {.observer = print}};

    std::string const request = "GET http://example.com/";
    try {
        std::cout << co_await retrier.retry(foo, request) << '\n';
    } catch (no_answer const& error) {
        // The last attempt's own exception.
        std::cout << "foo failed: " << error.what() << '\n';
    }
}

int main() {
    asio::io_context context;
    asio::co_spawn(context, retry_foo(), [](std::exception_ptr error) {
        if (error)
            std::rethrow_exception(error);
    });
    context.run();
}
