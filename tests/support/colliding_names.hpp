// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_SUPPORT_COLLIDING_NAMES_HPP
#define BREAKERBOX_TESTS_SUPPORT_COLLIDING_NAMES_HPP

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// So many printable names, 65,536 at most, that all have one hash under boost::hash of Boost 1.82 and newer on a
/// machine of 64 bits: such as anybody can make up who reads its source.
///
/// It takes the exclusive or of a number for each eight bytes. Of 80 pairs of words, one to be chosen from each, the
/// differences are linearly dependent in 16 ways at least; where all pairs of such a way change sides together, the
/// hash stays.
inline std::vector<std::string> colliding_names(std::size_t count) {
    constexpr std::size_t words = 80;
    constexpr std::uint64_t q = 0x9e3779b97f4a7c15;
    constexpr std::uint64_t k = 0xdf442d22ce4859b9;
    auto const multiplied = [](std::uint64_t a, std::uint64_t b) {
        __extension__ using wide = unsigned __int128;
        auto const product = wide{a} * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    };
    using word = std::array<char, 8>;
    std::array<std::pair<word, word>, words> pairs;
    std::vector<std::pair<std::uint64_t, std::bitset<words>>> reduced;
    std::vector<std::bitset<words>> ways;
    auto place = multiplied(q, k);
    for (std::size_t i = 0; i != words; ++i) {
        place += q;
        auto const tag = static_cast<char>('0' + i % 10);
        pairs[i] = {{'a', 'p', 'i', '-', 'e', 'u', '-', tag}, {'c', 'd', 'n', '-', 'u', 's', '-', tag}};
        auto const term = [&](word const& bytes) {
            std::uint64_t value = 0;
            std::memcpy(&value, bytes.data(), sizeof value);
            return multiplied(value + place, k);
        };
        auto difference = term(pairs[i].first) ^ term(pairs[i].second);
        std::bitset<words> chosen;
        chosen.set(i);
        for (auto const& [other, with] : reduced)
            if ((difference ^ other) < difference) {
                difference ^= other;
                chosen ^= with;
            }
        if (difference != 0)
            reduced.emplace_back(difference, chosen);
        else
            ways.push_back(chosen);
    }
    std::vector<std::string> names;
    for (std::size_t n = 0; n != count; ++n) {
        std::bitset<words> changed;
        for (std::size_t i = 0; i != ways.size(); ++i)
            if ((n >> i & 1) != 0)
                changed ^= ways[i];
        std::string name;
        for (std::size_t i = 0; i != words; ++i) {
            auto const& chosen = changed[i] ? pairs[i].second : pairs[i].first;
            name.append(chosen.data(), chosen.size());
        }
        names.push_back(std::move(name));
    }
    return names;
}

} // namespace support

#endif
