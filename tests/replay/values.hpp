// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REPLAY_VALUES_HPP
#define BREAKERBOX_TESTS_REPLAY_VALUES_HPP

#include <breakerbox/base/config.hpp>

#include <boost/lexical_cast/try_lexical_convert.hpp>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace replay {

struct malformed : std::runtime_error {
    using runtime_error::runtime_error;
};

[[noreturn]] inline void refuse(std::string_view word, std::string_view expected) {
    throw malformed("'" + std::string{word} + "': expected " + std::string{expected});
}

/// The whole of `text` as a number; nothing where it isn't one, or has more in it than digits and a point.
template <class Number>
std::optional<Number> number_in(std::string_view text) {
    Number value{};
    if (text.find_first_not_of("0123456789.") != text.npos ||
        !boost::conversion::try_lexical_convert(text, value)) // libc++ has no std::from_chars for fractions
        return std::nullopt;
    return value;
}

// Each reads the whole of `text`, a part of `word`, which is what the message shows.

inline std::uint32_t read_count(std::string_view text, std::string_view word) {
    if (auto const count = number_in<std::uint32_t>(text))
        return *count;
    refuse(word, "a whole number from 0 to 4294967295");
}

inline double read_fraction(std::string_view text, std::string_view word) {
    if (auto const fraction = number_in<double>(text))
        return *fraction;
    refuse(word, "a number such as 0.5");
}

inline bool read_truth(std::string_view text, std::string_view word) {
    if (text != "true" && text != "false")
        refuse(word, "true or false");
    return text == "true";
}

inline std::chrono::microseconds read_time(std::string_view text, std::string_view word) {
    auto const number = text.substr(0, text.find_first_not_of("0123456789."));
    auto const unit_name = text.substr(number.size());
    std::int64_t unit = 0;
    for (auto const& [name, microseconds] : std::initializer_list<std::pair<std::string_view, std::int64_t>>{
             {"ms", 1'000}, {"s", 1'000'000}, {"m", 60'000'000}, {"h", 3'600'000'000}})
        if (unit_name == name)
            unit = microseconds;
    auto const point = number.find('.');
    auto const whole = number_in<std::int64_t>(number.substr(0, point));
    auto const decimals = point == number.npos ? "0" : number.substr(point + 1);
    if (unit == 0 || !whole || decimals.empty() || decimals.find('.') != decimals.npos)
        refuse(word, "a time such as 59.999s, in ms, s, m or h");

    auto const longest = std::chrono::floor<std::chrono::microseconds>(breakerbox::duration::max()).count();
    if (*whole >= longest / unit)
        refuse(word, "a time of less than 292 years");

    // From the last decimal to the first, a rest at any of them is a rest of the whole: a time that a store
    // would round must not seem to have been tested.
    std::int64_t part = 0;
    for (auto digit = decimals.rbegin(); digit != decimals.rend(); ++digit) {
        part += (*digit - '0') * unit;
        if (part % 10 != 0)
            refuse(word, "a time of whole microseconds");
        part /= 10;
    }
    return std::chrono::microseconds{*whole * unit + part};
}

} // namespace replay

#endif
