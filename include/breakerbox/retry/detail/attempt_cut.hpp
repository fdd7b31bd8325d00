// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_ATTEMPT_CUT_HPP
#define BREAKERBOX_RETRY_DETAIL_ATTEMPT_CUT_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/saturate.hpp>

#include <cstdint>

namespace breakerbox::detail {

/// What ended an attempt before its operation did.
enum class cut_by : std::uint8_t { nothing, time_out, deadline };

/// What an attempt's time-out tells its call. An error's code doesn't: another call's may have come through, and some
/// errors bear none.
struct attempt_cut {
    /// What a host may take to answer: the time-out, or the deadline that every call has, whichever is shorter. The longest
    /// duration where neither is known.
    duration fair = duration::max();
    /// What the attempt had of it.
    duration had = duration::zero();
    cut_by by = cut_by::nothing;
};

/// What an attempt says of its host that the call's deadline has cut: who had half of a fair time could have answered.
constexpr verdict verdict_of_cut(duration fair, duration had) noexcept {
    bool const is_measured = fair != duration::max();
    return is_measured && had >= saturating_subtract(fair, had) ? verdict::failure : verdict::neutral;
}

/// What the breaker is told of such an attempt. One that was slow is told even where it is neutral, as a success: the rule
/// counts it by its time, and never as a good one.
constexpr verdict told_of_cut(verdict meaning, bool slow) noexcept {
    return meaning == verdict::neutral && slow ? verdict::success : meaning;
}

} // namespace breakerbox::detail

#endif
