// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_UNSHAREABLE_COMMANDS_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_UNSHAREABLE_COMMANDS_HPP

#include <breakerbox/redis/connection/command.hpp>
#include <breakerbox/redis/connection/detail/reply_reader.hpp>
#include <breakerbox/redis/connection/reply.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace breakerbox::detail {

/// The arguments of a command, its name first, as they stand in the bytes that are sent.
class command_words {
public:
    explicit command_words(redis_command const& command) noexcept : rest_(command.bytes()) { skip_line(); }

    /// Empty behind the last one.
    std::string_view next() noexcept {
        if (rest_.empty())
            return {};
        std::size_t size = 0;
        std::from_chars(rest_.data() + 1, rest_.data() + rest_.size(), size); // behind the '$'
        skip_line();
        auto const word = rest_.substr(0, size);
        rest_.remove_prefix(std::min(rest_.size(), size + 2));
        return word;
    }

private:
    void skip_line() noexcept {
        auto const end = rest_.find('\n');
        rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
    }

    std::string_view rest_;
};

/// Whether a word is this name, which is given in capitals.
inline bool is_word(std::string_view word, std::string_view name) noexcept {
    auto const capital = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
    return word.size() == name.size() && std::equal(word.begin(), word.end(), name.begin(),
                                                    [&](char w, char n) { return capital(w) == n; });
}

/// Commands after which the connection is another one for all who share it: of another user or database, in a
/// transaction, without replies, or with some that nobody asked for; and those that let all others behind them wait.
inline constexpr auto unshareable_commands = std::to_array<std::string_view>(
    {"ASKING",      "AUTH",       "BLMOVE",   "BLMPOP",       "BLPOP",     "BRPOP",        "BRPOPLPUSH",
     "BZMPOP",      "BZPOPMAX",   "BZPOPMIN", "DISCARD",      "EXEC",      "HELLO",        "MONITOR",
     "MULTI",       "PSUBSCRIBE", "PSYNC",    "PUNSUBSCRIBE", "QUIT",      "READONLY",     "READWRITE",
     "REPLCONF",    "RESET",      "SELECT",   "SSUBSCRIBE",   "SUBSCRIBE", "SUNSUBSCRIBE", "SYNC",
     "UNSUBSCRIBE", "UNWATCH",    "WAIT",     "WAITAOF",      "WATCH"});

inline constexpr auto unshareable_subcommands =
    std::to_array<std::string_view>({"CLIENT CACHING", "CLIENT NO-EVICT", "CLIENT NO-TOUCH", "CLIENT REPLY",
                                     "CLIENT SETINFO", "CLIENT SETNAME", "CLIENT TRACKING", "SCRIPT DEBUG"});

/// Whether an XREAD or XREADGROUP waits for entries.
inline bool has_block_option(command_words words) noexcept {
    for (auto word = words.next(); !word.empty() && !is_word(word, "STREAMS"); word = words.next()) {
        if (is_word(word, "BLOCK"))
            return true;
        if (is_word(word, "GROUP")) { // whose two arguments may be any words
            words.next();
            words.next();
        }
    }
    return false;
}

/// What of a command keeps it from a connection that is shared: its name, or an argument; empty if nothing does.
inline std::string_view unshareable_part(redis_command const& command) noexcept {
    command_words words{command};
    auto const name = words.next();
    for (auto const each : unshareable_commands)
        if (is_word(name, each))
            return each;
    for (std::string_view const reading : {"XREAD BLOCK", "XREADGROUP BLOCK"})
        if (is_word(name, reading.substr(0, reading.find(' '))))
            return has_block_option(words) ? reading : std::string_view{};
    if (!is_word(name, "CLIENT") && !is_word(name, "SCRIPT"))
        return {};
    auto const subcommand = words.next();
    for (auto const each : unshareable_subcommands) {
        auto const space = each.find(' ');
        if (is_word(name, each.substr(0, space)) && is_word(subcommand, each.substr(space + 1)))
            return each;
    }
    return {};
}

/// The error reply that such a command gets, as if the server had refused it; an empty one where memory is short.
inline redis_reply refusal_of(std::string_view name) {
    reply_reader reader{1000, 1};
    reader.feed("-ERR " + std::string{name} + " would change the connection for all who share it\r\n");
    auto read = reader.next();
    return read && *read ? std::move(**read) : redis_reply{};
}

} // namespace breakerbox::detail

#endif
