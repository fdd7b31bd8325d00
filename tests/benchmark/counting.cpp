// SPDX-License-Identifier: BSL-1.0
//
// Stands before the C library's functions and the standard library's new, to count.
#include "counting.hpp"

#include <dlfcn.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <malloc.h>
#include <new>

namespace costs {

std::atomic<std::uint64_t> allocations = 0;
std::atomic<std::uint64_t> system_calls = 0;

} // namespace costs

namespace {

void count(std::atomic<std::uint64_t>& counted) {
    counted.fetch_add(1, std::memory_order_relaxed);
}

template <class Function>
Function* original(char const* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) {
    count(costs::allocations);
    return memalign(alignment, size);
}

extern "C" int epoll_wait(int fd, epoll_event* events, int most, int timeout) {
    static auto* const next = original<int(int, epoll_event*, int, int)>("epoll_wait");
    count(costs::system_calls);
    return next(fd, events, most, timeout);
}

extern "C" int timerfd_settime(int fd, int flags, itimerspec const* to, itimerspec* from) noexcept {
    static auto* const next = original<int(int, int, itimerspec const*, itimerspec*)>("timerfd_settime");
    count(costs::system_calls);
    return next(fd, flags, to, from);
}

extern "C" ssize_t write(int fd, void const* bytes, std::size_t size) {
    static auto* const next = original<ssize_t(int, void const*, std::size_t)>("write");
    count(costs::system_calls);
    return next(fd, bytes, size);
}

// Not inlined, so that g++ doesn't see a malloc freed by delete, and warn of it.
[[gnu::noinline]] void* operator new(std::size_t size) {
    count(costs::allocations);
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
