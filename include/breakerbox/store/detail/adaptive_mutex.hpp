// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_DETAIL_ADAPTIVE_MUTEX_HPP
#define BREAKERBOX_STORE_DETAIL_ADAPTIVE_MUTEX_HPP

#include <boost/core/yield_primitives.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>

namespace breakerbox::detail {

/// A mutex that spins 64 times, then blocks: for short critical sections, which end sooner than a thread could fall
/// asleep and be woken.
class adaptive_mutex {
public:
    void lock() {
        for (int tries = 0; tries != tries_before_sleep; ++tries) {
            if (mutex_.try_lock())
                return;
            boost::core::sp_thread_pause();
        }
        slept_.fetch_add(1, std::memory_order_relaxed);
        mutex_.lock();
        served_.fetch_add(1, std::memory_order_relaxed);
    }
    void unlock() { mutex_.unlock(); }

    /// Waits until all threads that block on it now have had it. To be called by a thread that has unlocked it and is
    /// about to lock it again and again: a blocked thread, while it wakes up, would find it locked each time.
    void give_way() const noexcept {
        auto const slept = slept_.load(std::memory_order_relaxed);
        while (static_cast<std::int32_t>(slept - served_.load(std::memory_order_relaxed)) > 0)
            std::this_thread::yield();
    }

    /// How many sleep on it now.
    std::uint32_t sleepers() const noexcept {
        return slept_.load(std::memory_order_relaxed) - served_.load(std::memory_order_relaxed);
    }

private:
    static constexpr int tries_before_sleep = 64;

    std::mutex mutex_;
    // Each the number of times, which may go round.
    std::atomic<std::uint32_t> slept_ = 0;
    std::atomic<std::uint32_t> served_ = 0;
};

} // namespace breakerbox::detail

#endif
