// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_MEETING_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_MEETING_HPP

#include <breakerbox/base/breaker_state.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace breakerbox::detail {

/// An opening that a process knows of when it comes back to the shared state.
struct brought_opening {
    /// The shared state's number of it or, where it is the process's own, one that no other has; 0 where none is known.
    std::uint64_t number = 0;
    /// How long ago the process heard of it last or, where it is its own, made it.
    std::chrono::microseconds learnt_ago{};
    /// How long it lasts still; nothing for one until `reset`.
    std::optional<std::chrono::microseconds> left = std::chrono::microseconds::zero();
};

/// What the shared state says of the host then.
struct shared_opening {
    breaker_state state = breaker_state::closed;
    /// Of the opening that the host is in.
    std::uint64_t number = 0;
    /// How long ago it was last closed; nothing where that is not known to have happened.
    std::optional<std::chrono::microseconds> closed_ago = std::nullopt;
    /// How long it is open still; nothing for one until `reset`.
    std::optional<std::chrono::microseconds> left = std::chrono::microseconds::zero();
};

/// The rule of the meeting: whether the host is to be open for as long as what is brought lasts. Else the shared state
/// stays as it is, and in no case is anybody let through for it.
///
/// What both know by the same number is there already, how ever long it lasts by either's clock. What was learnt before
/// the shared state closed the host is known to be over. Of what is left, the later end wins; one that has come still
/// makes a closed host ask for a probe. `is_brought_in` in lua/meeting.hpp is its twin.
constexpr bool is_brought_in(brought_opening const& brought, shared_opening const& shared) noexcept {
    bool const is_closed = shared.state == breaker_state::closed;
    if (!is_closed && brought.number != 0 && brought.number == shared.number)
        return false;
    if (shared.closed_ago && *shared.closed_ago < brought.learnt_ago)
        return false;
    if (is_closed)
        return true;
    auto const left =
        shared.state == breaker_state::half_open ? std::chrono::microseconds::zero() : shared.left;
    return left && (!brought.left || *brought.left > *left);
}

} // namespace breakerbox::detail

#endif
