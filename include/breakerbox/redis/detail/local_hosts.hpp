// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_DETAIL_LOCAL_HOSTS_HPP
#define BREAKERBOX_REDIS_DETAIL_LOCAL_HOSTS_HPP

#include <breakerbox/acquire_options.hpp>
#include <breakerbox/change_queue.hpp>
#include <breakerbox/detail/sip_hash.hpp>
#include <breakerbox/host_status.hpp>
#include <breakerbox/memory_store.hpp>
#include <breakerbox/rule/rule.hpp>

#include <boost/unordered/unordered_flat_set.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
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

    /// The shared store said so; it says so without what is yet to be told to it, which stays.
    void learn(std::string_view host, host_status const& status) {
        if (!has_changed(host))
            hosts_.adopt(host, status, untold_);
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

    std::size_t max_hosts_;
    memory_store<Rule> hosts_;
    change_queue untold_{false};                 // who made a change elsewhere has told of it
    std::atomic<std::size_t> changed_count_ = 0; // spares those a lock who ask while there are none
    mutable std::mutex mutex_;
    boost::unordered_flat_set<std::string, name_hash, std::equal_to<>> changed_;
};

} // namespace breakerbox::detail

#endif
