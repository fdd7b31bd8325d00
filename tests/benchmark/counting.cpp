// SPDX-License-Identifier: BSL-1.0
//
// Stands before the C library's functions, to count.
#include "counting.hpp"

#include "support/counted_allocations.hpp"

#include <dlfcn.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstddef>

namespace costs {

std::atomic<std::uint64_t> system_calls = 0;

std::uint64_t allocations() {
    return support::allocations;
}

} // namespace costs

namespace {

template <class Function>
Function* original(char const* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" int epoll_wait(int fd, epoll_event* events, int most, int timeout) {
    static auto* const next = original<int(int, epoll_event*, int, int)>("epoll_wait");
    ++costs::system_calls;
    return next(fd, events, most, timeout);
}

extern "C" int timerfd_settime(int fd, int flags, itimerspec const* to, itimerspec* from) noexcept {
    static auto* const next = original<int(int, int, itimerspec const*, itimerspec*)>("timerfd_settime");
    ++costs::system_calls;
    return next(fd, flags, to, from);
}

extern "C" ssize_t write(int fd, void const* bytes, std::size_t size) {
    static auto* const next = original<ssize_t(int, void const*, std::size_t)>("write");
    ++costs::system_calls;
    return next(fd, bytes, size);
}
