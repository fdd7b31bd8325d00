// expected: use of deleted function|call to deleted constructor
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/store/memory_store.hpp>

namespace copied_breaker {

using namespace breakerbox;

void look(circuit_breaker<memory_store<failure_count>>& breaker) {
#ifdef MUST_NOT_COMPILE
    auto same = breaker;
#else
    auto& same = breaker;
#endif
    static_cast<void>(same);
}

} // namespace copied_breaker
