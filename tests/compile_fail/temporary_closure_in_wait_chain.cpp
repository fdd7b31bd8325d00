// expected: g\+\+ 12 destroys this temporary twice
// only: gcc<13
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/wait.hpp>

#include <string>

namespace temporary_closure_in_wait_chain {

using namespace breakerbox;

auto make(std::string const& text) {
    auto const named = [text](attempt const&) { return std::chrono::seconds(text.size()); };
#ifdef MUST_NOT_COMPILE
    return wait_chain{[text](attempt const&) { return std::chrono::seconds(text.size()); }};
#else
    return wait_chain{named};
#endif
}

} // namespace temporary_closure_in_wait_chain
