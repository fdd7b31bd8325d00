// expected: a circuit_breaker is made of a store, not of a rule
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/store/memory_store.hpp>

namespace rule_as_store {

using namespace breakerbox;

void make() {
    consecutive_failures const rule{.threshold = 3};
#ifdef MUST_NOT_COMPILE
    circuit_breaker breaker{rule, {.failure_texts = 10}};
#else
    circuit_breaker breaker{memory_store{rule}, {.failure_texts = 10}};
#endif
    static_cast<void>(breaker);
}

} // namespace rule_as_store
