// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REDIS_SUPPORT_MEETING_CASES_HPP
#define BREAKERBOX_TESTS_REDIS_SUPPORT_MEETING_CASES_HPP

#include <breakerbox/redis/store/detail/meeting.hpp>

#include <array>
#include <chrono>
#include <optional>

namespace support {

/// One case of the rule of the meeting.
struct meeting_case {
    char const* what;
    breakerbox::detail::shared_opening shared;
    breakerbox::detail::brought_opening brought;
    bool is_brought_in;
};

/// The rule of the meeting as a table, in seconds: the opening 7 is brought.
inline auto meeting_cases() {
    using namespace std::chrono_literals;
    constexpr auto closed = breakerbox::breaker_state::closed;
    constexpr auto open = breakerbox::breaker_state::open;
    constexpr auto half_open = breakerbox::breaker_state::half_open;
    constexpr auto never = std::nullopt;    // closed at no time
    constexpr auto for_ever = std::nullopt; // open until reset
    return std::array{
        // what                                                  state     number closed_ago left       number ago left
        meeting_case{"nothing is known there", {closed, 0, never, 0s}, {7, 9s, 5s}, true},
        meeting_case{
            "nothing is known there, and the time is over", {closed, 0, never, 0s}, {7, 9s, 0s}, true},
        meeting_case{"closed before it was learnt", {closed, 0, 10s, 0s}, {7, 9s, 5s}, true},
        meeting_case{"closed when it was learnt", {closed, 0, 9s, 0s}, {7, 9s, 5s}, true},
        meeting_case{"closed since", {closed, 0, 8s, 0s}, {7, 9s, 5s}, false},
        meeting_case{"closed since, though open for ever", {closed, 0, 8s, 0s}, {7, 9s, for_ever}, false},
        meeting_case{"one of its own after the closing", {closed, 0, 8s, 0s}, {7, 7s, 5s}, true},
        meeting_case{"the same opening", {open, 7, never, 3s}, {7, 9s, 5s}, false},
        meeting_case{"the same opening, for ever", {open, 7, never, 3s}, {7, 9s, for_ever}, false},
        meeting_case{"the same opening, half-open by now", {half_open, 7, never, 0s}, {7, 9s, 5s}, false},
        meeting_case{"another opening, that ends sooner", {open, 8, never, 3s}, {7, 9s, 5s}, true},
        meeting_case{"another opening, that ends then", {open, 8, never, 5s}, {7, 9s, 5s}, false},
        meeting_case{"another opening, that ends later", {open, 8, never, 6s}, {7, 9s, 5s}, false},
        meeting_case{"another opening, for ever", {open, 8, never, for_ever}, {7, 9s, for_ever}, false},
        meeting_case{"for ever against a while", {open, 8, never, 6s}, {7, 9s, for_ever}, true},
        meeting_case{"closed since, and open again", {open, 8, 8s, 3s}, {7, 9s, 5s}, false},
        meeting_case{"closed, open again, and one of its own since", {open, 8, 8s, 3s}, {7, 7s, 5s}, true},
        meeting_case{"another opening, half-open by now", {half_open, 8, never, 0s}, {7, 9s, 5s}, true},
        meeting_case{"half-open on both sides", {half_open, 8, never, 0s}, {7, 9s, 0s}, false},
        meeting_case{"half-open after a closing since", {half_open, 8, 8s, 0s}, {7, 9s, 5s}, false},
        meeting_case{"no number is known", {open, 0, never, 3s}, {0, 9s, 5s}, true},
    };
}

} // namespace support

#endif
