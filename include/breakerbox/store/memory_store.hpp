// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_MEMORY_STORE_HPP
#define BREAKERBOX_STORE_MEMORY_STORE_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_report.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/detail/memory_hosts.hpp>
#include <breakerbox/store/store.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace breakerbox {

/// How much a memory_store keeps.
struct memory_store_options {
    /// The most hosts tracked at once, from 1 to 2^30. Only hosts with something to remember are tracked: all that
    /// are called where the rule is failure_rate, else such as have failed.
    std::size_t max_hosts = 1024;
    /// Makes `recovery.jitter` the same in each run, for tests; without it each store's differs, after a fork too.
    std::optional<std::uint64_t> seed{};
};

/// Keeps the states of hosts in this process's memory.
///
/// Where room is needed, a host whose state has expired goes first, then the least recently used of the closed
/// ones, as the CLOCK algorithm tells it, and one that is not closed only when nothing else is left, last of all
/// one that was opened by hand. From 1024 hosts on the store is divided into shards with a lock each, and "least
/// recently used" holds within one of them. A host that had to go is as one never heard of.
///
/// All functions may be called from any thread at any time. They hold a lock for a look-up and a step of the
/// rule, and throw nothing but std::bad_alloc. The store may be moved only while nobody uses it.
template <rule Rule, class Clock = std::chrono::steady_clock>
class memory_store {
    using tracked = detail::memory_hosts<Rule, Clock>;
    using entry = typename tracked::entry;
    using step_moment = typename tracked::moment;

public:
    using rule_type = Rule;
    using clock_type = Clock;
    using ticket = typename tracked::ticket;

    static constexpr bool ticket_finds_host = tracked::ticket_finds_host;

    /// Throws std::invalid_argument if the rule or an option can't be right.
    explicit memory_store(Rule rule, memory_store_options options = {})
        : hosts_(std::make_unique<tracked>(typename tracked::steps{std::move(rule)}, options.max_hosts,
                                           options.seed)) {}

    Rule const& rule() const noexcept { return hosts_->rule(); }

    /// How many hosts are tracked, among them such as have expired since and were not asked about.
    std::size_t size() const noexcept { return hosts_->size(); }

    /// How many hosts had to go before their states expired, since the store was made.
    std::uint64_t evictions() const noexcept { return hosts_->evictions(); }

    /// Asks leave for one call.
    leave<ticket> acquire(std::string_view host, change_queue& changes, acquire_options options = {}) {
        // Here as elsewhere: for a host that is not tracked mostly no lock is taken, and never a clock read.
        leave<ticket> answer;
        hosts_->acquire(host, changes, options, answer);
        return answer;
    }

    /// Ends a call that had leave by this ticket. The host is not looked at where the ticket finds it. A neutral report
    /// throws nothing; but for a probe's it need not be made.
    report_result report(ticket const& granted, std::string_view host, verdict v, change_queue& changes) {
        return hosts_->report(granted, host, v, changes);
    }

    /// Ends a call whose permit another store has given: it counts if the host is closed.
    report_result report_foreign(std::string_view host, ended_call call, change_queue& changes) {
        return hosts_->report_foreign(host, call, changes);
    }

    /// Begins the lease of a probe anew. Returns whether its report would be worth anything; true for other calls.
    bool renew(ticket const& granted, std::string_view, change_queue& changes) {
        return hosts_->renew(granted, changes);
    }

    /// The host of a call that had leave by a ticket which finds it; another one where that had to go.
    host_name host_of(ticket const& granted) const
        requires ticket_finds_host
    {
        return hosts_->host_of(granted);
    }

    /// Counts a call that had no leave. Returns what the rule says of its host then.
    host_status record(std::string_view host, ended_call call, change_queue& changes) {
        auto const after = hosts_->record(host, call, changes);
        return after ? *after : look(host);
    }

    host_status look(std::string_view host) const {
        std::optional<host_status> status;
        hosts_->look_at_live(host, [&](entry const& s, instant now) { status = rules().look(s, now); });
        return status ? *status : rules().look(entry{}, instant::min());
    }

    /// The hosts that are tracked and have not expired, in no order. Not the picture of one moment: they are looked
    /// at a few at a time, and in between all others who wait for a lock have it. Each is as it was at some moment of
    /// the call; of those that came or went meanwhile some are there, and one that went and came back may be there
    /// twice.
    std::vector<snapshot> hosts() const {
        std::vector<snapshot> all;
        all.reserve(hosts_->size());
        // Under the lock they go where there is room: to make some for many takes long.
        std::vector<snapshot> few;
        few.reserve(tracked::hosts_at_a_time);
        hosts_->for_each(
            [&](entry const& s, std::string_view name, instant now) {
                few.push_back({rules().look(s, now), host_name{name}});
            },
            [&] {
                all.insert(all.end(), few.begin(), few.end());
                few.clear();
            });
        return all;
    }

    /// Opens the host for a while, or for as long as the rule can.
    void force_open(std::string_view host, std::optional<std::chrono::microseconds> open_for,
                    change_queue& changes) {
        hosts_->change(host, true, changes,
                       [&](entry& s, step_moment const& m) { rules().force_open(s, open_for, m); });
    }

    /// Erases the host's state. Reports of permits given before no longer count.
    void reset(std::string_view host, change_queue& changes) { hosts_->reset(host, changes); }

    /// Makes the host's state what `known`, its status elsewhere or at another time, says: of a closed host under a
    /// trip_rule nothing is counted, and of a half-open one no probe is out. Permits given before are worth nothing.
    void adopt(std::string_view host, host_status const& known, change_queue& changes) {
        hosts_->adopt(host, known, changes);
    }

private:
    auto const& rules() const noexcept { return hosts_->rules(); }

    std::unique_ptr<tracked> hosts_;
};

} // namespace breakerbox

#endif
