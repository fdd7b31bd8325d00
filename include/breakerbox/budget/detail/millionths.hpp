// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BUDGET_DETAIL_MILLIONTHS_HPP
#define BREAKERBOX_BUDGET_DETAIL_MILLIONTHS_HPP

#include <cstdint>

namespace breakerbox::detail {

/// One token in millionths. Budgets count in these, which are whole: ten doubles of 0.1 don't add up to 1.
inline constexpr std::int64_t one_token = 1'000'000;

/// So many tokens, from 0 to 4 * 10^9, in the nearest number of millionths.
constexpr std::int64_t millionths(double tokens) noexcept {
    return static_cast<std::int64_t>(tokens * static_cast<double>(one_token) + 0.5);
}

} // namespace breakerbox::detail

#endif
