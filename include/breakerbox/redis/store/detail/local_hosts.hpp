// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_LOCAL_HOSTS_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_LOCAL_HOSTS_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/recent_hosts.hpp>
#include <breakerbox/base/sip_hash.hpp>
#include <breakerbox/redis/store/detail/meeting.hpp>
#include <breakerbox/redis/store/detail/step_answer.hpp>
#include <breakerbox/redis/store/detail/twin_of.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/memory_store.hpp>

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
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
        : max_hosts_(max_hosts), hosts_(std::move(rule), {max_hosts}) {}

    Rule const& rule() const noexcept { return hosts_.rule(); }

    /// The shared store said so when it was asked at that time, on its so-manieth connection; it says so without what is
    /// yet to be told to it, which stays.
    void learn(std::string_view host, step_answer const& answer, instant asked_at, std::uint64_t session) {
        if (has_changed(host))
            return;
        hosts_.adopt(host, answer.status, untold_);
        if (answer.status.state != breaker_state::closed) {
            keep_origin(host, {answer.opening, asked_at, answer.status.opened_at, session});
        } else if (origin_count_.load(std::memory_order_acquire) != 0) {
            std::lock_guard const lock{mutex_};
            origins_.erase(host);
            origin_count_.store(origins_.size(), std::memory_order_release);
        }
    }

    /// The host's opening as it is to be brought to the shared store: the one that was heard of last, or one that it has
    /// been given here since, which gets the number `fresh`. `has_own_failures` says that failures were counted here since.
    brought_opening opening_of(std::string_view host, host_status const& status, bool has_own_failures,
                               std::uint64_t fresh, std::uint64_t session, instant now) {
        brought_opening opening{.left = open_time_left(status)};
        auto known = origin_of(host);
        if constexpr (failure_rule<Rule>) {
            // Failures of its own count whenever they were; of a count that was heard of it is known when.
            if (known && !has_own_failures)
                opening.learnt_ago = age(known->learnt_at, now);
        } else {
            if (!known || known->opened_at != status.opened_at) {
                known = origin{fresh, status.opened_at.value_or(now), status.opened_at, session};
                keep_origin(host, *known);
            }
            opening.number = known->number;
            opening.learnt_ago = age(known->learnt_at, now);
        }
        return opening;
    }

    /// Whether what the shared store answers on this connection lacks an opening that was heard of on an earlier one,
    /// and may have been lost since.
    bool is_contradicted(std::string_view host, step_answer const& answer, std::uint64_t session,
                         instant now) const {
        auto const known = origin_of(host);
        if (!known || known->session == session)
            return false;
        auto const status = hosts_.look(host);
        return status.state != breaker_state::closed &&
               is_brought_in(
                   {known->number, age(known->learnt_at, now), open_time_left(status)},
                   {answer.status.state, answer.opening, answer.closed_ago, open_time_left(answer.status)});
    }

    /// The shared store has been told of the host's opening on this connection.
    void note_told(std::string_view host, std::uint64_t session) {
        if (auto known = origin_of(host)) {
            known->session = session;
            keep_origin(host, *known);
        }
    }

    /// The hosts known here not to be closed, but for those that the shared store spoke of on this connection.
    std::vector<std::string> not_closed(std::uint64_t but_for_session = 0) const {
        std::vector<std::string> found;
        std::lock_guard const lock{mutex_};
        origins_.for_each([&](std::string const& host, origin const& known) {
            if (but_for_session == 0 || known.session != but_for_session)
                found.push_back(host);
        });
        return found;
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
            note_change(host);
        return after;
    }

    void force_open(std::string_view host, std::optional<std::chrono::microseconds> open_for,
                    change_queue& changes) {
        hosts_.force_open(host, open_for, changes);
        note_change(host);
    }

    void reset(std::string_view host, change_queue& changes) {
        hosts_.reset(host, changes);
        take_change(host);
    }

    /// The hosts that have changed here, and of which the shared store hasn't heard.
    std::vector<std::string> changed() const {
        std::lock_guard const lock{mutex_};
        return {changed_.begin(), changed_.end()};
    }

    bool has_changed(std::string_view host) const {
        if (changed_count_.load(std::memory_order_acquire) == 0)
            return false;
        std::lock_guard const lock{mutex_};
        return changed_.contains(host);
    }

    /// Whether this host is one of them; now it counts as told.
    bool take_change(std::string_view host) {
        if (changed_count_.load(std::memory_order_acquire) == 0)
            return false;
        std::lock_guard const lock{mutex_};
        bool const was_changed = changed_.erase(host) != 0;
        changed_count_.store(changed_.size(), std::memory_order_release);
        return was_changed;
    }

    /// The shared store must hear of this host. Beyond the bound of hosts it won't.
    void note_change(std::string_view host) {
        std::lock_guard const lock{mutex_};
        if (changed_.size() < max_hosts_)
            changed_.emplace(host);
        changed_count_.store(changed_.size(), std::memory_order_release);
    }

private:
    /// Successes need not be told elsewhere: coming back lifts no ban.
    report_result noted(std::string_view host, verdict v, report_result const& result) {
        if (v == verdict::failure && result.counted)
            note_change(host);
        return result;
    }

    /// Where the knowledge of an opening comes from.
    struct origin {
        std::uint64_t number = 0;
        instant learnt_at{};
        /// As the local status has it, by which one that was made here since is told apart.
        std::optional<instant> opened_at{};
        std::uint64_t session = 0;
    };

    /// Above zero, since only failures of one's own count as learnt just now.
    static std::chrono::microseconds age(instant learnt_at, instant now) noexcept {
        return std::max(saturating_subtract(now, learnt_at), instant{1});
    }

    std::optional<origin> origin_of(std::string_view host) const {
        if (origin_count_.load(std::memory_order_acquire) == 0)
            return std::nullopt;
        std::lock_guard const lock{mutex_};
        auto const* const known = origins_.find(host);
        return known == nullptr ? std::nullopt : std::optional{*known};
    }

    void keep_origin(std::string_view host, origin const& known) {
        std::lock_guard const lock{mutex_};
        origins_[host] = known;
        origin_count_.store(origins_.size(), std::memory_order_release);
    }

    std::size_t max_hosts_;
    memory_store<Rule> hosts_;
    change_queue untold_{false};                 // who made a change elsewhere has told of it
    std::atomic<std::size_t> changed_count_ = 0; // spares those a lock who ask while there are none
    mutable std::mutex mutex_;
    boost::unordered_flat_set<std::string, name_hash, std::equal_to<>> changed_;
    std::atomic<std::size_t> origin_count_ = 0;
    recent_hosts<origin> origins_{max_hosts_}; // of those that are not closed
};

} // namespace breakerbox::detail

#endif
