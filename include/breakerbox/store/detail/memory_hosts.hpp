// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_DETAIL_MEMORY_HOSTS_HPP
#define BREAKERBOX_STORE_DETAIL_MEMORY_HOSTS_HPP

#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/detail/failure_rule_hosts.hpp>
#include <breakerbox/store/detail/trip_rule_hosts.hpp>

namespace breakerbox::detail {

/// The hosts of a memory_store, by the kind of its rule.
template <class Rule, class Clock>
struct memory_hosts_of;
template <failure_rule Rule, class Clock>
struct memory_hosts_of<Rule, Clock> {
    using type = failure_rule_hosts<Rule, Clock>;
};
template <trip_rule Rule, class Clock>
struct memory_hosts_of<Rule, Clock> {
    using type = trip_rule_hosts<Rule, Clock>;
};

template <class Rule, class Clock>
using memory_hosts = typename memory_hosts_of<Rule, Clock>::type;

} // namespace breakerbox::detail

#endif
