// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_MEMORY_STORE_HPP
#define BREAKERBOX_STORE_MEMORY_STORE_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/detail/tracked_hosts.hpp>
#include <breakerbox/store/store.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
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

namespace detail {

/// What a permit of a memory_store bears: under a failure_rule, how many resets there were.
template <class Rule, class Place>
struct memory_ticket {
    static constexpr bool is_probe = false;
    std::uint64_t resets = 0;
};

/// Under a trip_rule, its number and the place of its host, so that its report needs no look-up.
template <trip_rule Rule, class Place>
struct memory_ticket<Rule, Place> {
    [[no_unique_address]] Place place{}; // whose padding has room for the next member
    bool is_probe = false;
    /// The permit's number. Where that is 0, as with all hosts that have not tripped yet, the tenancy of its host;
    /// neither is ever taken for another. Where the host wasn't tracked, how many resets there were.
    std::uint64_t number_or_tenancy = 0;
};

template <trip_rule Rule, class Place>
    requires Rule::counts_successes
struct memory_ticket<Rule, Place> {
    [[no_unique_address]] Place place{}; // whose padding has room for the next member
    bool is_probe = false;
    std::uint64_t number_or_tenancy = 0;
    instant granted_at{};
};

} // namespace detail

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
    using tracked = detail::tracked_hosts<Rule, Clock>;
    using kept = typename tracked::kept;
    using step_moment = typename tracked::moment;

public:
    using rule_type = Rule;
    using clock_type = Clock;
    using ticket = detail::memory_ticket<Rule, typename tracked::place>;

    /// A rule that counts successes has its host tracked before the call.
    static constexpr bool ticket_finds_host = [] {
        if constexpr (trip_rule<Rule>)
            return Rule::counts_successes;
        else
            return false;
    }();

    /// Throws std::invalid_argument if the rule or an option can't be right.
    explicit memory_store(Rule rule, memory_store_options options = {})
        : hosts_(std::make_unique<tracked>(typename tracked::steps{std::move(rule)}, options.max_hosts,
                                           options.seed)) {}

    Rule const& rule() const noexcept {
        if constexpr (trip_rule<Rule>)
            return rules().trip();
        else
            return rules();
    }

    /// How many hosts are tracked, among them such as have expired since and were not asked about.
    std::size_t size() const noexcept { return hosts_->size(); }

    /// How many hosts had to go before their states expired, since the store was made.
    std::uint64_t evictions() const noexcept { return hosts_->evictions(); }

    /// Asks leave for one call.
    leave<ticket> acquire(std::string_view host, change_queue& changes, acquire_options options = {}) {
        // Here as elsewhere: for a host that is not tracked mostly no lock is taken, and never a clock read.
        leave<ticket> answer;
        if constexpr (trip_rule<Rule>)
            ask(host, changes, options.may_probe, answer);
        else
            look_at(host, [&](kept const& s, instant now) {
                if (rules().state_at(s, now) != breaker_state::closed)
                    refuse(answer, rules().look(s, now), now);
            });
        if constexpr (failure_rule<Rule>)
            answer.ticket.resets = hosts_->resets();
        return answer;
    }

    /// Ends a call that had leave by this ticket. The host is not looked at where the ticket finds it. A neutral report
    /// throws nothing; but for a probe's it need not be made.
    report_result report(ticket const& granted, std::string_view host, verdict v, change_queue& changes) {
        if constexpr (trip_rule<Rule>)
            return report_numbered(granted, host, v, changes);
        else if (v != verdict::failure)
            return {};
        else
            return report_failure(granted, host, changes);
    }

    /// Begins the lease of a probe anew. Returns whether its report would be worth anything; true for other calls.
    bool renew(ticket const& granted, std::string_view, change_queue& changes) {
        if constexpr (trip_rule<Rule>)
            if (granted.is_probe) {
                bool has_lease = false;
                hosts_->change_at(granted.place, changes, [&](kept& s, moment const& m) {
                    has_lease = rules().renew(s, number_of(granted, s), m);
                });
                return has_lease;
            }
        return true;
    }

    /// The host of a call that had leave by a ticket which finds it; another one where that had to go.
    host_name host_of(ticket const& granted) const
        requires ticket_finds_host
    {
        return hosts_->look_at(granted.place,
                               [](kept const&, std::string_view name) { return host_name{name}; });
    }

    /// Counts a call that had no leave. Returns what the rule says of its host then.
    host_status record(std::string_view host, ended_call call, change_queue& changes) {
        std::optional<host_status> after;
        auto const count = [&](kept& s, step_moment const& m) {
            if constexpr (trip_rule<Rule>)
                rules().record(s, call, m);
            else
                rules().on_failure(s, m);
            after = rules().look(s, time_of(m));
        };
        if (call.result == verdict::failure || must_track(call))
            hosts_->change(host, false, changes, count);
        else if constexpr (trip_rule<Rule>)
            hosts_->change_if_tracked(host, changes, count);
        return after ? *after : look(host);
    }

    host_status look(std::string_view host) const {
        std::optional<host_status> status;
        look_at(host, [&](kept const& s, instant now) { status = rules().look(s, now); });
        return status ? *status : rules().look(kept{}, instant::min());
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
            [&](kept const& s, std::string_view name, instant now) {
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
                       [&](kept& s, step_moment const& m) { rules().force_open(s, open_for, m); });
    }

    /// Makes the host as one never heard of. Permits given before are worth nothing.
    void reset(std::string_view host, change_queue& changes) { hosts_->reset(host, changes); }

    /// Makes the host's state what `known`, its status elsewhere or at another time, says: of a closed host under a
    /// trip_rule nothing is counted, and of a half-open one no probe is out. Permits given before are worth nothing.
    void adopt(std::string_view host, host_status const& known, change_queue& changes) {
        if constexpr (trip_rule<Rule>) {
            auto const adopt = [&](kept& s, moment const& m) { rules().adopt(s, known, m); };
            if (known.state != breaker_state::closed)
                hosts_->change(host, known.cause == trip_cause::by_hand, changes, adopt);
            else
                hosts_->change_if_tracked(host, changes, adopt);
        } else if (known.failures != 0) {
            hosts_->change(host, false, changes, [&](kept& s, instant now) { rules().adopt(s, known, now); });
        } else {
            hosts_->forget(host, changes);
        }
    }

    /// Ends a call whose permit another store has given: it counts if the host is closed.
    report_result report_foreign(std::string_view host, ended_call call, change_queue& changes) {
        if constexpr (failure_rule<Rule>) {
            if (call.result != verdict::failure)
                return {};
            return report_failure({hosts_->resets()}, host, changes);
        } else {
            report_result result;
            auto const count = [&](kept& s, moment const& m) {
                result.counted = rules().count_if_closed(s, call, m);
                result.is_open = call.result == verdict::failure && s.state == breaker_state::open;
            };
            if (call.result == verdict::failure || must_track(call))
                hosts_->change(host, false, changes, count);
            else
                hosts_->change_if_tracked(host, changes, count);
            return result;
        }
    }

