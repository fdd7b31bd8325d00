// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_JOINED_HPP
#define BREAKERBOX_BASE_JOINED_HPP

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace breakerbox::detail {

/// The parts as one text. Compiles in a fraction of the time that a chain of `+` takes, whose every link is inlined.
inline std::string joined(std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (auto const part : parts)
        size += part.size();
    std::string text;
    text.reserve(size);
    for (auto const part : parts)
        text += part;
    return text;
}

} // namespace breakerbox::detail

#endif
