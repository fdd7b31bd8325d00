// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_REDIS_TICKET_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_REDIS_TICKET_HPP

#include <breakerbox/base/saturate.hpp>
#include <breakerbox/redis/store/detail/local_hosts.hpp>
#include <breakerbox/redis/store/detail/step_request.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>

#include <cstdint>

namespace breakerbox::detail {

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

/// Whether a verdict changes anything, so that it must be reported.
template <class Rule>
bool is_worth_reporting(redis_ticket<Rule> const& granted, verdict v) noexcept {
    if (granted.given_by == redis_ticket<Rule>::giver::nobody)
        return false;
    return failure_rule<Rule> ? v == verdict::failure : v != verdict::neutral || granted.is_probe;
}

/// The call that a permit was given for, ending now.
template <class Rule>
ended_call ended_at(redis_ticket<Rule> const& granted, verdict v, instant now) noexcept {
    return {v, saturating_subtract(now, granted.granted_at)};
}

/// The report to Redis. A permit that this process gave on its own counts as a plain call: its number says nothing there.
template <class Rule>
step_request report_request(redis_ticket<Rule> const& granted, verdict v, instant now) {
    auto asked = new_request(twin_step::report);
    asked.number = granted.number;
    asked.any_number = granted.given_by == redis_ticket<Rule>::giver::this_process;
    asked.call = ended_at(granted, v, now);
    return asked;
}

} // namespace breakerbox::detail

#endif
