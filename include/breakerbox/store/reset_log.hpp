// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_RESET_LOG_HPP
#define BREAKERBOX_STORE_RESET_LOG_HPP

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace breakerbox::detail {

/// Which hosts were reset by hand, and in which order, so that a permit can be known to be older where nothing else is
/// kept of its host. Of all but the last ones it is only known that there were some: a permit older than those is taken
/// for one of a host that was reset, since a failure that isn't counted is less than a ban that comes back.
///
/// Safe to use from any thread.
class reset_log {
public:
    /// How many resets there were so far: what a permit given now is to bear.
    std::uint64_t count() const noexcept { return count_.load(std::memory_order_acquire); }

    /// Notes that a host, known by its hash, is reset.
    void add(std::size_t host) {
        std::lock_guard const lock{mutex_};
        auto const before = count_.load(std::memory_order_relaxed);
        last_[before % last_.size()] = host;
        count_.store(before + 1, std::memory_order_release);
    }

    /// Whether a host may have been reset since there were so many resets. `hash()` gives the host's, where it is needed.
    template <class Hash>
    bool has_reset_since(std::uint64_t then, Hash hash) const {
        if (then == count())
            return false;
        auto const host = hash();
        std::lock_guard const lock{mutex_};
        auto const now = count_.load(std::memory_order_relaxed);
        if (now - then > last_.size())
            return true;
        for (auto n = then; n != now; ++n)
            if (last_[n % last_.size()] == host)
                return true;
        return false;
    }

private:
    // Read by each call, and so not beside what they write.
    alignas(64) std::atomic<std::uint64_t> count_ = 0;
    mutable std::mutex mutex_;
    std::array<std::size_t, 256> last_{};
};

} // namespace breakerbox::detail

#endif
