// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_STORE_HPP
#define BREAKERBOX_REDIS_STORE_STORE_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/redis/connection/connection.hpp>
#include <breakerbox/redis/store/detail/redis_ticket.hpp>
#include <breakerbox/redis/store/detail/shared_hosts.hpp>
#include <breakerbox/redis/store/detail/step_request.hpp>
#include <breakerbox/redis/store/detail/store_clock.hpp>
#include <breakerbox/redis/store/options.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/store.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

namespace breakerbox {

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
    using clock = detail::store_clock;
    using step = detail::twin_step;

public:
    using rule_type = Rule;
    using ticket = detail::redis_ticket<Rule>;

    static constexpr bool ticket_finds_host = false;

    /// Throws std::invalid_argument if the rule or an option can't be right.
    redis_store(Rule rule, redis_connection connection, redis_store_options options = {})
        : hosts_(std::make_shared<hosts>(std::move(rule), std::move(connection), options)) {
        hosts_->begin();
    }

    Rule const& rule() const noexcept { return hosts_->rule(); }
    redis_connection const& connection() const noexcept { return hosts_->connection(); }

    /// Whether Redis can't be asked now, and `when_store_fails` holds for all hosts.
    bool is_failing() const noexcept { return hosts_->health().is_failing(); }

    // The steps of a shared_store. Cancelled, they throw operation_aborted.

    asio::awaitable<leave<ticket>> acquire(std::string_view host, change_queue& changes,
                                           acquire_options options = {}) {
        auto asked = detail::new_request(step::acquire);
        asked.may_probe = options.may_probe;
        leave<ticket> given;
        auto const resets = hosts_->resets();
        auto const answer = co_await hosts_->ask(asked, host, changes);
        if (!answer) {
            given = hosts_->stand_in().acquire(host, changes, options);
        } else if (answer->done) {
            given.ticket.number = answer->number;
            given.ticket.is_probe = answer->is_probe;
            given.ticket.granted_at = clock::now();
        } else {
            given.refusal = answer->status;
            given.refused_at = clock::now();
        }
        given.ticket.resets = resets;
        co_return given;
    }

    asio::awaitable<report_result> report(ticket const& granted, std::string_view host, verdict v,
                                          change_queue& changes) {
        v = worth(granted, host, v);
        if (!is_worth_reporting(granted, v))
            co_return report_result{};
        auto const asked = report_request(granted, v, clock::now());
        auto const answer = co_await hosts_->ask(asked, host, changes);
        if (!answer)
            co_return hosts_->stand_in().report(granted, host, v, changes);
        bool const is_open = v == verdict::failure && answer->status.state == breaker_state::open;
        co_return report_result{answer->done, is_open};
    }

    asio::awaitable<bool> renew(ticket const& granted, std::string_view host, change_queue& changes) {
        if (granted.given_by == ticket::giver::this_process)
            co_return hosts_->local().renew(granted.local, host, changes);
        if (granted.given_by == ticket::giver::nobody || !granted.is_probe)
            co_return true;
        auto asked = detail::new_request(step::renew);
        asked.number = granted.number;
        auto const answer = co_await hosts_->ask(asked, host, changes);
        co_return answer && answer->done;
    }

    void post_report(ticket const& granted, std::string_view host, verdict v) noexcept {
        v = worth(granted, host, v);
        if (!is_worth_reporting(granted, v))
            return;
        try {
            if (v != verdict::neutral)
                hosts_->ask_unawaited(
                    report_request(granted, v, clock::now()), host,
                    [granted, host = host_name{host}, v](auto& stand_in, change_queue& changes) {
                        stand_in.report(granted, host, v, changes);
                    });
            else if (granted.given_by == ticket::giver::this_process)
                hosts_->local().drop(granted.local, host);
            else // which changes no host's state, so that there is nothing to hear
                hosts_->post(report_request(granted, v, clock::now()), host);
        } catch (std::bad_alloc const&) { // a probe's lease covers the loss
        }
    }

    asio::awaitable<host_status> record(std::string_view host, ended_call call, change_queue& changes) {
        auto asked = detail::new_request(step::record);
        asked.call = call;
        auto const answer = co_await hosts_->ask(asked, host, changes);
        if (answer)
            co_return answer->status;
        co_return hosts_->stand_in().record(host, call, changes);
    }

    asio::awaitable<host_status> look(std::string_view host, change_queue& changes) const {
        auto const asked = detail::new_request(step::look);
        auto const answer = co_await hosts_->ask(asked, host, changes);
        if (answer)
            co_return answer->status;
        co_return hosts_->stand_in().look(host);
    }

    asio::awaitable<void> force_open(std::string_view host, std::optional<std::chrono::microseconds> open_for,
                                     change_queue& changes) {
        auto asked = detail::new_request(step::force_open);
        asked.open_for = open_for;
        auto const answer = co_await hosts_->ask(asked, host, changes);
        if (!answer)
            hosts_->stand_in().force_open(host, open_for, changes);
    }

    asio::awaitable<void> reset(std::string_view host, change_queue& changes) {
        hosts_->note_reset(host);
        auto const asked = detail::new_request(step::reset);
        auto const answer = co_await hosts_->ask(asked, host, changes);
        if (!answer)
            hosts_->stand_in().reset(host, changes);
    }

private:
    /// What a verdict is worth: nothing of the host where that was reset since.
    verdict worth(ticket const& granted, std::string_view host, verdict v) const {
        return hosts_->has_reset_since(granted.resets, host) ? verdict::neutral : v;
    }

    std::shared_ptr<hosts> hosts_;
};

} // namespace breakerbox

#endif
