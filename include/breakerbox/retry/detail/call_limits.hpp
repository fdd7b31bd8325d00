// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_CALL_LIMITS_HPP
#define BREAKERBOX_RETRY_DETAIL_CALL_LIMITS_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/saturate.hpp>

#include <algorithm>

namespace breakerbox::detail {

/// What bounds a call from outside: a deadline, and a retrier around it. The end of time stands for no deadline.
template <class Clock>
struct call_limits {
    using time_point = typename Clock::time_point;

    /// From the beginning of each call.
    duration time = duration::max();
    time_point deadline = time_point::max();
    bool is_nested = false;

    bool has_deadline() const noexcept { return time != duration::max() || deadline != time_point::max(); }

    /// The deadline as a time since `began`, the beginning of the call; less than zero where it has passed before.
    duration time_from(time_point began) const noexcept {
        auto const until = deadline == time_point::max()
                               ? duration::max()
                               : saturating_cast<duration>(saturating_subtract(deadline.time_since_epoch(),
                                                                               began.time_since_epoch()));
        return std::min(time, until);
    }

    /// The same as a time since the clock's zero.
    duration deadline_from(time_point began) const noexcept {
        return saturating_add(saturating_cast<duration>(began.time_since_epoch()), time_from(began));
    }
};

} // namespace breakerbox::detail

#endif
