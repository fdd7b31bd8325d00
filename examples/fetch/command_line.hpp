// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_FETCH_COMMAND_LINE_HPP
#define BREAKERBOX_EXAMPLES_FETCH_COMMAND_LINE_HPP

#include "url.hpp"

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace fetch {

inline constexpr std::string_view usage =
    "usage: fetch [--attempts N] [--timeout D] [--pause D] [--store S] URL...\n"
    "\n"
    "Gets each URL, http://host[:port][/path], one after the other.\n"
    "\n"
    "  --attempts N  how often a URL is tried at most (4)\n"
    "  --timeout D   how long one attempt may take (5s)\n"
    "  --pause D     how long to wait between two URLs (0s)\n"
    "  --store S     where failures are counted: in memory, or for all who use the same Redis, whose URL\n"
    "                S is then, such as redis://localhost:6379 (memory)\n"
    "\n"
    "D is a whole number with its unit, such as 500ms or 2s.\n"
    "The exit status is 0 if all is well, 1 if a URL failed, 2 if a URL or a flag is wrong.\n";

struct command_line {
    bool help = false;
    std::uint32_t attempts = 4;
    std::chrono::nanoseconds timeout = std::chrono::seconds{5};
    std::chrono::nanoseconds pause = std::chrono::seconds{0};
    /// "memory", or the URL of a Redis server, not looked at yet.
    std::string store = "memory";
    std::vector<url> urls;
};

[[noreturn]] inline void refuse_flag(std::string_view flag, std::string_view expected,
                                     std::string_view value) {
    throw std::invalid_argument(std::string{flag} + " must be " + std::string{expected} + ", but is '" +
                                std::string{value} + "'");
}

/// Reads the whole number that `text` begins with, and what follows it.
inline bool parse_number(std::string_view text, std::uint32_t& number, std::string_view& rest) {
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    rest = text.substr(static_cast<std::size_t>(end - text.data()));
    return error == std::errc{};
}

inline std::uint32_t parse_count(std::string_view flag, std::string_view value) {
    std::uint32_t count = 0;
    std::string_view rest;
    if (!parse_number(value, count, rest) || !rest.empty() || count == 0)
        refuse_flag(flag, "a number from 1 to 4294967295", value);
    return count;
}

inline std::chrono::nanoseconds parse_duration(std::string_view flag, std::string_view value) {
    std::uint32_t count = 0;
    std::string_view unit;
    if (parse_number(value, count, unit)) {
        if (unit == "ms")
            return std::chrono::milliseconds{count};
        if (unit == "s")
            return std::chrono::seconds{count};
    }
    refuse_flag(flag, "a whole number with its unit, such as 500ms or 2s", value);
}

/// Throws std::invalid_argument that names what is wrong and what was expected.
inline command_line parse_command_line(std::vector<std::string_view> const& arguments) {
    command_line parsed;
    for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
        auto const flag = *argument;
        auto const value = [&] {
            if (++argument == arguments.end())
                throw std::invalid_argument(std::string{flag} + " needs a value after it");
            return *argument;
        };
        if (flag == "--help") {
            parsed.help = true;
            return parsed;
        } else if (flag == "--attempts") {
            parsed.attempts = parse_count(flag, value());
        } else if (flag == "--timeout") {
            auto const given = value();
            parsed.timeout = parse_duration(flag, given);
            if (parsed.timeout == parsed.timeout.zero())
                refuse_flag(flag, "more than zero", given);
        } else if (flag == "--pause") {
            parsed.pause = parse_duration(flag, value());
        } else if (flag == "--store") {
            parsed.store = value();
        } else if (flag.starts_with('-')) {
            throw std::invalid_argument("'" + std::string{flag} + "' is not a flag; expected --attempts N, " +
                                        "--timeout D, --pause D, --store S or --help");
        } else {
            parsed.urls.push_back(parse_url(flag));
        }
    }
    if (parsed.urls.empty())
        throw std::invalid_argument("expected a URL at least");
    return parsed;
}

} // namespace fetch

#endif
