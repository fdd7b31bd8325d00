// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_JITTERED_BACKOFF_HPP
#define BREAKERBOX_REDIS_CONNECTION_JITTERED_BACKOFF_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/random.hpp>
#include <breakerbox/base/saturate.hpp>

#include <algorithm>

namespace breakerbox::detail {

/// Waits at random between zero and a bound that doubles from one wait to the next: full jitter (AWS Architecture Blog,
/// Exponential Backoff And Jitter, 2015).
class jittered_backoff {
public:
    /// Both more than zero, and the second no less than the first.
    jittered_backoff(duration first_bound, duration last_bound, random_source random = {}) noexcept
        : first_bound_(first_bound), last_bound_(last_bound), random_(random) {}

    duration next() {
        auto bound = first_bound_;
        for (unsigned doubled = 0; doubled < waits_ && bound < last_bound_; ++doubled)
            bound = saturating_add(bound, bound);
        bound = std::min(bound, last_bound_);
        waits_ = std::min(waits_ + 1, 64U);
        return duration{static_cast<duration::rep>(static_cast<double>(bound.count()) * random_.next())};
    }

    /// Begins anew with the first bound.
    void reset() noexcept { waits_ = 0; }

    duration last_bound() const noexcept { return last_bound_; }

private:
    duration first_bound_;
    duration last_bound_;
    random_source random_;
    unsigned waits_ = 0;
};

} // namespace breakerbox::detail

#endif
