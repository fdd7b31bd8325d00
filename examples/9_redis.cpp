// SPDX-License-Identifier: BSL-1.0
//
// Two processes, one ban: what the first learns of a dead host, the second knows before its first call. All that
// they share is a Redis server, whose URL is the argument.

#include <breakerbox/redis.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_future.hpp>

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
namespace bb = breakerbox;
using namespace std::chrono_literals;

asio::awaitable<std::string> foo() {
    std::cout << "  foo is called, and does not answer\n";
    throw std::runtime_error("no answer");
    co_return "an answer"; // never reached, but makes foo a coroutine
}

asio::awaitable<void> call_foo(std::string url, bool clean_up) {
    auto const executor = co_await asio::this_coro::executor;
    bb::redis_connection const connection{executor, url};
    bb::consecutive_failures const rule{.threshold = 3, .recovery = {.open_for = 1min}};
    // A service does well to leave this out: without Redis, each process then goes on by itself.
    bb::redis_store_options const options{.when_store_fails = bb::when_store_fails::fail};
    bb::circuit_breaker breaker{bb::redis_store{rule, connection, options}};
    bb::retrier const retrier{bb::stop_after_attempt{5}, bb::retry_if_exception<>{}, bb::wait_fixed{10ms},
                              breaker};
    try {
        std::cout << co_await retrier.retry("foo.example.com", foo) << '\n';
    } catch (bb::host_unavailable const& refused) {
        std::cout << "  " << refused.why().host.str() << " is banned: foo is not called\n";
    }
    if (clean_up)
        co_await breaker.reset("foo.example.com"); // Lifts the ban, for all who share it.
}

void run_process(char const* name, std::string const& url, bool clean_up) {
    std::cout << name << '\n';
    asio::io_context context;
    auto done = asio::co_spawn(context, call_foo(url, clean_up), asio::use_future);
    context.run();
    done.get();
}

int main(int argc, char** argv) {
    std::string const url = argc > 1 ? argv[1] : "redis://localhost:6379";
    try {
        // Before there is an io_context: each process has one of its own.
        pid_t const child = fork();
        if (child < 0)
            throw std::runtime_error("no second process could be had");
        if (child == 0) {
            run_process("first process", url, false);
            return EXIT_SUCCESS;
        }
        int status = EXIT_FAILURE;
        waitpid(child, &status, 0);
        if (status != EXIT_SUCCESS)
            return EXIT_FAILURE; // The child has said why.
        run_process("second process", url, true);
    } catch (std::exception const& error) {
        std::cerr << "9_redis: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
