// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_DETAIL_ADAPTIVE_MUTEX_HPP
#define BREAKERBOX_DETAIL_ADAPTIVE_MUTEX_HPP

#include <boost/core/yield_primitives.hpp>

#include <mutex>

namespace breakerbox::detail {

/// A mutex for what takes less time than to fall asleep and to be woken: who finds it locked tries again for about as
/// long as that takes, and sleeps only then.
class adaptive_mutex {
public:
    void lock() {
        for (int tries = 0; tries != tries_before_sleep; ++tries) {
            if (mutex_.try_lock())
                return;
            boost::core::sp_thread_pause();
        }
        mutex_.lock();
    }
    void unlock() { mutex_.unlock(); }

private:
    static constexpr int tries_before_sleep = 64;

    std::mutex mutex_;
};

} // namespace breakerbox::detail

#endif
