// expected: a retrier refers to its breaker; give the breaker a name
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/store/memory_store.hpp>

namespace temporary_breaker {

using namespace breakerbox;

void make() {
    using breaker = circuit_breaker<memory_store<failure_count>>;
    breaker named{memory_store{failure_count{}}};
#ifdef MUST_NOT_COMPILE
    retrier const r{stop_never{}, retry_always{}, wait_none{}, breaker{memory_store{failure_count{}}}};
#else
    retrier const r{stop_never{}, retry_always{}, wait_none{}, named};
#endif
    static_cast<void>(r);
}

} // namespace temporary_breaker
