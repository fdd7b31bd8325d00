// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_ENTROPY_HPP
#define BREAKERBOX_BASE_ENTROPY_HPP

#include <cerrno>
#include <cstdint>
#include <system_error>

#ifdef _WIN32
#include <random>
#else
#include <pthread.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h>
#endif
#endif

// What the system knows of chance and of forks, in the one place that asks which system it is.

namespace breakerbox::detail {

/// Bytes that nobody can foresee, from the system. `T` is of bytes alone. Throws std::system_error where there are none.
template <class T>
T drawn_from_entropy() {
    T drawn{};
#ifdef _WIN32
    std::random_device source;
    auto* const bytes = reinterpret_cast<unsigned char*>(&drawn);
    for (unsigned i = 0; i != sizeof drawn; ++i)
        bytes[i] = static_cast<unsigned char>(source());
#else
    if (getentropy(&drawn, sizeof drawn) != 0)
        throw std::system_error{errno, std::generic_category(), "getentropy"};
#endif
    return drawn;
}

/// Has `in_child` called in each process that is forked off from now on. Throws std::system_error.
inline void call_in_forked_child([[maybe_unused]] void (*in_child)()) {
#ifndef _WIN32
    if (int const error = pthread_atfork(nullptr, nullptr, in_child); error != 0)
        throw std::system_error{error, std::generic_category(), "pthread_atfork"};
#endif
}

/// Another one in each child that is alive. Never 0.
inline std::uint64_t own_process_id() noexcept {
#ifdef _WIN32
    return 1; // no process is forked there
#else
    return static_cast<std::uint64_t>(getpid());
#endif
}

} // namespace breakerbox::detail

#endif
