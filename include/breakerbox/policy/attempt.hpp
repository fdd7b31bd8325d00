// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_ATTEMPT_HPP
#define BREAKERBOX_POLICY_ATTEMPT_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/random.hpp>
#include <breakerbox/policy/outcome.hpp>

#include <cstdint>

namespace breakerbox {

/// Where one call stands: what stop and wait policies are asked about.
///
/// Each call has one, which belongs to that call alone. A test of a policy writes its own, such as
/// `attempt{.number = 3, .elapsed = 2s}`.
struct attempt {
    /// The attempt that has just ended (that is about to begin, in an event), counted from 1; zero where a stop policy is
    /// asked about a wait for the host before the first.
    std::uint64_t number = 1;
    /// The time since the call began. Zero unless a policy reads time, there is an observer or a
    /// deadline, or the call is to tell how it went.
    duration elapsed = duration::zero();
    /// The wait that would follow; known to stop policies, since they are asked after the wait policy.
    duration upcoming_wait = duration::zero();
    /// What the attempt ended with; null before it ends.
    outcome const* last = nullptr;
    /// The call's own source of jitter.
    mutable detail::random_source random{};
    /// Set by a wait policy that would rather have the call end than wait.
    mutable bool gives_up = false;
    /// Whether it is a probe of a half-open host.
    bool is_probe = false;
};

} // namespace breakerbox

#endif
