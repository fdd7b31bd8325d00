// expected: g\+\+ 12 destroys this temporary twice
// only: gcc<13
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>

#include <string>

namespace temporary_closure_in_retry_if_exception_that {

using namespace breakerbox;

auto make(std::string const& text) {
    auto const named = [text](std::exception const& e) { return e.what() == text; };
#ifdef MUST_NOT_COMPILE
    return retry_if_exception_that{[text](std::exception const& e) { return e.what() == text; }};
#else
    return retry_if_exception_that{named};
#endif
}

} // namespace temporary_closure_in_retry_if_exception_that
