// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_SUPPORT_AT_THE_SECOND_HPP
#define BREAKERBOX_TESTS_SUPPORT_AT_THE_SECOND_HPP

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>

#include <chrono>
#include <type_traits>

namespace support {

/// Each rule, so that the second failure trips, for `open_for`.
template <class Rule>
Rule at_the_second(std::chrono::microseconds open_for = std::chrono::seconds{10}) {
    breakerbox::recovery const r{.open_for = open_for};
    if constexpr (std::is_same_v<Rule, breakerbox::failure_count>)
        return {.max_failures = 1, .reset_timeout = open_for};
    else if constexpr (std::is_same_v<Rule, breakerbox::failure_rate>)
        return {.minimum_calls = 2, .window = 10, .recovery = r};
    else
        return {.threshold = 2, .recovery = r};
}

} // namespace support

#endif
