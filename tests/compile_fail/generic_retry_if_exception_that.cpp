// expected: this callable must take one parameter of a definite type
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>

#include <exception>

namespace generic_retry_if_exception_that {

using namespace breakerbox;

bool ask(outcome const& o) {
#ifdef MUST_NOT_COMPILE
    retry_if_exception_that const policy{[](auto const& e) { return e.what() != nullptr; }};
#else
    retry_if_exception_that const policy{[](std::exception const& e) { return e.what() != nullptr; }};
#endif
    return policy(o);
}

} // namespace generic_retry_if_exception_that
