// SPDX-License-Identifier: BSL-1.0
//
// A thread pool: any number of calls on any number of threads share one breaker and one retrier, without a lock of
// yours. (With clang, before version 19, see README's pitfalls.)

#include <breakerbox/breakerbox.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <future>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace asio = boost::asio;
namespace bb = breakerbox;
using namespace std::chrono_literals;

std::atomic<int> attempts_at_dead = 0;

asio::awaitable<void> call(std::string const& host) {
    if (host == "dead") {
        ++attempts_at_dead;
        throw std::runtime_error("connection refused");
    }
    co_return;
}

int main() {
    bb::circuit_breaker breaker{bb::memory_store{bb::consecutive_failures{.threshold = 5}}};
    bb::retrier const retrier{bb::stop_after_attempt{3}, bb::retry_if_exception<>{}, bb::wait_fixed{1ms},
                              breaker};

    // Futures bring the results to a thread that is none of the pool's. There they may be waited for.
    asio::thread_pool pool{4};
    std::vector<std::future<void>> alive;
    std::vector<std::future<void>> dead;
    for (int i = 0; i != 500; ++i) {
        alive.push_back(asio::co_spawn(pool, retrier.retry("alive", call, "alive"), asio::use_future));
        dead.push_back(asio::co_spawn(pool, retrier.retry("dead", call, "dead"), asio::use_future));
    }

    auto const succeeded = [](std::vector<std::future<void>>& calls) {
        std::size_t count = 0;
        for (auto& result : calls)
            try {
                result.get();
                ++count;
            } catch (std::exception const&) {
            }
        return count;
    };
    std::cout << "alive: " << succeeded(alive) << " of " << alive.size() << " calls succeeded\n";
    std::cout << "dead: " << succeeded(dead) << " of " << dead.size() << " calls succeeded\n";

    // Five attempts trip the host. What was under way by then on the other threads comes on top of that.
    std::cout << "dead was tried " << (attempts_at_dead <= 5 + 3 ? "hardly more than 5" : "too many")
              << " times\n";
    std::cout << "dead is " << breaker.snapshot_now("dead").state << '\n';
}
