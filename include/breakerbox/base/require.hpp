// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_REQUIRE_HPP
#define BREAKERBOX_BASE_REQUIRE_HPP

#include <breakerbox/base/duration_text.hpp>
#include <breakerbox/base/printable.hpp>
#include <breakerbox/base/saturate.hpp>

#include <chrono>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace breakerbox::detail {

template <class T>
std::string value_text(T const& value) {
    std::ostringstream text;
    text << value;
    return printable(text.str());
}

template <class Rep, class Period>
std::string value_text(std::chrono::duration<Rep, Period> value) {
    return duration_text(saturating_cast<duration>(value));
}

/// Throws std::invalid_argument naming the field, what was expected of it and the value found, unless
/// `holds`.
template <class T>
void require(bool holds, std::string_view field, std::string_view expected, T const& value) {
    if (!holds)
        throw std::invalid_argument("breakerbox: " + std::string{field} + " must be " +
                                    std::string{expected} + ", but is " + value_text(value));
}

template <class Rep, class Period>
void require_not_negative(std::string_view field, std::chrono::duration<Rep, Period> value) {
    require(value >= value.zero(), field, "zero or more", value);
}

inline void require_host(std::string_view host) {
    if (host.empty())
        throw std::invalid_argument("breakerbox: 'host' must be given, but is empty");
}

} // namespace breakerbox::detail

#endif
