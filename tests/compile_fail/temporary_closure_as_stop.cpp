// expected: g\+\+ 12 destroys this temporary twice
// only: gcc<13
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include <string>

namespace temporary_closure_as_stop {

using namespace breakerbox;

auto make(std::string const& text) {
    auto const named = [text](attempt const& a) { return a.number == text.size(); };
#ifdef MUST_NOT_COMPILE
    return retrier{[text](attempt const& a) { return a.number == text.size(); }, retry_always{}, wait_none{}};
#else
    return retrier{named, retry_always{}, wait_none{}};
#endif
}

} // namespace temporary_closure_as_stop
