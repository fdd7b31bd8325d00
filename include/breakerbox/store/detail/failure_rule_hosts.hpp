// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_DETAIL_FAILURE_RULE_HOSTS_HPP
#define BREAKERBOX_STORE_DETAIL_FAILURE_RULE_HOSTS_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/detail/memory_ticket.hpp>
#include <breakerbox/store/detail/tracked_hosts.hpp>
#include <breakerbox/store/store.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace breakerbox::detail {

/// The hosts of a memory_store under a failure_rule, and its steps with them, as far as the kind of rule decides how
/// they are taken: only failures track a host, and a ticket is void once its host has been reset.
template <failure_rule Rule, class Clock>
class failure_rule_hosts : public tracked_hosts<Rule, Clock> {
    using base = tracked_hosts<Rule, Clock>;

public:
    using entry = typename base::entry;
    using ticket = memory_ticket<Rule, typename base::place>;

    static constexpr bool ticket_finds_host = false;

    using base::base;

    Rule const& rule() const noexcept { return this->rules(); }

    void acquire(std::string_view host, change_queue&, acquire_options, leave<ticket>& answer) {
        look_at_live(host, [&](entry const& s, instant now) {
            if (rule().state_at(s, now) == breaker_state::closed)
                return;
            answer.refusal = rule().look(s, now);
            answer.refused_at = now;
        });
        answer.ticket.resets = this->resets();
    }

    report_result report(ticket const& granted, std::string_view host, verdict v, change_queue& changes) {
        return v == verdict::failure ? count(granted, host, changes) : report_result{};
    }

    report_result report_foreign(std::string_view host, ended_call call, change_queue& changes) {
        return report({this->resets()}, host, call.result, changes);
    }

    bool renew(ticket const&, change_queue&) const noexcept { return true; }

    std::optional<host_status> record(std::string_view host, ended_call call, change_queue& changes) {
        std::optional<host_status> after;
        if (call.result == verdict::failure)
            this->change(host, false, changes, [&](entry& s, instant now) {
                rule().on_failure(s, now);
                after = rule().look(s, now);
            });
        return after;
    }

    void adopt(std::string_view host, host_status const& known, change_queue& changes) {
        if (known.failures != 0)
            this->change(host, false, changes, [&](entry& s, instant now) { rule().adopt(s, known, now); });
        else
            this->forget(host, changes);
    }

    /// Calls `see` with the entry of a host that has not expired; one that has is let go.
    template <class See>
    void look_at_live(std::string_view host, See see) {
        this->look_at(host, [&](entry const& s, instant now) {
            bool const expired = rule().expires_at(s) <= now;
            if (!expired)
                see(s, now);
            return !expired;
        });
    }

private:
    /// Nobody asks for more than this of a report, and the whole status takes longer to make than the failure to count.
    report_result count(ticket const& granted, std::string_view host, change_queue& changes) {
        report_result result;
        // Asked before, so that the host isn't tracked for it, and under the lock, where no reset can come between.
        auto const is_void = [&] { return this->has_reset_since(granted.resets, host); };
        if (!is_void())
            this->change(host, false, changes, [&](entry& s, instant now) {
                result.counted = !is_void();
                if (!result.counted)
                    return;
                rule().on_failure(s, now);
                result.is_open = rule().state_at(s, now) == breaker_state::open;
            });
        return result;
    }
};

} // namespace breakerbox::detail

#endif
