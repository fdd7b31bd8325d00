// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/budget/budget.hpp>
#include <breakerbox/budget/retry_budget.hpp>
#include <breakerbox/budget/retry_throttle.hpp>

#include "support/on_threads.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>

namespace budget_thread_safety_test {

using namespace std::chrono_literals;
namespace bb = breakerbox;
using support::on_threads;

namespace {

constexpr int threads = 8;

// Of which nothing is forgotten while a test runs.
constexpr bb::retry_budget by_calls{.ratio = 0.6, .min_per_second = 0, .window = 1h};

} // namespace

TEST_CASE("thread safety: 8 threads call and retry by one budget, and the retries are exact") {
    bb::shared_budget budget{by_calls};
    std::atomic<int> taken = 0;
    on_threads(threads, [&](int) {
        for (int i = 0; i != 1000; ++i) {
            budget.on_call();
            if (budget.take_retry())
                ++taken;
        }
    });
    while (budget.take_retry())
        ++taken;
    CHECK(taken == 4800);
}

TEST_CASE("thread safety: 8 threads that race for the last retries get no more than there are") {
    bb::shared_budget budget{by_calls};
    for (int i = 0; i != 5000; ++i)
        budget.on_call();
    std::atomic<int> taken = 0;
    on_threads(threads, [&](int) {
        for (int i = 0; i != 1000; ++i)
            if (budget.take_retry())
                ++taken;
    });
    CHECK(taken == 3000);
    CHECK(budget.available() == 0);
}

TEST_CASE("thread safety: 8 threads fail and succeed by one throttle, and no token is lost") {
    bb::shared_budget budget{bb::retry_throttle{.tokens = 2000, .ratio = 0.1}};
    for (int i = 0; i != 500; ++i) // so that there is room for every success, whichever comes first
        budget.on_failure();
    on_threads(threads, [&](int) {
        for (int i = 0; i != 50; ++i) {
            budget.on_success();
            budget.on_failure();
            (void)budget.take_retry();
            budget.on_success();
        }
    });
    CHECK(budget.available() == 1000 - 500 - 400 + 80);
}

} // namespace budget_thread_safety_test
