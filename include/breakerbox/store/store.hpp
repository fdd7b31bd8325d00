// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_STORE_HPP
#define BREAKERBOX_STORE_STORE_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/change_queue.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <concepts>
#include <optional>
#include <string_view>

namespace breakerbox {

/// A store's answer to a request for leave: what the call's report will need, or the status that refuses it.
template <class Ticket>
struct leave {
    // Not defaulted: g++ would fill the whole of an empty refusal with zeros, on each healthy call.
    leave() noexcept {} // NOLINT(modernize-use-equals-default)

    [[no_unique_address]] Ticket ticket;
    std::optional<host_status> refusal;
    /// When it was refused, on the store's clock.
    instant refused_at{};
};

/// What a report did.
struct report_result {
    /// Whether it was worth anything: not that of a call which had leave before the host's last change of state.
    bool counted = false;
    /// Whether the call failed, and its host is open now.
    bool is_open = false;
};

namespace detail {

/// What any store has: a rule, and tickets, one in each permit.
template <class S>
concept gives_tickets = rule<typename S::rule_type> && std::move_constructible<S> &&
                        std::default_initializable<typename S::ticket> && std::copyable<typename S::ticket> &&
                        requires(typename S::ticket const& ticket) {
                            /// Whether `report` and `host_of` need the ticket alone, so that a permit need not keep its host.
                            { S::ticket_finds_host } -> std::convertible_to<bool>;
                            /// Whether the leave is for a probe.
                            { ticket.is_probe } -> std::convertible_to<bool>;
                        };

} // namespace detail

/// Keeps one state per host and applies a rule to it, each step atomically. Steps take any bytes but none as a host,
/// are safe to take from any thread, and push each change of a host's state that they make.
///
/// Those of a plain store are functions that do it at once.
template <class S>
concept plain_store =
    detail::gives_tickets<S> &&
    requires(S& s, S const& looked_at, typename S::ticket const& ticket, std::string_view host, verdict v,
             std::optional<std::chrono::microseconds> open_for, change_queue& changes,
             acquire_options options, ended_call call) {
        /// Asks leave for one call. Of the options those that concern the host are the store's business.
        { s.acquire(host, changes, options) } -> std::same_as<leave<typename S::ticket>>;
        /// Ends a call that had leave. A neutral report throws nothing; but for a probe's it need not be made.
        { s.report(ticket, host, v, changes) } -> std::same_as<report_result>;
        /// Begins the lease of a probe anew. Returns whether its report would be worth anything; true for other calls.
        { s.renew(ticket, host, changes) } -> std::same_as<bool>;
        /// Counts a call that had no leave.
        { s.record(host, call, changes) } -> std::same_as<host_status>;
        { looked_at.look(host) } -> std::same_as<host_status>;
        /// Opens the host by hand.
        s.force_open(host, open_for, changes);
        /// Makes the host as one never heard of.
        s.reset(host, changes);
    };

/// Those of a shared store, which is elsewhere and may fail, are awaitables. Each is given where to tell of that, a
/// look too; the host's bytes and the queue must outlive it. The steps mean what those of a plain_store mean.
template <class S>
concept shared_store =
    detail::gives_tickets<S> && !S::ticket_finds_host &&
    requires(S& s, S const& looked_at, typename S::ticket const& ticket, std::string_view host, verdict v,
             std::optional<std::chrono::microseconds> open_for, change_queue& changes,
             acquire_options options, ended_call call) {
        { s.acquire(host, changes, options) } -> std::same_as<asio::awaitable<leave<typename S::ticket>>>;
        { s.report(ticket, host, v, changes) } -> std::same_as<asio::awaitable<report_result>>;
        { s.renew(ticket, host, changes) } -> std::same_as<asio::awaitable<bool>>;
        /// Ends a call that had leave when nobody can wait for it: in a destructor, or in a cancelled coroutine.
        { s.post_report(ticket, host, v) } noexcept;
        { s.record(host, call, changes) } -> std::same_as<asio::awaitable<host_status>>;
        { looked_at.look(host, changes) } -> std::same_as<asio::awaitable<host_status>>;
        { s.force_open(host, open_for, changes) } -> std::same_as<asio::awaitable<void>>;
        { s.reset(host, changes) } -> std::same_as<asio::awaitable<void>>;
    };

/// What a circuit_breaker keeps its hosts in.
template <class S>
concept store = plain_store<S> || shared_store<S>;

} // namespace breakerbox

#endif
