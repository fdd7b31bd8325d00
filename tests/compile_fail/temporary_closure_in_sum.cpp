// expected: g\+\+ 12 destroys this temporary twice
// only: gcc<13
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/wait.hpp>

#include <string>

namespace temporary_closure_in_sum {

using namespace breakerbox;

auto make(std::string const& text) {
    auto const named = [text](attempt const&) { return std::chrono::seconds(text.size()); };
#ifdef MUST_NOT_COMPILE
    return wait_none{} + [text](attempt const&) { return std::chrono::seconds(text.size()); };
#else
    return wait_none{} + named;
#endif
}

} // namespace temporary_closure_in_sum
