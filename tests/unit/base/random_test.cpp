// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/random.hpp>

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace random_test {

using breakerbox::detail::random_source;

namespace {

std::vector<double> draws(random_source source, std::size_t count) {
    std::vector<double> drawn(count);
    for (auto& d : drawn)
        d = source.next();
    return drawn;
}

} // namespace

TEST_CASE("random: a seed gives the numbers of splitmix64's reference") {
    // The first two outputs of the reference implementation for the seed 1234567.
    random_source source{1234567};
    CHECK(source.next() == static_cast<double>(6457827717110365317ull >> 11) * 0x1p-53);
    CHECK(source.next() == static_cast<double>(3203168211198807973ull >> 11) * 0x1p-53);
}

TEST_CASE("random: the same seed, the same numbers; a neighbouring seed, others") {
    CHECK(draws(random_source{7}, 10) == draws(random_source{7}, 10));
    CHECK(draws(random_source{7}, 10) != draws(random_source{8}, 10));
    CHECK(draws(random_source{0}, 10) != draws(random_source{1}, 10));
}

TEST_CASE("random: all draws are within 0 to below 1, and evenly spread") {
    std::array<int, 10> tenths{};
    for (auto const d : draws(random_source{1}, 100'000)) {
        REQUIRE((d >= 0 && d < 1));
        ++tenths[static_cast<std::size_t>(d * 10)];
    }
    for (auto const count : tenths)
        CHECK(std::abs(count - 10'000) < 500);
}

TEST_CASE("random: the first draws of neighbouring seeds are evenly spread too") {
    std::array<int, 10> tenths{};
    for (std::uint64_t seed = 0; seed != 10'000; ++seed)
        ++tenths[static_cast<std::size_t>(random_source{seed}.next() * 10)];
    for (auto const count : tenths)
        CHECK(std::abs(count - 1'000) < 150);
}

TEST_CASE("random: a thousand unseeded sources share no number in their first draws") {
    std::set<double> numbers;
    for (int source = 0; source != 1000; ++source)
        for (auto const d : draws(random_source{}, 3))
            numbers.insert(d);
    CHECK(numbers.size() == 3000);
}

TEST_CASE("random: copies of a source not drawn from yet are seeded apart") {
    random_source const untouched;
    CHECK(draws(untouched, 3) != draws(untouched, 3));
}

} // namespace random_test
