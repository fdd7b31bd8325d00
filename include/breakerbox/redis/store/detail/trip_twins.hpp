// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_TRIP_TWINS_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_TRIP_TWINS_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/joined.hpp>
#include <breakerbox/redis/lua/consecutive_failures.hpp>
#include <breakerbox/redis/lua/failure_rate.hpp>
#include <breakerbox/redis/lua/kept_host.hpp>
#include <breakerbox/redis/lua/meeting.hpp>
#include <breakerbox/redis/lua/open_period.hpp>
#include <breakerbox/redis/lua/probe_ledger.hpp>
#include <breakerbox/redis/lua/recovering.hpp>
#include <breakerbox/redis/lua/values.hpp>
#include <breakerbox/redis/store/detail/open_time_left.hpp>
#include <breakerbox/redis/store/detail/script_arguments.hpp>
#include <breakerbox/redis/store/detail/step_request.hpp>
#include <breakerbox/redis/store/detail/twin_of.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_rate.hpp>
#include <breakerbox/rule/recovering.hpp>
#include <breakerbox/rule/recovery.hpp>

#include <string>
#include <string_view>

namespace breakerbox::detail {

/// What the twins of all rules with a half-open state have in common.
template <class Trip>
struct trip_twin {
    static host_status blank(Trip const& rule) { return recovering<Trip>{rule}.look({}, instant::min()); }

    /// In braces, so that a cluster keeps them together; the point makes that so for any host.
    static script_arguments keys(Trip const& rule, std::string_view prefix, std::string_view host) {
        script_arguments keys;
        keys.add(joined({prefix, "breakerbox:s:{.", host, "}"}));
        keys.add(joined({prefix, "breakerbox:w:{.", host, "}"}));
        if (twin_of<Trip>::has_ring(rule))
            keys.add(joined({prefix, "breakerbox:r:{.", host, "}"}));
        return keys;
    }

    static script_arguments of_rule(Trip const& rule) {
        script_arguments told;
        auto const& r = rule.recovery;
        told.add(r.open_for);
        told.add(r.growth);
        told.add(r.max_open_for);
        told.add(r.probes);
        told.add(r.successes_to_close);
        told.add(r.failures_to_reopen);
        told.add(r.probe_lease);
        told.add(r.forget_after);
        twin_of<Trip>::tell_tally(told, rule);
        return told;
    }

    static void tell(script_arguments& told, Trip const& rule, script_arguments const& of_rule,
                     step_request const& asked) {
        told.add(to_string(asked.step));
        told.add(asked.fresh);
        told.add(1 + rule.recovery.jitter * asked.jitter);
        auto const first_of_event = told.size();
        switch (asked.step) {
        case twin_step::acquire:
            told.add(asked.may_probe);
            break;
        case twin_step::report:
            if (asked.any_number)
                told.add("-1");
            else
                told.add(asked.number);
            told.add(to_string(asked.call.result));
            told.add(rule.is_slow(asked.call));
            break;
        case twin_step::renew:
            told.add(asked.number);
            break;
        case twin_step::record:
            told.add("");
            told.add(to_string(asked.call.result));
            told.add(rule.is_slow(asked.call));
            break;
        case twin_step::force_open:
            told.add(asked.open_for);
            break;
        case twin_step::meet:
            told.add(open_time_left(*asked.known));
            told.add(cause_name(*asked.known));
            told.add(evidence_of(*asked.known));
            told.add(asked.opening);
            told.add(asked.learnt_ago);
            break;
        default:
            break;
        }
        while (told.size() != first_of_event + 5)
            told.add("");
        told.add(of_rule);
    }

protected:
    static std::string body_with(std::string_view tally) {
        return joined({lua::values, tally, lua::kept_host, lua::open_period, lua::probe_ledger, lua::meeting,
                       lua::recovering});
    }

private:
    static std::string evidence_of(host_status const& known) {
        return std::to_string(known.failures) + ' ' + std::to_string(known.calls) + ' ' +
               std::to_string(known.slow_calls) + ' ' + std::to_string(known.probes.failures);
    }

    /// A closed host has nothing to bring.
    static std::string_view cause_name(host_status const& known) noexcept {
        if (known.state == breaker_state::closed)
            return "none";
        switch (known.cause) {
        case trip_cause::slow_calls:
            return "slow_calls";
        case trip_cause::failed_probes:
            return "failed_probes";
        case trip_cause::by_hand:
            return "by_hand";
        case trip_cause::none:
        case trip_cause::failures:
            break;
        }
        return "failures";
    }
};

template <>
struct twin_of<consecutive_failures> : trip_twin<consecutive_failures> {
    static std::string body() { return trip_twin::body_with(lua::consecutive_failures); }

    static bool has_ring(consecutive_failures const&) { return false; }

    static void tell_tally(script_arguments& told, consecutive_failures const& rule) {
        told.add(rule.threshold);
    }
};

template <>
struct twin_of<failure_rate> : trip_twin<failure_rate> {
    static std::string body() { return trip_twin::body_with(lua::failure_rate); }

    static bool has_ring(failure_rate const& rule) { return rule.window.in_calls(); }

    static void tell_tally(script_arguments& told, failure_rate const& rule) {
        told.add(rule.threshold);
        told.add(rule.minimum_calls);
        auto const& window = rule.window;
        told.add(window.in_calls() ? std::to_string(window.calls())
                                   : std::to_string(window.span().count()) + "us");
        told.add(rule.condition().slow_threshold);
        told.add(rule.trip_on_success);
    }
};

} // namespace breakerbox::detail

#endif
