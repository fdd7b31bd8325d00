// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_WAIT_HPP
#define BREAKERBOX_POLICY_WAIT_HPP

#include <breakerbox/policy/wait_combine.hpp>
#include <breakerbox/policy/wait_exception.hpp>
#include <breakerbox/policy/wait_exponential.hpp>
#include <breakerbox/policy/wait_steps.hpp>

// How long to wait before the next attempt. A wait policy is asked after each failed attempt, n being the number of that
// attempt. Any callable from `attempt const&` to a std::chrono::duration is one, and `a + b` adds two. All are immutable,
// and safe to share between any number of calls and threads: what changes lives in the call. Sums and powers stop at the
// longest duration; less than zero, or a NaN, is taken as zero.

#endif
