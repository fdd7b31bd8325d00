// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_WAIT_EXPONENTIAL_HPP
#define BREAKERBOX_POLICY_WAIT_EXPONENTIAL_HPP

#include <breakerbox/base/require.hpp>
#include <breakerbox/policy/attempt.hpp>
#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/wait_formulas.hpp>

#include <algorithm>
#include <chrono>

// Waits that grow by a factor, with jitter or without.

namespace breakerbox {

/// multiplier * exp_base^(n - 1), at most max, but at least min: where min is above max, min wins.
struct wait_exponential {
    using category = wait_category;
    static constexpr bool reads_time = false;

    duration multiplier = std::chrono::seconds{1};
    duration max = duration::max();
    double exp_base = 2;
    duration min = duration::zero();

    duration operator()(attempt const& a) const {
        return std::max(min, std::min(detail::exponential(multiplier, exp_base, a), max));
    }
    void validate() const {
        detail::require_exponential("wait_exponential", "multiplier", multiplier, max, exp_base);
        detail::require_not_negative("wait_exponential.min", min);
    }
};

/// Uniform between min and what wait_exponential would give: "full jitter" in Amazon's Exponential Backoff
/// And Jitter (2015), which spreads the retries of many clients best.
struct wait_random_exponential {
    using category = wait_category;
    static constexpr bool reads_time = false;

    duration multiplier = std::chrono::seconds{1};
    duration max = duration::max();
    double exp_base = 2;
    duration min = duration::zero();

    duration operator()(attempt const& a) const {
        return detail::uniform(a, min, wait_exponential{multiplier, max, exp_base, min}(a));
    }
    void validate() const {
        detail::require_exponential("wait_random_exponential", "multiplier", multiplier, max, exp_base);
        detail::require_not_negative("wait_random_exponential.min", min);
    }
};

/// initial * exp_base^(n - 1), at most max - jitter, plus a uniform draw from [0, jitter): never more than
/// max, and still jittered there. Where jitter is above max, it is taken as max.
struct wait_exponential_jitter {
    using category = wait_category;
    static constexpr bool reads_time = false;

    duration initial = std::chrono::seconds{1};
    duration max = duration::max();
    double exp_base = 2;
    duration jitter = std::chrono::seconds{1};

    duration operator()(attempt const& a) const {
        auto const spread = std::min(jitter, max);
        auto const base = std::min(detail::exponential(initial, exp_base, a), max - spread);
        return base + detail::uniform(a, duration::zero(), spread);
    }
    void validate() const {
        detail::require_exponential("wait_exponential_jitter", "initial", initial, max, exp_base);
        detail::require_not_negative("wait_exponential_jitter.jitter", jitter);
    }
};

/// Each wait uniform in [base, 3 * the one before), at most max; base stands for the one before the first.
/// The "decorrelated jitter" of Amazon's Exponential Backoff And Jitter (2015).
struct wait_decorrelated_jitter {
    using category = wait_category;
    static constexpr bool reads_time = false;

    /// What the call keeps for the policy.
    struct memory {
        duration previous = duration::zero();
    };

    duration base = std::chrono::seconds{1};
    duration max = duration::max();

    duration operator()(attempt const& a, memory& m) const {
        auto const previous = static_cast<long double>(std::max(m.previous, base).count());
        m.previous = std::min(max, detail::uniform(a, base, detail::from_nanoseconds(3 * previous)));
        return m.previous;
    }
    void validate() const {
        detail::require(base > duration::zero(), "wait_decorrelated_jitter.base", "more than zero", base);
        detail::require(max >= base, "wait_decorrelated_jitter.max", "wait_decorrelated_jitter.base or more",
                        max);
    }
};

} // namespace breakerbox

#endif
