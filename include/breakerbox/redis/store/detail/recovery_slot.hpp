// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_RECOVERY_SLOT_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_RECOVERY_SLOT_HPP

#include <atomic>
#include <cstdint>

namespace breakerbox::detail {

/// Held by the one recovery that goes on, if any, under a number of its own: a recovery that has ended can't end a later
/// one. Safe to use from any thread.
class recovery_slot {
public:
    bool is_held() const noexcept { return holder_.load(std::memory_order_relaxed) != nobody; }

    /// Returns the number of the recovery that may begin; 0 where one goes on.
    std::uint64_t take() noexcept {
        auto const number = last_.fetch_add(1) + 1;
        auto expected = nobody;
        return holder_.compare_exchange_strong(expected, number) ? number : nobody;
    }

    /// Does nothing where another number holds it.
    void free(std::uint64_t number) noexcept { holder_.compare_exchange_strong(number, nobody); }

private:
    static constexpr std::uint64_t nobody = 0;

    std::atomic<std::uint64_t> holder_ = nobody;
    std::atomic<std::uint64_t> last_ = 0;
};

} // namespace breakerbox::detail

#endif
