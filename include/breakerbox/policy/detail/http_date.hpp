// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_DETAIL_HTTP_DATE_HPP
#define BREAKERBOX_POLICY_DETAIL_HTTP_DATE_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>

// HTTP's dates (RFC 9110, 5.6.7), of which a recipient has to know three forms. They are read by hand: std::get_time
// forgives small letters, one digit for two and whatever follows, and it is slow to compile.

namespace breakerbox::detail {

/// The fields of a date, each in its range.
struct http_date_fields {
    int year = 0; // of two digits in RFC 850's form
    bool has_century = true;
    unsigned month = 0;
    unsigned day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0; // 60 in a leap second
};

inline constexpr std::string_view http_months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
inline constexpr std::string_view http_weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                     "Thursday", "Friday", "Saturday"};
inline constexpr std::string_view http_short_weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

/// Reads a date from its beginning. Each function takes what it names off the text, and tells whether it was there.
class http_date_reader {
public:
    explicit http_date_reader(std::string_view text) noexcept : rest_(text) {}

    bool is_at_end() const noexcept { return rest_.empty(); }

    bool take(std::string_view expected) noexcept {
        if (!rest_.starts_with(expected))
            return false;
        rest_.remove_prefix(expected.size());
        return true;
    }

    bool take_one_of(std::span<std::string_view const> names) noexcept {
        return std::ranges::any_of(names, [this](std::string_view name) { return take(name); });
    }

    /// A number of exactly so many digits, from `least` to `most`.
    template <class Number>
    bool take_number(std::size_t digits, Number least, Number most, Number& number) noexcept {
        Number value = 0;
        for (std::size_t i = 0; i != digits; ++i) {
            if (i == rest_.size() || rest_[i] < '0' || rest_[i] > '9')
                return false;
            value = value * 10 + static_cast<Number>(rest_[i] - '0');
        }
        rest_.remove_prefix(digits);
        number = value;
        return value >= least && value <= most;
    }

    bool take_month(unsigned& month) noexcept {
        for (month = 1; month <= std::size(http_months); ++month)
            if (take(http_months[month - 1]))
                return true;
        return false;
    }

    bool take_day(unsigned& day) noexcept { return take_number(2, 1U, 31U, day); }

    bool take_time(http_date_fields& fields) noexcept {
        return take_number(2, 0, 23, fields.hour) && take(":") && take_number(2, 0, 59, fields.minute) &&
               take(":") && take_number(2, 0, 60, fields.second);
    }

private:
    std::string_view rest_;
};

/// "Sun, 06 Nov 1994 08:49:37 GMT".
inline bool is_imf_fixdate(http_date_reader text, http_date_fields& fields) noexcept {
    return text.take_one_of(http_short_weekdays) && text.take(", ") && text.take_day(fields.day) &&
           text.take(" ") && text.take_month(fields.month) && text.take(" ") &&
           text.take_number(4, 0, 9999, fields.year) && text.take(" ") && text.take_time(fields) &&
           text.take(" GMT") && text.is_at_end();
}

/// RFC 850's "Sunday, 06-Nov-94 08:49:37 GMT".
inline bool is_rfc850_date(http_date_reader text, http_date_fields& fields) noexcept {
    fields.has_century = false;
    return text.take_one_of(http_weekdays) && text.take(", ") && text.take_day(fields.day) &&
           text.take("-") && text.take_month(fields.month) && text.take("-") &&
           text.take_number(2, 0, 99, fields.year) && text.take(" ") && text.take_time(fields) &&
           text.take(" GMT") && text.is_at_end();
}

/// asctime's "Sun Nov  6 08:49:37 1994".
inline bool is_asctime_date(http_date_reader text, http_date_fields& fields) noexcept {
    fields.has_century = true;
    if (!text.take_one_of(http_short_weekdays) || !text.take(" ") || !text.take_month(fields.month) ||
        !text.take(" "))
        return false;
    auto const has_day =
        text.take(" ") ? text.take_number(1, 1U, 9U, fields.day) : text.take_number(2, 10U, 31U, fields.day);
    return has_day && text.take(" ") && text.take_time(fields) && text.take(" ") &&
           text.take_number(4, 0, 9999, fields.year) && text.is_at_end();
}

/// The time that the fields name in that year, if it has such a day. A leap second is the first second of the
/// next minute.
inline std::optional<std::chrono::sys_seconds> http_date_in(int year, http_date_fields const& fields) {
    auto const day =
        std::chrono::year{year} / std::chrono::month{fields.month} / std::chrono::day{fields.day};
    if (!day.ok())
        return std::nullopt;
    return std::chrono::sys_days{day} + std::chrono::hours{fields.hour} +
           std::chrono::minutes{fields.minute} + std::chrono::seconds{fields.second};
}

/// The latest year with these last two digits that doesn't put the date more than 50 years after `now`.
inline std::optional<std::chrono::sys_seconds> http_date_near(std::chrono::sys_seconds now,
                                                              http_date_fields const& fields) {
    auto const today = std::chrono::floor<std::chrono::days>(now);
    auto const day_in_50_years = std::chrono::year_month_day{today} + std::chrono::years{50};
    auto const latest = std::chrono::sys_days{day_in_50_years} + (now - today);
    auto const last_year = static_cast<int>(day_in_50_years.year());
    auto const year = last_year - (last_year - fields.year) % 100;
    auto const found = http_date_in(year, fields);
    return found && *found > latest ? http_date_in(year - 100, fields) : found;
}

/// The time that an HTTP-date names, or nothing where it isn't one. The day of the week is not held against
/// the date.
inline std::optional<std::chrono::sys_seconds> http_date(std::string_view text,
                                                         std::chrono::sys_seconds now) {
    http_date_fields fields;
    http_date_reader const reader{text};
    if (!is_imf_fixdate(reader, fields) && !is_rfc850_date(reader, fields) &&
        !is_asctime_date(reader, fields))
        return std::nullopt;
    return fields.has_century ? http_date_in(fields.year, fields) : http_date_near(now, fields);
}

} // namespace breakerbox::detail

#endif
