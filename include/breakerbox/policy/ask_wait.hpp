// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_ASK_WAIT_HPP
#define BREAKERBOX_POLICY_ASK_WAIT_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/policy/attempt.hpp>
#include <breakerbox/policy/concepts.hpp>

#include <algorithm>

namespace breakerbox::detail {

/// Asks a wait policy; what comes back is never negative.
template <wait_policy Wait>
duration ask(Wait const& wait, attempt const& a, memory_of_t<Wait>& memory) {
    if constexpr (remembering_wait<Wait>)
        return std::max(saturating_cast<duration>(wait(a, memory)), duration::zero());
    else
        return std::max(saturating_cast<duration>(wait(a)), duration::zero());
}

} // namespace breakerbox::detail

#endif
