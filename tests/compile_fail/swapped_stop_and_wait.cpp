// expected: a retrier's first argument must be a stop policy
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

namespace swapped_stop_and_wait {

using namespace breakerbox;

void swapped() {
#ifdef MUST_NOT_COMPILE
    retrier const r{wait_none{}, retry_always{}, stop_never{}};
#else
    retrier const r{stop_never{}, retry_always{}, wait_none{}};
#endif
    static_cast<void>(r);
}

} // namespace swapped_stop_and_wait
