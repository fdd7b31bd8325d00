// expected: a combination needs at least one policy
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/wait.hpp>

namespace empty_wait_combine {

using namespace breakerbox;

auto combination() {
#ifdef MUST_NOT_COMPILE
    return wait_combine{};
#else
    return wait_combine{wait_none{}};
#endif
}

} // namespace empty_wait_combine
