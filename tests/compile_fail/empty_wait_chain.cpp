// expected: a combination needs at least one policy
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/wait.hpp>

namespace empty_wait_chain {

using namespace breakerbox;

auto combination() {
#ifdef MUST_NOT_COMPILE
    return wait_chain{};
#else
    return wait_chain{wait_none{}};
#endif
}

} // namespace empty_wait_chain
