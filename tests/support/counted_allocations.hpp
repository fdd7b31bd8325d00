// SPDX-License-Identifier: BSL-1.0
//
// Stands before the C library's aligned_alloc and the standard library's new, to count, and to fail: to be included by
// one file of a program. Sanitizers bring an allocator of their own, which this one can't stand beside.
#ifndef BREAKERBOX_TESTS_SUPPORT_COUNTED_ALLOCATIONS_HPP
#define BREAKERBOX_TESTS_SUPPORT_COUNTED_ALLOCATIONS_HPP

#include "support/allocation_counts.hpp"

#include <cstddef>
#include <cstdlib>
#include <malloc.h>
#include <new>

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) {
    if (!support::may_asio_allocate())
        return nullptr;
    return memalign(alignment, size);
}

// Not inlined, so that g++ doesn't see a malloc freed by delete, and warn of it.
[[gnu::noinline]] void* operator new(std::size_t size) {
    if (!support::may_allocate())
        throw std::bad_alloc{};
    if (auto* const p = std::malloc(size)) {
        ++support::objects_kept;
        return p;
    }
    throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* p) noexcept {
    if (p != nullptr)
        --support::objects_kept;
    std::free(p);
}
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept {
    ::operator delete(p);
}

#endif
