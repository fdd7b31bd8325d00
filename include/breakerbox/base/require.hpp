// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_REQUIRE_HPP
#define BREAKERBOX_BASE_REQUIRE_HPP

#include <breakerbox/base/duration_text.hpp>
#include <breakerbox/base/joined.hpp>
#include <breakerbox/base/number_text.hpp>
#include <breakerbox/base/printable.hpp>
#include <breakerbox/base/saturate.hpp>

#include <chrono>
#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>

namespace breakerbox::detail {

template <class T>
std::string value_text(T const& value) {
    if constexpr (std::convertible_to<T const&, std::string_view>)
        return printable(value);
    else
        return number_text(value);
}

template <class Rep, class Period>
std::string value_text(std::chrono::duration<Rep, Period> value) {
    return duration_text(saturating_cast<duration>(value));
}

[[noreturn]] inline void throw_invalid_field(std::string_view field, std::string_view expected,
                                             std::string_view value) {
    throw std::invalid_argument(joined({"breakerbox: ", field, " must be ", expected, ", but is ", value}));
}

/// Throws std::invalid_argument naming the field, what was expected of it and the value found, unless
/// `holds`. The value is a number, a duration or a text.
template <class T>
void require(bool holds, std::string_view field, std::string_view expected, T const& value) {
    if (!holds)
        throw_invalid_field(field, expected, value_text(value));
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
