// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_STEP_ANSWER_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_STEP_ANSWER_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/redis/connection/reply.hpp>
#include <breakerbox/rule/recovery.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace breakerbox::detail {

/// What a rule's script has done.
struct step_answer {
    /// Of `acquire`: whether the call may be made. Of `report`: whether it counted.
    bool done = false;
    /// Of `acquire`: the permit's number, and whether it is a probe's.
    std::uint64_t number = 0;
    bool is_probe = false;
    /// How many probes the step found past their leases.
    std::uint32_t probes_given_up = 0;
    /// The state just before the step.
    breaker_state from = breaker_state::closed;
    /// What the rule says of the host just after it.
    host_status status{};
    /// The number of the opening that the host is in; 0 where it is in none, or they have no numbers.
    std::uint64_t opening = 0;
    /// How long ago the host was closed, where that is known.
    std::optional<std::chrono::microseconds> closed_ago = std::nullopt;
};

/// Reads the integers that a script answers with, in the order of `answer` in lua/values.hpp. Each must be a number
/// that can be right: after the first one that isn't, `is_right` is false for good.
class answer_reader {
public:
    explicit answer_reader(redis_reply_view reply) noexcept
        : reply_(reply), is_right_(reply.size() == count) {}

    bool is_right() const noexcept { return is_right_; }

    std::int64_t next(std::int64_t least, std::int64_t most) noexcept {
        auto const element = reply_[next_++];
        auto const number = element.is_integer() ? element.integer() : std::nullopt;
        if (number && *number >= least && *number <= most)
            return *number;
        is_right_ = false;
        return least;
    }

    bool next_bool() noexcept { return next(0, 1) != 0; }

    /// An enumeration's value, from the first one's, which is 0, to this.
    template <class Enum>
    Enum next_up_to(Enum last) noexcept {
        return static_cast<Enum>(next(0, static_cast<std::int64_t>(last)));
    }

    std::uint64_t next_number() noexcept { return static_cast<std::uint64_t>(next(0, exact)); }
    std::uint32_t next_count() noexcept {
        return static_cast<std::uint32_t>(next(0, std::numeric_limits<std::uint32_t>::max()));
    }

    /// Microseconds; nothing for the -1 that stands for none, or for ever.
    std::optional<std::chrono::microseconds> next_time() noexcept {
        auto const time = next(-1, exact);
        return time < 0 ? std::nullopt : std::optional{std::chrono::microseconds{time}};
    }

private:
    static constexpr std::size_t count = 18;
    /// What a double of Lua's has exactly.
    static constexpr std::int64_t exact = std::int64_t{1} << 53;

    redis_reply_view reply_;
    std::size_t next_ = 0;
    bool is_right_;
};

/// Reads a script's reply; nullopt for a malformed one. `blank` is what the rule says of a host never heard of, `now` the
/// time on this process's clock.
inline std::optional<step_answer> read_answer(redis_reply_view reply, host_status const& blank,
                                              instant now) noexcept {
    answer_reader values{reply};
    step_answer answer{.status = blank};
    auto& status = answer.status;
    answer.done = values.next_bool();
    answer.number = values.next_number();
    answer.is_probe = values.next_bool();
    answer.from = values.next_up_to(breaker_state::half_open);
    status.state = values.next_up_to(breaker_state::half_open);
    status.cause = values.next_up_to(trip_cause::by_hand);
    status.failures = values.next_number();
    status.calls = values.next_number();
    status.slow_calls = values.next_number();
    status.probes.out = values.next_count();
    status.probes.successes = values.next_count();
    status.probes.failures = values.next_count();
    if (auto const ago = values.next_time())
        status.opened_at = saturating_subtract(now, *ago);
    auto const wait = values.next_time();
    status.retry_after = wait ? saturating_cast<duration>(*wait) : duration::max();
    status.probes.given_up = values.next_count();
    answer.probes_given_up = values.next_count();
    answer.opening = values.next_number();
    answer.closed_ago = values.next_time();
    return values.is_right() ? std::optional{answer} : std::nullopt;
}

} // namespace breakerbox::detail

#endif
