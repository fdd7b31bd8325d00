// expected: no match for 'operator\|'|invalid operands to binary expression
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>

namespace stop_or_retry_if {

using namespace breakerbox;

auto mixture() {
#ifdef MUST_NOT_COMPILE
    return stop_never{} | retry_always{};
#else
    return retry_never{} | retry_always{};
#endif
}

} // namespace stop_or_retry_if
