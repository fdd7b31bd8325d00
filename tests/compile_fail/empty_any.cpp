// expected: a combination needs at least one policy
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/stop.hpp>

namespace empty_any {

using namespace breakerbox;

auto combination() {
#ifdef MUST_NOT_COMPILE
    return any{};
#else
    return any{stop_never{}};
#endif
}

} // namespace empty_any
