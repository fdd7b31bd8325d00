// SPDX-License-Identifier: BSL-1.0
//
// Stands before the C library's aligned_alloc and the standard library's new, to count: to be included by one file of a
// program. Sanitizers bring an allocator of their own, which this one can't stand beside.
#ifndef BREAKERBOX_TESTS_SUPPORT_COUNTED_ALLOCATIONS_HPP
#define BREAKERBOX_TESTS_SUPPORT_COUNTED_ALLOCATIONS_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <malloc.h>
#include <new>

namespace support {

/// By new, and by the aligned_alloc that Asio's coroutine frames come from; a frame that Asio can't keep for reuse, being
/// larger than 1020 bytes, shows here as well.
inline std::atomic<std::uint64_t> allocations = 0;

/// How many allocations by new succeed until one fails; less than zero for none.
inline std::atomic<int> until_failure = -1;

} // namespace support

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) {
    ++support::allocations;
    return memalign(alignment, size);
}

// Not inlined, so that g++ doesn't see a malloc freed by delete, and warn of it.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++support::allocations;
    if (support::until_failure >= 0 && support::until_failure-- == 0)
        throw std::bad_alloc{};
    if (auto* const p = std::malloc(size))
        return p;
    throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* p) noexcept {
    std::free(p);
}
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept {
    std::free(p);
}

#endif
