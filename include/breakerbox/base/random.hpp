// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_RANDOM_HPP
#define BREAKERBOX_BASE_RANDOM_HPP

#include <breakerbox/base/entropy.hpp>

#include <atomic>
#include <cstdint>

namespace breakerbox::detail {

/// How often this process and those before it have been forked since the first seed was drawn.
inline std::atomic<std::uint32_t> forks = 0;

/// The random numbers of one call, or of one object: seeded at the first draw, each apart from every other. A process that
/// is forked off draws others than the one that it comes from, also from a source that both have.
///
/// The engine is splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): eight
/// bytes, and made to be seeded with neighbouring numbers, which no engine of the standard library is.
class random_source {
public:
    random_source() = default;
    explicit random_source(std::uint64_t seed) noexcept : state_(seed), seeded_(seeding::given) {}

    /// Uniform in [0, 1).
    double next() {
        if (seeded_ != seeding::given)
            seed_if_needed();
        auto z = state_ += increment;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        z ^= z >> 31;
        return static_cast<double>(z >> 11) * 0x1p-53;
    }

private:
    enum class seeding : std::uint8_t { none, drawn, given };

    static constexpr std::uint64_t increment = 0x9e3779b97f4a7c15;

    void seed_if_needed() {
        if (seeded_ == seeding::drawn && drawn_after_ == forks.load(std::memory_order_relaxed))
            return;
        state_ = fresh_seed();
        drawn_after_ = forks.load(std::memory_order_relaxed);
        seeded_ = seeding::drawn;
    }

    // Neighbouring seeds an odd step apart from `increment`: two calls with the same step would draw the same
    // numbers, one draw apart.
    static std::uint64_t fresh_seed() {
        static std::atomic<std::uint64_t> seeds = 0;
        [[maybe_unused]] static bool const knows_of_forks = hear_of_forks();
        auto const number = seeds.fetch_add(1, std::memory_order_relaxed);
        return (first_seed() + number) * 0xd1342543de82ef95;
    }

    /// Of this process; drawn anew after a fork.
    static std::uint64_t first_seed() {
        auto known = process_seed.load(std::memory_order_relaxed);
        if (known != 0)
            return known;
        std::uint64_t drawn = 0;
        while (drawn == 0)
            drawn = forks.load(std::memory_order_relaxed) == 0 ? drawn_from_entropy<std::uint64_t>()
                                                               : drawn_in_child();
        // Of two threads the first one has it.
        return process_seed.compare_exchange_strong(known, drawn, std::memory_order_relaxed) ? drawn : known;
    }

    /// To draw once more, in a child, must not throw.
    static std::uint64_t drawn_in_child() noexcept {
        try {
            return drawn_from_entropy<std::uint64_t>();
        } catch (...) {
            return own_process_id();
        }
    }

    static bool hear_of_forks() {
        call_in_forked_child([] {
            process_seed.store(0, std::memory_order_relaxed);
            forks.fetch_add(1, std::memory_order_relaxed);
        });
        return true;
    }

    static inline std::atomic<std::uint64_t> process_seed = 0;

    std::uint64_t state_ = 0;
    std::uint32_t drawn_after_ = 0;
    seeding seeded_ = seeding::none;
};

} // namespace breakerbox::detail

#endif
