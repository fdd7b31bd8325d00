// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_SUPPORT_ON_THREADS_HPP
#define BREAKERBOX_TESTS_SUPPORT_ON_THREADS_HPP

#include <barrier>
#include <thread>
#include <vector>

namespace support {

/// Calls `work(number)` on so many threads, numbered from 0, which begin together; returns when all have ended.
template <class Work>
void on_threads(int count, Work const& work) {
    std::barrier all_here{count};
    std::vector<std::jthread> threads;
    for (int i = 0; i != count; ++i)
        threads.emplace_back([&, i] {
            all_here.arrive_and_wait();
            work(i);
        });
}

} // namespace support

#endif
