// SPDX-License-Identifier: BSL-1.0
//
// Both: each attempt needs the breaker's leave, and a refusal becomes an error of the application's own.

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

struct no_answer : std::runtime_error {
    using runtime_error::runtime_error;
};

/// What this service answers its own callers with.
struct http_error : std::runtime_error {
    http_error(int with_status, std::string const& text, std::chrono::seconds come_back_in)
        : runtime_error(text), status(with_status), retry_after(come_back_in) {}

    int status;
    std::chrono::seconds retry_after;
};

struct api_breaker : bb::circuit_breaker<bb::memory_store<bb::failure_count>> {
    using circuit_breaker::circuit_breaker;

    [[noreturn]] void on_host_unavailable(bb::rejection const& why) override {
        // Rounded up: who comes back a moment too early is refused again.
        throw http_error{503, why.host.str() + " is unavailable",
                         std::chrono::ceil<std::chrono::seconds>(why.retry_after)};
    }
};

asio::awaitable<std::string> foo(std::string const& request) {
    std::cout << "foo is called: " << request << '\n';
    throw no_answer{"no answer to " + request};
    co_return "an answer"; // never reached, but makes foo a coroutine
}

asio::awaitable<void> retry_foo_until_refused() {
    bb::failure_count const rule{.max_failures = 1, .reset_timeout = 10s};
    api_breaker breaker{bb::memory_store{rule, {.max_hosts = 256}}};

    bb::stop_after_attempt const stop{4};
    bb::retry_if_exception<no_answer> const retry_if;
    bb::wait_exponential_jitter const wait{.initial = 10ms, .max = 1s, .jitter = 10ms};
    bb::retrier const retrier{stop, retry_if, wait, breaker};

    std::string const host = "example.com";
    std::string const request = "GET http://example.com/";
    try {
        std::cout << co_await retrier.retry(host, foo, request) << '\n';
    } catch (http_error const& error) {
        std::cout << "HTTP " << error.status << ": " << error.what()
                  << "\nRetry-After: " << error.retry_after.count() << '\n';
    }
}

int main() {
    asio::io_context context;
    asio::co_spawn(context, retry_foo_until_refused(), [](std::exception_ptr error) {
        if (error)
            std::rethrow_exception(error);
    });
    context.run();
}
