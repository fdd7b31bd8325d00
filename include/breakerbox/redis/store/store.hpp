// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_STORE_HPP
#define BREAKERBOX_REDIS_STORE_STORE_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/error.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/redis/connection/connection.hpp>
#include <breakerbox/redis/store/detail/rule_twin.hpp>
#include <breakerbox/redis/store/detail/shared_hosts.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/store/store.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

namespace breakerbox {

/// What a redis_store answers while its Redis can't be asked.
enum class when_store_fails : std::uint8_t {
    /// The same rule goes on in this process's memory, from what was last heard of the hosts. Once Redis is back it is
    /// told of the hosts that failed meanwhile, and after each reconnect of those that are open here: of two counts and
    /// of two expiries the greater one stays, of two open times the later, and what another process has closed since it
    /// was learnt is dropped; no host is let through for it.
    use_local,
    /// All hosts are available, and nothing is counted.
    assume_available,
    /// Asking throws store_error. A permit's report does not: its call has been made.
    fail,
};

/// What a redis_store does without its Redis.
struct redis_store_options {
    breakerbox::when_store_fails when_store_fails = breakerbox::when_store_fails::use_local;
    /// The most hosts known in this process under `use_local`, from 1 to 2^30; see memory_store_options.
    std::size_t max_local_hosts = 1024;
    /// What every key begins with, also those of failure_count that a Python service must know; for users who may write to
    /// some keys alone, such as `~tenant:*`. Copied by the store. In a braced part of it all keys would share a slot.
    std::string_view key_prefix{};
};

namespace detail {

/// What a permit of a redis_store bears: who gave it, and what that one needs to know.
template <class Rule>
struct redis_ticket {
    enum class giver : std::uint8_t { redis, this_process, nobody };

    [[no_unique_address]] typename local_hosts<Rule>::ticket local{};
    std::uint64_t number = 0;
    /// How many resets this process had asked for: of others' the number tells, but under failure_count.
    std::uint64_t resets = 0;
    /// By this process's steady clock; kept where calls are timed.
    instant granted_at{};
    giver given_by = giver::redis;
    bool is_probe = false;
};

} // namespace detail

/// Keeps the states of hosts in Redis, for all processes that use the same server and database, under the keys of the
/// README's section "Sharing through Redis". Under failure_count these are the Python library's.
///
/// Each step is one Lua script, atomic there, by the server's clock, and costs a round trip; a success needs none under
/// failure_count. Every key expires. Where Redis fails, a step waits for it no longer than the connection's
/// `command_timeout`, and while it is known to fail not at all; then `when_store_fails` holds, and the breaker's observer
/// is told, both times.
///
/// A step whose connection breaks before the reply comes is not repeated, since it may have been taken: it is counted
/// here instead. So a failure may count twice, which is a failure more where a host is failing anyway, or a success not
/// at all. A probe whose leave got lost is given up after its lease.
///
/// Where the server's clock steps back, as where another master takes over, an open time begins anew, once. Under
/// failure_count it can't: what Redis expires lives longer by that step.
///
/// What is done by hand while Redis fails: `force_open` is told to Redis later as any opening is, `reset` is not.
///
/// All functions may be called from any thread at any time. The store may be moved only while nobody uses it.
template <rule Rule>
class redis_store {
    using hosts = detail::shared_hosts<Rule>;
    using step = detail::twin_step;

public:
    using rule_type = Rule;
    using ticket = detail::redis_ticket<Rule>;

    static constexpr bool ticket_finds_host = false;

    /// Throws std::invalid_argument if the rule or an option can't be right.
    redis_store(Rule rule, redis_connection connection, redis_store_options options = {})
        : mode_(options.when_store_fails),
          hosts_(std::make_shared<hosts>(std::move(rule), std::move(connection), options.max_local_hosts,
                                         options.when_store_fails == when_store_fails::use_local,
                                         options.key_prefix)) {
        hosts_->begin();
    }

    Rule const& rule() const noexcept { return hosts_->rule(); }
    redis_connection const& connection() const noexcept { return hosts_->connection(); }

    /// Whether Redis can't be asked now, and `when_store_fails` holds for all hosts.
    bool is_failing() const noexcept { return hosts_->health().is_failing(); }

    // The steps of a shared_store. Cancelled, they throw operation_aborted.

    asio::awaitable<leave<ticket>> acquire(std::string_view host, change_queue& changes,
                                           acquire_options options = {}) {
        auto asked = hosts_->request(step::acquire);
        asked.may_probe = options.may_probe;
        leave<ticket> given;
        given.ticket.resets = hosts_->resets();
        auto const answer = co_await hosts_->ask(asked, host, changes);
        if (!answer) {
            acquire_without(host, changes, options, given);
        } else if (answer->done) {
            given.ticket.number = answer->number;
            given.ticket.is_probe = answer->is_probe;
            given.ticket.granted_at = hosts::now();
        } else {
            given.refusal = answer->status;
            given.refused_at = hosts::now();
        }
        co_return given;
    }

    asio::awaitable<report_result> report(ticket const& granted, std::string_view host, verdict v,
                                          change_queue& changes) {
        v = worth(granted, host, v);
        if (granted.given_by == ticket::giver::nobody || !means_anything(granted, v))
            co_return report_result{};
        auto const asked = report_request(granted, v);
        auto const answer = co_await hosts_->ask(asked, host, changes);
        if (!answer)
            co_return report_without(granted, host, v, changes);
        bool const is_open = v == verdict::failure && answer->status.state == breaker_state::open;
        co_return report_result{answer->done, is_open};
    }

