// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_DETAIL_TRIP_RULE_HOSTS_HPP
#define BREAKERBOX_STORE_DETAIL_TRIP_RULE_HOSTS_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/rule/moment.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/detail/memory_ticket.hpp>
#include <breakerbox/store/detail/tracked_hosts.hpp>
#include <breakerbox/store/store.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace breakerbox::detail {

/// The hosts of a memory_store under a trip_rule, and its steps with them, as far as the kind of rule decides how they
/// are taken: a ticket bears the place of its host and a number that says whether its report still counts.
template <trip_rule Rule, class Clock>
class trip_rule_hosts : public tracked_hosts<Rule, Clock> {
    using base = tracked_hosts<Rule, Clock>;

public:
    using entry = typename base::entry;
    using ticket = memory_ticket<Rule, typename base::place>;

    /// A rule that counts successes has its host tracked before the call.
    static constexpr bool ticket_finds_host = Rule::counts_successes;

    using base::base;

    Rule const& rule() const noexcept { return this->rules().trip(); }

    void acquire(std::string_view host, change_queue& changes, acquire_options options,
                 leave<ticket>& answer) {
        auto const ask = [&](entry& s, moment const& m) {
            if (auto const granted = this->rules().acquire(s, m, options.may_probe)) {
                answer.ticket.is_probe = s.state != breaker_state::closed;
                answer.ticket.number_or_tenancy = *granted != 0 ? *granted : s.tenancy;
                if constexpr (ticket_finds_host)
                    answer.ticket.granted_at = m.now;
            } else {
                answer.refusal = this->rules().look(s, m.now, options.may_probe);
                answer.refused_at = m.now;
            }
        };
        answer.ticket.place = change_if(ticket_finds_host, host, changes, ask);
        if (answer.ticket.place.at == base::nowhere)
            answer.ticket.number_or_tenancy = this->resets();
    }

    report_result report(ticket const& granted, std::string_view host, verdict v, change_queue& changes) {
        report_result result;
        bool const had_place = granted.place.at != base::nowhere;
        // Asked before, so that the host isn't tracked for it, and under the lock, where no reset can come between.
        auto const is_void = [&] {
            return !had_place && this->has_reset_since(granted.number_or_tenancy, host);
        };
        auto const count = [&](entry& s, moment const& m) {
            if (is_void())
                return;
            ended_call call{v};
            if constexpr (ticket_finds_host)
                call.took = saturating_subtract(m.now, granted.granted_at);
            result.counted = this->rules().report(s, number_of(granted, s), call, m);
            result.is_open = v == verdict::failure && s.state == breaker_state::open;
        };
        if (had_place)
            this->change_at(granted.place, changes, count);
        else if (v != verdict::neutral && !is_void())
            change_if(v == verdict::failure, host, changes, count);
        return result;
    }

    report_result report_foreign(std::string_view host, ended_call call, change_queue& changes) {
        report_result result;
        change_if(must_track(call), host, changes, [&](entry& s, moment const& m) {
            result.counted = this->rules().count_if_closed(s, call, m);
            result.is_open = call.result == verdict::failure && s.state == breaker_state::open;
        });
        return result;
    }

    bool renew(ticket const& granted, change_queue& changes) {
        if (!granted.is_probe)
            return true;
        bool has_lease = false;
        this->change_at(granted.place, changes, [&](entry& s, moment const& m) {
            has_lease = this->rules().renew(s, number_of(granted, s), m);
        });
        return has_lease;
    }

    host_name host_of(ticket const& granted) {
        return base::look_at(granted.place,
                             [](entry const&, std::string_view name) { return host_name{name}; });
    }

    std::optional<host_status> record(std::string_view host, ended_call call, change_queue& changes) {
        std::optional<host_status> after;
        change_if(must_track(call), host, changes, [&](entry& s, moment const& m) {
            this->rules().record(s, call, m);
            after = this->rules().look(s, m.now);
        });
        return after;
    }

    void adopt(std::string_view host, host_status const& known, change_queue& changes) {
        auto const adopt = [&](entry& s, moment const& m) { this->rules().adopt(s, known, m); };
        if (known.state != breaker_state::closed)
            this->change(host, known.cause == trip_cause::by_hand, changes, adopt);
        else
            this->change_if_tracked(host, changes, adopt);
    }

    /// Calls `see` with the entry of a host that has not expired. One that has stays, since permits may point to it.
    template <class See>
    void look_at_live(std::string_view host, See see) {
        this->look_at(host, [&](entry const& s, instant now) {
            if (this->rules().expires_at(s) > now)
                see(s, now);
            return true;
        });
    }

private:
    /// Whether the rule remembers such a call of a host that isn't tracked.
    static constexpr bool must_track(ended_call call) noexcept {
        return call.result == verdict::failure || (Rule::counts_successes && call.result != verdict::neutral);
    }

    template <class Step>
    typename base::place change_if(bool tracks, std::string_view host, change_queue& changes,
                                   Step const& step) {
        return tracks ? this->change(host, false, changes, step)
                      : this->change_if_tracked(host, changes, step);
    }

    /// The number of a permit, given the entry in its place now.
    static std::uint64_t number_of(ticket const& granted, entry const& there) {
        bool const is_first = granted.place.at == base::nowhere || granted.number_or_tenancy == there.tenancy;
        return is_first ? 0 : granted.number_or_tenancy;
    }
};

} // namespace breakerbox::detail

#endif
