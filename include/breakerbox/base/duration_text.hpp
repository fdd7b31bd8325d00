// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_DURATION_TEXT_HPP
#define BREAKERBOX_BASE_DURATION_TEXT_HPP

#include <breakerbox/base/config.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace breakerbox::detail {

/// A duration as a person writes it: the largest of s, ms, us and ns that is not above it, with the exact
/// fraction, as in "1.5s" or "250ms"; the longest duration is "for ever".
inline std::string duration_text(duration d) {
    if (d == duration::max())
        return "for ever";
    std::string text = d < duration::zero() ? "-" : "";
    auto const count = static_cast<std::uint64_t>(d.count());
    auto const magnitude = d < duration::zero() ? std::uint64_t{0} - count : count;
    if (magnitude == 0)
        return "0s";
    auto [unit, name] = magnitude >= 1'000'000'000 ? std::pair{std::uint64_t{1'000'000'000}, "s"}
                        : magnitude >= 1'000'000   ? std::pair{std::uint64_t{1'000'000}, "ms"}
                        : magnitude >= 1'000       ? std::pair{std::uint64_t{1'000}, "us"}
                                                   : std::pair{std::uint64_t{1}, "ns"};
    text += std::to_string(magnitude / unit);
    if (auto rest = magnitude % unit; rest != 0) {
        auto digits = std::to_string(unit + rest).substr(1); // with its leading zeros
        text += '.' + digits.substr(0, digits.find_last_not_of('0') + 1);
    }
    return text + name;
}

} // namespace breakerbox::detail

#endif
