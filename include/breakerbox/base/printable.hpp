// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_PRINTABLE_HPP
#define BREAKERBOX_BASE_PRINTABLE_HPP

#include <cstddef>
#include <string>
#include <string_view>

namespace breakerbox::detail {

/// The first character of a text that isn't empty: one of UTF-8, or a byte that is part of none.
inline std::string_view first_character(std::string_view text) noexcept {
    auto const byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    std::size_t size = 1;
    if (byte(0) >= 0xc0)
        while (size != 4 && size != text.size() && (byte(size) & 0xc0) == 0x80)
            ++size;
    return text.substr(0, size);
}

/// Whether a character could end a line of a log, or steer a terminal: ASCII's control characters, Unicode's further
/// ones from U+0080 to U+009F, and its separators of lines and paragraphs.
inline bool is_control(std::string_view character) noexcept {
    auto const first = static_cast<unsigned char>(character[0]);
    return first < 0x20 || first == 0x7f ||
           (character.size() == 2 && first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0) ||
           character == "\xe2\x80\xa8" || character == "\xe2\x80\xa9";
}

/// A text of others as all that we print shows it: on one line whatever its bytes, control characters as `\xNN`, and those
/// in `also`, too. No more than `most` bytes of it, which break no character. What is printable stays as it is.
inline std::string printable(std::string_view text, std::size_t most = std::string_view::npos,
                             std::string_view also = {}) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string line;
    while (!text.empty()) {
        auto const character = first_character(text);
        auto const is_escaped = is_control(character) || also.find(character) != also.npos;
        if (line.size() + character.size() * (is_escaped ? 4 : 1) > most)
            break;
        if (!is_escaped)
            line += character;
        else
            for (char const c : character) {
                auto const byte = static_cast<unsigned char>(c);
                line.append("\\x").append(1, digits[byte / 16]).append(1, digits[byte % 16]);
            }
        text.remove_prefix(character.size());
    }
    return line;
}

/// A host, which is printed within quotes.
inline std::string printable_host(std::string_view host) {
    return printable(host, host.npos, "'\\");
}

} // namespace breakerbox::detail

#endif