private:
    auto const& rules() const noexcept { return hosts_->rules(); }

    static instant time_of(instant now) noexcept { return now; }
    static instant time_of(moment const& m) noexcept { return m.now; }

    /// Whether the rule remembers a call that hasn't failed.
    static constexpr bool must_track(ended_call call) noexcept {
        if constexpr (trip_rule<Rule>)
            return Rule::counts_successes && call.result != verdict::neutral;
        else
            return false;
    }

    /// `report` of a failure under a failure_rule. Of a report nobody asks for more than this, and the whole status takes
    /// longer to make than the failure to count.
    report_result report_failure(ticket const& granted, std::string_view host, change_queue& changes) {
        report_result result;
        // Asked before, so that the host isn't tracked for it, and under the lock, where no reset can come between.
        auto const is_void = [&] { return hosts_->has_reset_since(granted.resets, host); };
        if (!is_void())
            hosts_->change(host, false, changes, [&](kept& s, instant now) {
                result.counted = !is_void();
                if (!result.counted)
                    return;
                rules().on_failure(s, now);
                result.is_open = rules().state_at(s, now) == breaker_state::open;
            });
        return result;
    }

    /// The number of a permit, given what is kept in its place now.
    static std::uint64_t number_of(ticket const& granted, kept const& there) {
        bool const is_first =
            granted.place.at == tracked::nowhere || granted.number_or_tenancy == there.tenancy;
        return is_first ? 0 : granted.number_or_tenancy;
    }

    /// Calls `see` with what is kept of a host; does not where that is nothing, or has expired.
    template <class See>
    void look_at(std::string_view host, See see) const {
        hosts_->look_at(host, [&](kept const& s, instant now) {
            bool const expired = rules().expires_at(s) <= now;
            if (!expired)
                see(s, now);
            // Under a trip_rule an expired host stays, since permits may point to its place.
            return !expired || trip_rule<Rule>;
        });
    }

    static void refuse(leave<ticket>& answer, host_status const& status, instant now) {
        answer.refusal = status;
        answer.refused_at = now;
    }

    /// `acquire` under a trip_rule.
    void ask(std::string_view host, change_queue& changes, bool may_probe, leave<ticket>& answer) {
        auto const ask_leave = [&](kept& s, moment const& m) {
            if (auto const number = rules().acquire(s, m, may_probe)) {
                answer.ticket.is_probe = s.state != breaker_state::closed;
                answer.ticket.number_or_tenancy = *number != 0 ? *number : s.tenancy;
                if constexpr (ticket_finds_host)
                    answer.ticket.granted_at = m.now;
            } else {
                refuse(answer, rules().look(s, m.now, may_probe), m.now);
            }
        };
        if constexpr (ticket_finds_host)
            answer.ticket.place = hosts_->change(host, false, changes, ask_leave);
        else
            answer.ticket.place = hosts_->change_if_tracked(host, changes, ask_leave);
        if (answer.ticket.place.at == tracked::nowhere)
            answer.ticket.number_or_tenancy = hosts_->resets();
    }

    /// `report` under a trip_rule.
    report_result report_numbered(ticket const& granted, std::string_view host, verdict v,
                                  change_queue& changes) {
        report_result result;
        bool const had_place = granted.place.at != tracked::nowhere;
        // Asked as in report_failure.
        auto const is_void = [&] {
            return !had_place && hosts_->has_reset_since(granted.number_or_tenancy, host);
        };
        auto const report = [&](kept& s, moment const& m) {
            if (is_void())
                return;
            ended_call call{v};
            if constexpr (ticket_finds_host)
                call.took = detail::saturating_subtract(m.now, granted.granted_at);
            result.counted = rules().report(s, number_of(granted, s), call, m);
            result.is_open = v == verdict::failure && s.state == breaker_state::open;
        };
        if (had_place)
            hosts_->change_at(granted.place, changes, report);
        else if (v == verdict::neutral || is_void())
            return result;
        else if (v == verdict::failure)
            hosts_->change(host, false, changes, report);
        else
            hosts_->change_if_tracked(host, changes, report);
        return result;
    }

    std::unique_ptr<tracked> hosts_;
};

} // namespace breakerbox

#endif
