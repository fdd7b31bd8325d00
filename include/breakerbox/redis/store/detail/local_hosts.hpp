// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_LOCAL_HOSTS_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_LOCAL_HOSTS_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/redis/store/detail/changed_hosts.hpp>
#include <breakerbox/redis/store/detail/meeting.hpp>
#include <breakerbox/redis/store/detail/open_time_left.hpp>
#include <breakerbox/redis/store/detail/opening_origins.hpp>
#include <breakerbox/redis/store/detail/step_answer.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/memory_store.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace breakerbox::detail {

/// What one process knows of the hosts of a shared store: a mirror of what was last heard of them, from which the same
/// rule goes on while the store can't be asked, and which hosts have changed since. Safe to use from any thread.
template <rule Rule>
class local_hosts {
public:
    using ticket = typename memory_store<Rule>::ticket;

    local_hosts(Rule rule, std::size_t max_hosts)
        : hosts_(std::move(rule), {max_hosts}), changed_(max_hosts), origins_(max_hosts) {}

    Rule const& rule() const noexcept { return hosts_.rule(); }

    /// Takes over what the shared store answered when it was asked, then and on that connection. A host whose change is
    /// yet to be told to the store stays as it is here.
    void learn(std::string_view host, step_answer const& answer, instant asked_at, std::uint64_t session) {
        if (changed_.contains(host))
            return;
        hosts_.adopt(host, answer.status, untold_);
        if (answer.status.state != breaker_state::closed)
            origins_.keep(host, {answer.opening, asked_at, answer.status.opened_at, session});
        else
            origins_.forget(host);
    }

    /// The host's opening as it is to be brought to the shared store: the one that was heard of last, or one that it has
    /// been given here since, which gets the number `fresh`. `has_own_failures` says that failures were counted here since.
    brought_opening opening_of(std::string_view host, host_status const& status, bool has_own_failures,
                               std::uint64_t fresh, std::uint64_t session, instant now) {
        brought_opening opening{.left = open_time_left(status)};
        auto known = origins_.find(host);
        if constexpr (failure_rule<Rule>) {
            // Failures of its own count whenever they were; of a count that was heard of it is known when.
            if (known && !has_own_failures)
                opening.learnt_ago = known->age(now);
        } else {
            if (!known || known->opened_at != status.opened_at) {
                known = opening_origin{fresh, status.opened_at.value_or(now), status.opened_at, session};
                origins_.keep(host, *known);
            }
            opening.number = known->number;
            opening.learnt_ago = known->age(now);
        }
        return opening;
    }

    /// Whether what the shared store answers on this connection lacks an opening that was heard of on an earlier one,
    /// and may have been lost since.
    bool is_contradicted(std::string_view host, step_answer const& answer, std::uint64_t session,
                         instant now) const {
        auto const known = origins_.find(host);
        if (!known || known->session == session)
            return false;
        auto const status = hosts_.look(host);
        return status.state != breaker_state::closed &&
               is_brought_in(
                   {known->number, known->age(now), open_time_left(status)},
                   {answer.status.state, answer.opening, answer.closed_ago, open_time_left(answer.status)});
    }

    /// The shared store has been told of the host's opening on this connection.
    void note_told(std::string_view host, std::uint64_t session) {
        if (auto known = origins_.find(host)) {
            known->session = session;
            origins_.keep(host, *known);
        }
    }

    /// The hosts known here not to be closed, but for those that the shared store spoke of on this connection.
    std::vector<std::string> not_closed(std::uint64_t but_for_session = 0) const {
        return origins_.hosts(but_for_session);
    }

    host_status look(std::string_view host) const { return hosts_.look(host); }

    // The steps of a store, in the place of the shared ones.

    leave<ticket> acquire(std::string_view host, change_queue& changes, acquire_options options = {}) {
        return hosts_.acquire(host, changes, options);
    }

    report_result report(ticket const& granted, std::string_view host, verdict v, change_queue& changes) {
        return noted(host, v, hosts_.report(granted, host, v, changes));
    }

    bool renew(ticket const& granted, std::string_view host, change_queue& changes) {
        return hosts_.renew(granted, host, changes);
    }

    /// Ends a call whose permit was given here as neutral.
    void drop(ticket const& granted, std::string_view host) {
        hosts_.report(granted, host, verdict::neutral, untold_);
    }

    /// Ends a call whose permit the shared store gave.
    report_result report_foreign(std::string_view host, ended_call call, change_queue& changes) {
        return noted(host, call.result, hosts_.report_foreign(host, call, changes));
    }

    host_status record(std::string_view host, ended_call call, change_queue& changes) {
        auto const after = hosts_.record(host, call, changes);
        if (call.result == verdict::failure)
            changed_.note(host);
        return after;
    }

    void force_open(std::string_view host, std::optional<std::chrono::microseconds> open_for,
                    change_queue& changes) {
        hosts_.force_open(host, open_for, changes);
        changed_.note(host);
    }

    void reset(std::string_view host, change_queue& changes) {
        hosts_.reset(host, changes);
        changed_.forget(host);
    }

    /// The hosts that have changed here, and of which the shared store hasn't heard.
    changed_hosts& changed() noexcept { return changed_; }
    changed_hosts const& changed() const noexcept { return changed_; }

private:
    /// Successes need not be told elsewhere: coming back lifts no ban.
    report_result noted(std::string_view host, verdict v, report_result const& result) {
        if (v == verdict::failure && result.counted)
            changed_.note(host);
        return result;
    }

    memory_store<Rule> hosts_;
    change_queue untold_{false}; // who made a change elsewhere has told of it
    changed_hosts changed_;
    opening_origins origins_; // of those that are not closed
};

} // namespace breakerbox::detail

#endif
