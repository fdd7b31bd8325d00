// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/detail/adaptive_mutex.hpp>

#include "support/on_threads.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <mutex>
#include <thread>

using breakerbox::detail::adaptive_mutex;

TEST_CASE("adaptive_mutex: of many threads one at a time has it") {
    constexpr int threads = 8;
    constexpr int times = 10'000;
    adaptive_mutex mutex;
    int count = 0; // without a lock, or with one that lets two in, increments get lost
    support::on_threads(threads, [&](int) {
        for (int i = 0; i != times; ++i) {
            std::lock_guard const lock{mutex};
            ++count;
        }
    });
    CHECK(count == threads * times);
}

TEST_CASE("adaptive_mutex: who has tried for long sleeps, and gets it all the same") {
    adaptive_mutex mutex;
    std::atomic<bool> tries = false;
    std::atomic<bool> has_it = false;
    std::unique_lock held{mutex};
    std::jthread other{[&] {
        tries = true;
        std::lock_guard const lock{mutex};
        has_it = true;
    }};
    while (!tries)
        std::this_thread::yield();
    for (int i = 0; i != 10'000; ++i) // longer than anyone tries
        std::this_thread::yield();
    CHECK_FALSE(has_it);
    held.unlock();
    other.join();
    CHECK(has_it);
}
