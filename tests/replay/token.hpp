// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REPLAY_TOKEN_HPP
#define BREAKERBOX_TESTS_REPLAY_TOKEN_HPP

#include <breakerbox/base/host_status.hpp>

#include "replay/values.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace replay {

// What a token does, or says must be seen now.

struct call {
    breakerbox::verdict how;
    std::chrono::microseconds takes;
};
struct without_permit {
    breakerbox::verdict how;
};
struct acquire {
    std::string name;
};
struct report {
    std::string name;
    breakerbox::verdict how;
};
struct drop {
    std::string name;
};
struct reject {
    bool may_probe;
    std::optional<std::chrono::microseconds> retry_after;
};
struct admit {};
struct pass_time {
    std::chrono::microseconds time;
};
struct force_open {
    std::optional<std::chrono::microseconds> open_for;
};
struct reset {};
struct state_is {
    breakerbox::breaker_state state;
};
struct failures_are {
    std::uint64_t count;
};
struct calls_are {
    std::uint64_t count;
};

using step = std::variant<call, without_permit, acquire, report, drop, reject, admit, pass_time, force_open,
                          reset, state_is, failures_are, calls_are>;

struct token {
    step what;
    std::uint32_t times;
    std::size_t line;
    std::string text;
};

/// What follows `start` in `text`; nothing where `text` doesn't start so.
inline std::optional<std::string_view> after(std::string_view start, std::string_view text) {
    if (!text.starts_with(start))
        return std::nullopt;
    return text.substr(start.size());
}

inline std::optional<breakerbox::verdict> verdict_named(std::string_view letter) {
    if (letter == "S")
        return breakerbox::verdict::success;
    if (letter == "F")
        return breakerbox::verdict::failure;
    if (letter == "N")
        return breakerbox::verdict::neutral;
    return std::nullopt;
}

inline std::string read_name(std::string_view text, std::string_view word) {
    constexpr auto allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    // A permit named A, drop or record could not be told from the tokens that begin so.
    if (text.empty() || text.find_first_not_of(allowed) != text.npos || text == "A" || text == "drop" ||
        text == "record")
        refuse(word, "a permit's name, of letters, digits and _, but not A, drop or record");
    return std::string{text};
}

/// A token without its `*n`.
inline step read_step(std::string_view text, std::string_view word) {
    if (auto const time = after("+", text))
        return pass_time{read_time(*time, word)};
    if (auto const count = after("failures=", text))
        return failures_are{read_count(*count, word)};
    if (auto const count = after("calls=", text))
        return calls_are{read_count(*count, word)};
    if (auto const name = after("A:", text))
        return acquire{read_name(*name, word)};
    if (auto const name = after("drop:", text))
        return drop{read_name(*name, word)};
    if (auto const letter = after("record:", text)) {
        auto const how = verdict_named(*letter);
        if (!how)
            refuse(word, "S, F or N after record:");
        return without_permit{*how};
    }
    if (auto const colon = text.find(':'); colon != text.npos) {
        auto const how = verdict_named(text.substr(colon + 1));
        if (!how)
            refuse(word, "S, F or N after the permit's name");
        return report{read_name(text.substr(0, colon), word), *how};
    }

    std::optional<std::chrono::microseconds> time;
    auto const parenthesis = text.find('(');
    auto const head = text.substr(0, parenthesis);
    if (parenthesis != text.npos) {
        if (!text.ends_with(')'))
            refuse(word, "a ) at its end");
        time = read_time(text.substr(parenthesis + 1, text.size() - parenthesis - 2), word);
    }
    if (auto const how = verdict_named(head))
        return call{*how, time.value_or(std::chrono::microseconds{0})};
    if (head == "reject")
        return reject{true, time};
    if (head == "no_probe")
        return reject{false, time};
    if (head == "force_open") {
        if (time && time->count() == 0)
            refuse(word, "a time of more than zero");
        return force_open{time};
    }
    using breakerbox::breaker_state;
    for (auto const& [name, alone] : std::initializer_list<std::pair<std::string_view, step>>{
             {"I", without_permit{breakerbox::verdict::failure}},
             {"admit", admit{}},
             {"reset", reset{}},
             {"closed", state_is{breaker_state::closed}},
             {"open", state_is{breaker_state::open}},
             {"half_open", state_is{breaker_state::half_open}}})
        if (text == name)
            return alone;
    refuse(word, "a token: S F N S(time) I record:S A:name name:S drop:name reject reject(time) no_probe "
                 "no_probe(time) admit +time force_open "
                 "force_open(time) reset closed open half_open failures=n calls=n, each with *n or without");
}

inline token read_token(std::string_view word, std::size_t line) {
    auto const star = word.find('*');
    auto const times = star == word.npos ? 1 : read_count(word.substr(star + 1), word);
    if (times == 0)
        refuse(word, "to be repeated once at least");
    return {read_step(word.substr(0, star), word), times, line, std::string{word}};
}

} // namespace replay

#endif
