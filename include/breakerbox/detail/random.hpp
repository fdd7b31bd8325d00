// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_DETAIL_RANDOM_HPP
#define BREAKERBOX_DETAIL_RANDOM_HPP

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <system_error>

namespace breakerbox::detail {

/// The random numbers of one call: seeded at the first draw, each call apart from every other.
///
/// The engine is splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): eight
/// bytes, and made to be seeded with neighbouring numbers, which no engine of the standard library is.
class random_source {
public:
    random_source() = default;
    explicit random_source(std::uint64_t seed) noexcept : state_(seed) {}

    /// Uniform in [0, 1).
    double next() {
        if (!state_)
            state_ = fresh_seed();
        auto z = *state_ += increment;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        z ^= z >> 31;
        return static_cast<double>(z >> 11) * 0x1p-53;
    }

private:
    static constexpr std::uint64_t increment = 0x9e3779b97f4a7c15;

    // Neighbouring seeds an odd step apart from `increment`: two calls with the same step would draw the same
    // numbers, one draw apart.
    static std::uint64_t fresh_seed() {
        static std::atomic<std::uint64_t> seeds = first_seed();
        auto const number = seeds.fetch_add(1, std::memory_order_relaxed);
        return number * 0xd1342543de82ef95;
    }

    static std::uint64_t first_seed() {
        std::uint64_t seed = 0;
        if (getentropy(&seed, sizeof seed) != 0)
            throw std::system_error{errno, std::generic_category(), "getentropy"};
        return seed;
    }

    std::optional<std::uint64_t> state_;
};

} // namespace breakerbox::detail

#endif
