// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_WAIT_FORMULAS_HPP
#define BREAKERBOX_POLICY_WAIT_FORMULAS_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/policy/attempt.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <string_view>

namespace breakerbox::detail {

inline duration from_nanoseconds(long double count) {
    return saturating_cast<duration>(std::chrono::duration<long double, std::nano>{count});
}

/// Uniform in [low, high); low where the two are the same.
inline duration uniform(attempt const& a, duration low, duration high) {
    if (high <= low)
        return low;
    auto const span = static_cast<long double>(high.count()) - static_cast<long double>(low.count());
    auto const drawn =
        saturating_add(low, from_nanoseconds(span * static_cast<long double>(a.random.next())));
    return std::min(drawn, high - duration{1});
}

/// initial * base^(n - 1), saturating.
inline duration exponential(duration initial, double base, attempt const& a) {
    if (initial == duration::zero())
        return duration::zero(); // whatever the power, which may be infinite
    return from_nanoseconds(static_cast<long double>(initial.count()) *
                            static_cast<long double>(std::pow(base, static_cast<double>(a.number - 1))));
}

/// Throws std::invalid_argument naming the field of `policy` unless `initial * base^(n - 1)`, at most `max`,
/// is a wait.
inline void require_exponential(std::string const& policy, std::string_view initial_name, duration initial,
                                duration max, double base) {
    require_not_negative(policy + '.' + std::string{initial_name}, initial);
    require_not_negative(policy + ".max", max);
    require(std::isfinite(base) && base > 0, policy + ".exp_base", "finite and greater than zero", base);
}

} // namespace breakerbox::detail

#endif
