// expected: a thrown pointer can't be looked at
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>

namespace thrown_pointer {

using namespace breakerbox;

bool ask(outcome const& o) {
#ifdef MUST_NOT_COMPILE
    return retry_if_exception<char const*>{}(o);
#else
    return retry_if_exception<char>{}(o);
#endif
}

} // namespace thrown_pointer
