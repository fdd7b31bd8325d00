// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RULE_RULE_HPP
#define BREAKERBOX_RULE_RULE_HPP

#include <breakerbox/base/host_status.hpp>
#include <breakerbox/rule/recovery.hpp>

#include <chrono>
#include <concepts>
#include <optional>

// What trips a host and how it recovers: pure functions of a host's state, an event and the time. A rule never
// reads a clock, waits or locks; a store keeps the states and applies the rule to each of them atomically.
//
// There are two kinds. A `failure_rule` is told of failures alone, keeps its state as it likes, and lets time
// close the host. A `trip_rule` only says when a closed host trips; what follows, the open time, the probes and
// the closing, is written once for all of them, in recovering.hpp.

namespace breakerbox {

/// What a trip_rule is told of a call: it has ended as a success or a failure, and took that long.
struct ended_call {
    verdict result = verdict::success;
    /// By the caller's clock, in whole microseconds; zero where the rule doesn't rate slow calls.
    std::chrono::microseconds took{};
};

/// What a trip_rule has counted of a host's calls. A rule that counts failures alone leaves the rest at zero.
struct evidence {
    std::uint64_t failures = 0;
    std::uint64_t calls = 0;
    std::uint64_t slow_calls = 0;
};

/// What each rule is: a value that can tell whether its fields can be right.
template <class R>
concept validated_rule = std::copy_constructible<R> && requires(R const& r) {
    /// Throws std::invalid_argument if a field can't be right.
    r.validate();
};

/// A rule whose states change by failures, by hand and by time alone. A default-constructed state is that of a
/// host never heard of.
template <class R>
concept failure_rule =
    validated_rule<R> && std::default_initializable<typename R::state> && std::copyable<typename R::state> &&
    requires(R const& r, typename R::state& changing, typename R::state const& state, instant now,
             std::optional<std::chrono::microseconds> open_for) {
        /// What the state means now.
        { r.look(state, now) } -> std::same_as<host_status>;
        /// The same, without the evidence.
        { r.state_at(state, now) } -> std::same_as<breaker_state>;
        /// When the state will mean no more than that of a host never heard of.
        { r.expires_at(state) } -> std::same_as<instant>;
        /// One failure.
        r.on_failure(changing, now);
        /// Opens the host by hand, for a while or for as long as the rule can.
        r.force_open(changing, open_for, now);
    };

/// A rule that says what is counted while a host is closed, its `tally`, and when that trips it. A
/// default-constructed tally has nothing counted.
template <class R>
concept trip_rule =
    validated_rule<R> && std::default_initializable<typename R::tally> && std::copyable<typename R::tally> &&
    requires(R const& r, typename R::tally& changing, typename R::tally const& tally, ended_call call,
             instant now) {
        /// How a tripped host recovers.
        { r.recovery } -> std::convertible_to<recovery const&>;
        /// Whether a healthy host must be remembered, for its successes are counted as well.
        { R::counts_successes } -> std::convertible_to<bool>;
        /// Counts a call, and says whether that trips the host, and why.
        { r.count(changing, call, now) } -> std::same_as<trip_cause>;
        /// Whether the call was too slow, so that a probe has failed however it ended.
        { r.is_slow(call) } -> std::same_as<bool>;
        { r.counted(tally, now) } -> std::same_as<evidence>;
        { r.condition() } -> std::same_as<trip_condition>;
    };

/// What trips a host, and how it recovers.
template <class R>
concept rule = failure_rule<R> || trip_rule<R>;

} // namespace breakerbox

#endif
