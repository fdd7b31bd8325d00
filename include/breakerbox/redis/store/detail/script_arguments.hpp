// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_SCRIPT_ARGUMENTS_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_SCRIPT_ARGUMENTS_HPP

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace breakerbox::detail {

/// The texts that a script is given, one after the other in one string.
///
/// Numbers are written in decimal digits, exactly, whatever the locale; a time as its microseconds. One of 71 years
/// and more (2^51 microseconds, beyond which sums in Lua would not be exact) is for ever: -1, as no time is.
class script_arguments {
public:
    void add(std::string_view text) {
        text_ += text;
        ends_.push_back(text_.size());
    }
    void add(std::uint64_t number) { add_digits(number); }
    void add(std::uint32_t number) { add_digits(number); }
    void add(bool truth) { add_digits(truth ? 1 : 0); }
    /// In as few digits as make the same number again.
    void add(double number) { add_digits(number); }
    void add(std::chrono::microseconds time) {
        add_digits(time < for_ever ? std::max<std::int64_t>(time.count(), 0) : std::int64_t{-1});
    }
    void add(std::optional<std::chrono::microseconds> time) { add(time.value_or(for_ever)); }
    void add(char const* text) { add(std::string_view{text}); }

    /// Those of another list.
    void add(script_arguments const& others) {
        for (std::size_t i = 0; i != others.size(); ++i)
            add(others[i]);
    }

    std::size_t size() const noexcept { return ends_.size(); }

    /// Lives until more is added.
    std::string_view operator[](std::size_t i) const noexcept {
        auto const begin = i == 0 ? 0 : ends_[i - 1];
        return std::string_view{text_}.substr(begin, ends_[i] - begin);
    }

private:
    static constexpr std::chrono::microseconds for_ever{std::int64_t{1} << 51};

    template <class Number>
    void add_digits(Number number) {
        std::array<char, 32> digits;
        auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        add(std::string_view{digits.data(), end});
    }

    std::string text_;
    std::vector<std::size_t> ends_;
};

} // namespace breakerbox::detail

#endif
