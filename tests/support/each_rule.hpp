// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_SUPPORT_EACH_RULE_HPP
#define BREAKERBOX_TESTS_SUPPORT_EACH_RULE_HPP

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>

// Macros, since Catch2's templated tests take their types in no other way.

#define EACH_RULE breakerbox::failure_count, breakerbox::consecutive_failures, breakerbox::failure_rate

// Those that open by themselves, and don't ask the host's count at each call.
#define EACH_TRIP_RULE breakerbox::consecutive_failures, breakerbox::failure_rate

#endif
