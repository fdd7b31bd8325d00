// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_HPP
#define BREAKERBOX_STORE_HPP

#include <breakerbox/host_status.hpp>
#include <breakerbox/rule/rule.hpp>

#include <chrono>
#include <concepts>
#include <optional>
#include <string_view>

namespace breakerbox {

/// What one atomic step did to a host.
struct store_step {
    breaker_state before = breaker_state::closed;
    host_status after;

    bool changed_state() const noexcept { return before != after.state; }
};

/// Keeps one state per host and applies a rule to it, each step atomically. The steps are plain functions;
/// they take any bytes but none as a host, and are safe to call from any thread.
template <class S>
concept store = rule<typename S::rule_type> && std::move_constructible<S> &&
                requires(S& s, S const& looked_at, std::string_view host,
                         std::optional<std::chrono::microseconds> open_for) {
                    /// The status that refuses a call to the host now, or nothing.
                    { s.refusal(host) } -> std::same_as<std::optional<host_status>>;
                    /// Counts one failure.
                    { s.on_failure(host) } -> std::same_as<store_step>;
                    { looked_at.look(host) } -> std::same_as<host_status>;
                    { s.force_open(host, open_for) } -> std::same_as<store_step>;
                    /// Makes the host as one never heard of.
                    { s.reset(host) } -> std::same_as<store_step>;
                };

} // namespace breakerbox

#endif
