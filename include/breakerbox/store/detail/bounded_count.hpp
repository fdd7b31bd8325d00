// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_DETAIL_BOUNDED_COUNT_HPP
#define BREAKERBOX_STORE_DETAIL_BOUNDED_COUNT_HPP

#include <atomic>
#include <cstddef>

namespace breakerbox::detail {

/// How many places are taken, of so many that there are. Safe to use from any thread, without a lock.
class bounded_count {
public:
    explicit bounded_count(std::size_t most) noexcept : most_(most) {}

    std::size_t taken() const noexcept { return taken_.load(std::memory_order_relaxed); }

    /// Takes a place, if one is free. Returns whether one was.
    bool take() noexcept {
        auto taken = taken_.load(std::memory_order_relaxed);
        while (taken < most_)
            if (taken_.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed))
                return true;
        return false;
    }

    void give_back() noexcept { taken_.fetch_sub(1, std::memory_order_relaxed); }

private:
    std::size_t const most_;
    std::atomic<std::size_t> taken_ = 0;
};

} // namespace breakerbox::detail

#endif
