// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_NUMBER_TEXT_HPP
#define BREAKERBOX_BASE_NUMBER_TEXT_HPP

#include <charconv>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>

namespace breakerbox::detail {

/// As a stream in the classic locale prints it: six significant digits at most. Without a stream, which is slow to
/// compile.
inline std::string number_text(double value) {
    char text[32];
    auto const end = std::to_chars(text, text + sizeof text, value, std::chars_format::general, 6).ptr;
    return {text, end};
}

inline std::string number_text(std::int64_t value) {
    return std::to_string(value);
}

inline std::string number_text(std::uint64_t value) {
    return std::to_string(value);
}

/// Any other integer.
template <std::integral T>
    requires(!std::same_as<T, bool>)
std::string number_text(T value) {
    if constexpr (std::numeric_limits<T>::is_signed)
        return number_text(static_cast<std::int64_t>(value));
    else
        return number_text(static_cast<std::uint64_t>(value));
}

} // namespace breakerbox::detail

#endif
