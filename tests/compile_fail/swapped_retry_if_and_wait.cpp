// expected: a retrier's second argument must be a retry_if policy
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

namespace swapped_retry_if_and_wait {

using namespace breakerbox;

void swapped() {
#ifdef MUST_NOT_COMPILE
    retrier const r{stop_never{}, wait_none{}, retry_always{}};
#else
    retrier const r{stop_never{}, retry_always{}, wait_none{}};
#endif
    static_cast<void>(r);
}

} // namespace swapped_retry_if_and_wait
