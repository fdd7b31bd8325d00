// expected: this callable must return a std::optional of a duration
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_after.hpp>

#include <exception>
#include <optional>

namespace wait_retry_after_without_optional {

using namespace breakerbox;
using namespace std::chrono_literals;

duration ask(attempt const& a) {
#ifdef MUST_NOT_COMPILE
    wait_retry_after const policy{[](std::exception const&) { return 1s; }, wait_none{}};
#else
    wait_retry_after const policy{[](std::exception const&) { return std::optional{1s}; }, wait_none{}};
#endif
    detail::no_memory none;
    return policy(a, none);
}

} // namespace wait_retry_after_without_optional
