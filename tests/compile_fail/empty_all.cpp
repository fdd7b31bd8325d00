// expected: a combination needs at least one policy
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/stop.hpp>

namespace empty_all {

using namespace breakerbox;

auto combination() {
#ifdef MUST_NOT_COMPILE
    return all{};
#else
    return all{stop_never{}};
#endif
}

} // namespace empty_all
