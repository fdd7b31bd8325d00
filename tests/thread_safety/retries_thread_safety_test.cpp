// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include "support/on_threads.hpp"

#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/budget/budget.hpp>
#include <breakerbox/budget/retry_budget.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/attempt_context.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/store/memory_store.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <exception>
#include <stdexcept>
#include <string>

namespace retries_thread_safety_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;

TEST_CASE("thread safety: 8 threads of calls that fail, are refused, cancelled and destroyed in their wait "
          "make as many "
          "retries as there are") {
    // Of which nothing is forgotten while the test runs.
    bb::shared_budget budget{bb::retry_budget{.ratio = 0.5, .min_per_second = 0, .window = 1h}};
    bb::circuit_breaker breaker{
        bb::memory_store{bb::failure_count{.max_failures = 500, .reset_timeout = 1h}}};
    std::atomic<int> calls = 0;
    std::atomic<int> retries = 0;
    support::on_threads(8, [&](int thread) {
        asio::io_context context{1};
        auto const operation = [&](bb::attempt_context const& attempt) -> asio::awaitable<int> {
            ++(attempt.number() == 1 ? calls : retries);
            throw std::runtime_error{"down"};
            co_return 7;
        };
        auto const wait = [](bb::attempt const& a) { return a.number % 2 == 0 ? 1h : 0h; };
        bb::retrier const retrier{
            bb::stop_after_attempt{5}, bb::retry_if_exception<>{}, wait, breaker, {.budget = &budget}};
        std::deque<asio::cancellation_signal> signals;
        auto const host = "host " + std::to_string(thread % 3);
        for (int i = 0; i != 500; ++i) {
            asio::co_spawn(
                context, retrier.outcome(host, operation),
                asio::bind_cancellation_slot(signals.emplace_back().slot(),
                                             [](std::exception_ptr, bb::call_outcome<int> const&) {}));
            context.poll();
            context.restart();
            if (i % 3 == 0)
                signals.back().emit(asio::cancellation_type::terminal);
            if (i % 100 == 99)
                breaker.reset_now(host);
        }
        context.poll();
    });
    CHECK(calls > 1000);
    CHECK(retries > 100);
    CHECK(retries <= calls / 2);
    // What is left is what no call has made: none has taken more than it made, nor brought anything back.
    CHECK(budget.available() == static_cast<unsigned>(calls / 2 - retries));
}

} // namespace retries_thread_safety_test
