// SPDX-License-Identifier: BSL-1.0
//
// What counted_allocations.hpp counts, and how it is made to fail.
#ifndef BREAKERBOX_TESTS_SUPPORT_ALLOCATION_COUNTS_HPP
#define BREAKERBOX_TESTS_SUPPORT_ALLOCATION_COUNTS_HPP

#include <atomic>
#include <cstdint>

namespace support {

/// By new, and by the aligned_alloc that Asio's coroutine frames come from; a frame that Asio can't keep for reuse, being
/// larger than 1020 bytes, shows here as well.
inline std::atomic<std::uint64_t> allocations = 0;

/// What was made by new and not deleted yet.
inline std::atomic<std::int64_t> objects_kept = 0;

/// How many allocations of this thread succeed until one fails; less than zero for none.
inline thread_local int until_failure = -1;

/// Whether those of Asio's aligned_alloc succeed all the same.
inline thread_local bool spares_asio = false;

/// Whether the next allocation, which this counts, may succeed.
inline bool may_allocate() noexcept {
    ++allocations;
    return until_failure < 0 || until_failure-- != 0;
}

/// The same for what Asio allocates itself.
inline bool may_asio_allocate() noexcept {
    if (!spares_asio)
        return may_allocate();
    ++allocations;
    return true;
}

/// Has the n-th allocation of this thread fail, from its making to its end, the first one being number 0; or the n-th by
/// new. A strand whose own allocation fails stands still for ever, or ends the program: that is Asio's to mend.
class failing_allocation {
public:
    explicit failing_allocation(int n, bool by_new_only = false) noexcept {
        spares_asio = by_new_only;
        until_failure = n;
    }
    ~failing_allocation() { until_failure = -1; }
    failing_allocation(failing_allocation const&) = delete;
    failing_allocation& operator=(failing_allocation const&) = delete;

    /// Whether there were so many.
    bool has_failed() const noexcept { return until_failure < 0; }
};

} // namespace support

#endif