    asio::awaitable<bool> renew(ticket const& granted, std::string_view host, change_queue& changes) {
        if (granted.given_by == ticket::giver::this_process)
            co_return hosts_->local().renew(granted.local, host, changes);
        if (granted.given_by == ticket::giver::nobody || !granted.is_probe)
            co_return true;
        auto asked = hosts_->request(step::renew);
        asked.number = granted.number;
        auto const answer = co_await hosts_->ask(asked, host, changes);
        co_return answer && answer->done;
    }

    void post_report(ticket const& granted, std::string_view host, verdict v) noexcept {
        v = worth(granted, host, v);
        if (granted.given_by == ticket::giver::nobody || !means_anything(granted, v))
            return;
        try {
            if (v != verdict::neutral)
                hosts_->ask_unawaited(
                    report_request(granted, v), host,
                    [mode = mode_, granted, host = host_name{host}, v](hosts& of, change_queue& changes) {
                        if (mode == when_store_fails::use_local)
                            report_here(of, granted, host, v, changes);
                    });
            else if (granted.given_by == ticket::giver::this_process)
                hosts_->local().drop(granted.local, host);
            else // which changes no host's state, so that there is nothing to hear
                hosts_->post(report_request(granted, v), host);
        } catch (std::bad_alloc const&) { // a probe's lease covers the loss
        }
    }

    asio::awaitable<host_status> record(std::string_view host, ended_call call, change_queue& changes) {
        auto asked = hosts_->request(step::record);
        asked.call = call;
        auto const answer = co_await hosts_->ask(asked, host, changes);
        if (answer)
            co_return answer->status;
        co_return goes_on_locally() ? hosts_->local().record(host, call, changes) : host_status{};
    }

    asio::awaitable<host_status> look(std::string_view host, change_queue& changes) const {
        auto const asked = hosts_->request(step::look);
        auto const answer = co_await hosts_->ask(asked, host, changes);
        if (answer)
            co_return answer->status;
        co_return goes_on_locally() ? hosts_->local().look(host) : host_status{};
    }

    asio::awaitable<void> force_open(std::string_view host, std::optional<std::chrono::microseconds> open_for,
                                     change_queue& changes) {
        auto asked = hosts_->request(step::force_open);
        asked.open_for = open_for;
        auto const answer = co_await hosts_->ask(asked, host, changes);
        if (!answer && goes_on_locally())
            hosts_->local().force_open(host, open_for, changes);
    }

    asio::awaitable<void> reset(std::string_view host, change_queue& changes) {
        hosts_->note_reset(host);
        auto const asked = hosts_->request(step::reset);
        auto const answer = co_await hosts_->ask(asked, host, changes);
        if (!answer && goes_on_locally())
            hosts_->local().reset(host, changes);
    }

private:
    /// Whether the rule goes on in this process. Throws store_error where Redis is to be asked or none.
    bool goes_on_locally() const {
        if (mode_ == when_store_fails::fail) {
            auto const failure = hosts_->health().last_failure();
            throw store_error{failure.error, failure.text};
        }
        return mode_ == when_store_fails::use_local;
    }

    /// `acquire` where Redis can't be asked.
    void acquire_without(std::string_view host, change_queue& changes, acquire_options options,
                         leave<ticket>& given) {
        if (!goes_on_locally()) {
            given.ticket.given_by = ticket::giver::nobody;
            return;
        }
        auto const local = hosts_->local().acquire(host, changes, options);
        given.ticket.given_by = ticket::giver::this_process;
        given.ticket.local = local.ticket;
        given.ticket.is_probe = local.ticket.is_probe;
        given.ticket.granted_at = hosts::now();
        given.refusal = local.refusal;
        given.refused_at = local.refused_at;
    }

    /// `report` where Redis can't be asked.
    report_result report_without(ticket const& granted, std::string_view host, verdict v,
                                 change_queue& changes) {
        if (mode_ != when_store_fails::use_local)
            return {};
        return report_here(*hosts_, granted, host, v, changes);
    }

    static report_result report_here(hosts& of, ticket const& granted, std::string_view host, verdict v,
                                     change_queue& changes) {
        if (granted.given_by == ticket::giver::this_process)
            return of.local().report(granted.local, host, v, changes);
        return of.local().report_foreign(host, ended_now(granted, v), changes);
    }

    /// What a verdict is worth: nothing of the host where that was reset since.
    verdict worth(ticket const& granted, std::string_view host, verdict v) const {
        return hosts_->has_reset_since(granted.resets, host) ? verdict::neutral : v;
    }

    static bool means_anything(ticket const& granted, verdict v) noexcept {
        return failure_rule<Rule> ? v == verdict::failure : v != verdict::neutral || granted.is_probe;
    }

    /// A permit that this process gave on its own counts as a plain call: its number says nothing in Redis.
    detail::step_request report_request(ticket const& granted, verdict v) const {
        auto asked = hosts_->request(step::report);
        asked.number = granted.number;
        asked.any_number = granted.given_by == ticket::giver::this_process;
        asked.call = ended_now(granted, v);
        return asked;
    }

    static ended_call ended_now(ticket const& granted, verdict v) {
        return {v, detail::saturating_subtract(hosts::now(), granted.granted_at)};
    }

    when_store_fails mode_;
    std::shared_ptr<hosts> hosts_;
};

} // namespace breakerbox

#endif
