// expected: g\+\+ 12 destroys this temporary twice
// only: gcc<13
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>

#include <string>

namespace temporary_closure_in_retry_if_result {

using namespace breakerbox;

auto make(std::string const& text) {
    auto const named = [text](std::string const& value) { return value == text; };
#ifdef MUST_NOT_COMPILE
    return retry_if_result{[text](std::string const& value) { return value == text; }};
#else
    return retry_if_result{named};
#endif
}

} // namespace temporary_closure_in_retry_if_result
