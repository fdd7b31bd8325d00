// expected: no match for 'operator&'|invalid operands to binary expression
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>

namespace retry_if_and_wait {

using namespace breakerbox;

auto mixture() {
#ifdef MUST_NOT_COMPILE
    return retry_always{} & wait_none{};
#else
    return stop_never{} & stop_after_attempt{3};
#endif
}

} // namespace retry_if_and_wait
