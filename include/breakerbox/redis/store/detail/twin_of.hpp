// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_TWIN_OF_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_TWIN_OF_HPP

namespace breakerbox::detail {

/// The twin in Redis of a rule that has one: which script it has, which keys a host has under it, and what the script is
/// told of the rule and of a step, in the order of its ARGV. Specialised for each such rule, in count_twin.hpp and
/// trip_twins.hpp.
template <class Rule>
struct twin_of;

} // namespace breakerbox::detail

#endif
