// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_DETAIL_HTTP_DATE_HPP
#define BREAKERBOX_POLICY_DETAIL_HTTP_DATE_HPP

#include <chrono>
#include <ctime>
#include <iomanip>
#include <locale>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

// HTTP's dates (RFC 9110, 5.6.7), of which a recipient has to know three forms.

namespace breakerbox::detail {

inline constexpr char const* http_date_forms[] = {
    "%a, %d %b %Y %H:%M:%S GMT", // IMF-fixdate
    "%A, %d-%b-%y %H:%M:%S GMT", // RFC 850's
    "%a %b %e %H:%M:%S %Y",      // asctime's
};

/// As std::put_time in English, but with all four digits of a year below 1000.
inline std::string http_date_text(std::tm const& fields, std::string form) {
    if (auto const at = form.find("%Y"); at != form.npos)
        form.replace(at, 2, std::to_string(10'000 + 1900 + fields.tm_year).substr(1));
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text << std::put_time(&fields, form.c_str());
    return text.str();
}

/// The fields of a date in exactly that form, each in its range.
inline std::optional<std::tm> http_date_fields(std::string const& text, char const* form) {
    std::tm fields{};
    std::istringstream in{text};
    in.imbue(std::locale::classic());
    // get_time forgives much: small letters, one digit for two, a missing zone, whatever follows. What is a
    // date comes out as it went in.
    if (in >> std::get_time(&fields, form) && http_date_text(fields, form) == text)
        return fields;
    return std::nullopt;
}

/// The time that the fields name in that year, if it has such a day. A leap second is the first second of the
/// next minute.
inline std::optional<std::chrono::sys_seconds> http_date_in(int year, std::tm const& fields) {
    auto const day = std::chrono::year{year} / (fields.tm_mon + 1) / fields.tm_mday;
    if (!day.ok())
        return std::nullopt;
    return std::chrono::sys_days{day} + std::chrono::hours{fields.tm_hour} +
           std::chrono::minutes{fields.tm_min} + std::chrono::seconds{fields.tm_sec};
}

/// The latest year with these last two digits that doesn't put the date more than 50 years after `now`.
inline std::optional<std::chrono::sys_seconds> http_date_near(std::chrono::sys_seconds now,
                                                              std::tm const& fields) {
    auto const today = std::chrono::floor<std::chrono::days>(now);
    auto const day_in_50_years = std::chrono::year_month_day{today} + std::chrono::years{50};
    auto const latest = std::chrono::sys_days{day_in_50_years} + (now - today);
    auto const last_year = static_cast<int>(day_in_50_years.year());
    auto const year = last_year - (last_year - fields.tm_year) % 100; // tm_year has the same last two digits
    auto const found = http_date_in(year, fields);
    return found && *found > latest ? http_date_in(year - 100, fields) : found;
}

/// The time that an HTTP-date names, or nothing where it isn't one. The day of the week is not held against
/// the date.
inline std::optional<std::chrono::sys_seconds> http_date(std::string const& text,
                                                         std::chrono::sys_seconds now) {
    for (std::string_view const form : http_date_forms)
        if (auto const fields = http_date_fields(text, form.data()))
            return form.find("%Y") != form.npos ? http_date_in(fields->tm_year + 1900, *fields)
                                                : http_date_near(now, *fields);
    return std::nullopt;
}

} // namespace breakerbox::detail

#endif
