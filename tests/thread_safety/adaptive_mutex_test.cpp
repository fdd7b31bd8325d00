// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/store/detail/adaptive_mutex.hpp>

#include "support/on_threads.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace adaptive_mutex_test {

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
    std::atomic<bool> has_it = false;
    std::unique_lock held{mutex};
    std::jthread other{[&] {
        std::lock_guard const lock{mutex};
        has_it = true;
    }};
    while (mutex.sleepers() == 0)
        std::this_thread::yield();
    CHECK_FALSE(has_it);
    held.unlock();
    other.join();
    CHECK(has_it);
}

TEST_CASE("adaptive_mutex: who gives way locks it again after those who sleep on it") {
    constexpr int others = 4;
    adaptive_mutex mutex;
    int had_it = 0;
    std::unique_lock held{mutex};
    std::vector<std::jthread> sleeping;
    for (int i = 0; i != others; ++i)
        sleeping.emplace_back([&] {
            std::lock_guard const lock{mutex};
            ++had_it;
        });
    while (mutex.sleepers() != others)
        std::this_thread::yield();
    held.unlock();
    mutex.give_way();
    held.lock();
    CHECK(had_it == others);
    held.unlock();
    mutex.give_way(); // nobody sleeps
}

} // namespace adaptive_mutex_test
