// expected: this callable must take one parameter of a definite type
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/wait.hpp>

#include <exception>

namespace generic_wait_exception {

using namespace breakerbox;
using namespace std::chrono_literals;

duration ask(attempt const& a) {
#ifdef MUST_NOT_COMPILE
    wait_exception const policy{[](auto const&) { return 1s; }};
#else
    wait_exception const policy{[](std::exception const&) { return 1s; }};
#endif
    return policy(a);
}

} // namespace generic_wait_exception
