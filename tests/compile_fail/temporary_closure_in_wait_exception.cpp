// expected: g\+\+ 12 destroys this temporary twice
// only: gcc<13
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/wait.hpp>

#include <string>

namespace temporary_closure_in_wait_exception {

using namespace breakerbox;
using namespace std::chrono_literals;

auto make(std::string const& text) {
    auto const named = [text](std::exception const& e) { return e.what() == text ? 1s : 2s; };
#ifdef MUST_NOT_COMPILE
    return wait_exception{[text](std::exception const& e) { return e.what() == text ? 1s : 2s; }};
#else
    return wait_exception{named};
#endif
}

} // namespace temporary_closure_in_wait_exception
