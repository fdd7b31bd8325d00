// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_WAIT_STEPS_HPP
#define BREAKERBOX_POLICY_WAIT_STEPS_HPP

#include <breakerbox/base/require.hpp>
#include <breakerbox/policy/attempt.hpp>
#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/wait_formulas.hpp>

#include <algorithm>
#include <chrono>

// Waits that stay the same, are drawn from one range, or grow by the same step.

namespace breakerbox {

/// No wait.
struct wait_none {
    using category = wait_category;
    static constexpr bool reads_time = false;

    constexpr duration operator()(attempt const&) const noexcept { return duration::zero(); }
};

/// The same wait each time.
struct wait_fixed {
    using category = wait_category;
    static constexpr bool reads_time = false;

    duration wait;

    constexpr duration operator()(attempt const&) const noexcept { return wait; }
    void validate() const { detail::require_not_negative("wait_fixed.wait", wait); }
};

/// Uniform in [min, max).
struct wait_random {
    using category = wait_category;
    static constexpr bool reads_time = false;

    duration min = duration::zero();
    duration max = std::chrono::seconds{1};

    duration operator()(attempt const& a) const { return detail::uniform(a, min, max); }
    void validate() const {
        detail::require_not_negative("wait_random.min", min);
        detail::require(max >= min, "wait_random.max", "wait_random.min or more", max);
    }
};

/// start + increment * (n - 1), held between zero and max. The increment may be negative.
struct wait_incrementing {
    using category = wait_category;
    static constexpr bool reads_time = false;

    duration start = duration::zero();
    duration increment = std::chrono::seconds{1};
    duration max = duration::max();

    duration operator()(attempt const& a) const {
        auto const steps = static_cast<long double>(a.number - 1);
        return std::clamp(detail::from_nanoseconds(static_cast<long double>(start.count()) +
                                                   static_cast<long double>(increment.count()) * steps),
                          duration::zero(), max);
    }
    void validate() const {
        detail::require_not_negative("wait_incrementing.start", start);
        detail::require_not_negative("wait_incrementing.max", max);
    }
};

} // namespace breakerbox

#endif
