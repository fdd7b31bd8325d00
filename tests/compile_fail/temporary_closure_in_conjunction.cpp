// expected: g\+\+ 12 destroys this temporary twice
// only: gcc<13
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/stop.hpp>

#include <string>

namespace temporary_closure_in_conjunction {

using namespace breakerbox;

auto make(std::string const& text) {
    auto const named = [text](attempt const& a) { return a.number == text.size(); };
#ifdef MUST_NOT_COMPILE
    return stop_never{} & [text](attempt const& a) { return a.number == text.size(); };
#else
    return stop_never{} & named;
#endif
}

} // namespace temporary_closure_in_conjunction
