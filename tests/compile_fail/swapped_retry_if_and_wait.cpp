// expected: a retrier's second argument must be a retry_if policy
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retrier.hpp>
#include <breakerbox/retry_if.hpp>
#include <breakerbox/stop.hpp>
#include <breakerbox/wait.hpp>

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
