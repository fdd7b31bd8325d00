// expected: no match for 'operator\+'|invalid operands to binary expression
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>

namespace wait_plus_stop {

using namespace breakerbox;
using namespace std::chrono_literals;

auto mixture() {
#ifdef MUST_NOT_COMPILE
    return wait_fixed{1s} + stop_after_delay{1s};
#else
    return wait_fixed{1s} + wait_random{};
#endif
}

} // namespace wait_plus_stop
