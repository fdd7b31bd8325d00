// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_DETAIL_MEMORY_TICKET_HPP
#define BREAKERBOX_STORE_DETAIL_MEMORY_TICKET_HPP

#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>

#include <cstdint>

namespace breakerbox::detail {

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

} // namespace breakerbox::detail

#endif
