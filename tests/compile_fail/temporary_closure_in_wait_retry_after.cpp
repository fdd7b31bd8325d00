// expected: g\+\+ 12 destroys this temporary twice
// only: gcc<13
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_after.hpp>

#include <exception>
#include <optional>
#include <string>

namespace temporary_closure_in_wait_retry_after {

using namespace breakerbox;
using namespace std::chrono_literals;

auto make(std::string const& text) {
    auto const told = [](std::exception const&) { return std::optional{1s}; };
    auto const named = [text](attempt const&) { return text.empty() ? 1s : 2s; };
#ifdef MUST_NOT_COMPILE
    return wait_retry_after{told, [text](attempt const&) { return text.empty() ? 1s : 2s; }};
#else
    return wait_retry_after{told, named};
#endif
}

} // namespace temporary_closure_in_wait_retry_after
