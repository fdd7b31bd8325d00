// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RULE_RULE_HPP
#define BREAKERBOX_RULE_RULE_HPP

#include <breakerbox/host_status.hpp>

#include <chrono>
#include <concepts>
#include <optional>

namespace breakerbox {

/// A moment on a store's clock: whole microseconds since that clock's epoch, the same in memory and in Redis.
using instant = std::chrono::microseconds;

/// What trips a host and how it recovers: pure functions of a host's state, an event and the time. A rule
/// never reads a clock, waits or locks; a store keeps the states and applies the rule to each of them
/// atomically.
///
/// A default-constructed state is that of a host never heard of.
template <class R>
concept rule = std::copy_constructible<R> && std::default_initializable<typename R::state> &&
               std::copyable<typename R::state> &&
               requires(R const& r, typename R::state& changing, typename R::state const& state, instant now,
                        std::optional<std::chrono::microseconds> open_for) {
                   /// Throws std::invalid_argument if a field can't be right.
                   r.validate();
                   /// What the state means now.
                   { r.look(state, now) } -> std::same_as<host_status>;
                   /// When the state will mean no more than that of a host never heard of.
                   { r.expires_at(state) } -> std::same_as<instant>;
                   /// One failure.
                   r.on_failure(changing, now);
                   /// Opens the host by hand, for a while or for as long as the rule can.
                   r.force_open(changing, open_for, now);
               };

} // namespace breakerbox

#endif
