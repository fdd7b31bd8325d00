// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_SUPPORT_VIRTUAL_BUDGET_HPP
#define BREAKERBOX_TESTS_SUPPORT_VIRTUAL_BUDGET_HPP

#include <breakerbox/budget/budget.hpp>
#include <breakerbox/budget/retry_budget.hpp>
#include <breakerbox/testing.hpp>

#include <chrono>

namespace support {

using virtual_budget =
    breakerbox::shared_budget<breakerbox::retry_budget, breakerbox::testing::virtual_clock>;

/// Allows as many retries as are given in each window, however many calls there are.
inline breakerbox::retry_budget exactly(double retries, std::chrono::seconds window) {
    return {.ratio = 0,
            .min_per_second = retries / std::chrono::duration<double>{window}.count(),
            .window = window};
}

} // namespace support

#endif
