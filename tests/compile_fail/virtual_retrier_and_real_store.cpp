// expected: one goes by virtual time, one by real time
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/testing.hpp>

namespace virtual_retrier_and_real_store {

using namespace breakerbox;

void make() {
#ifdef MUST_NOT_COMPILE
    circuit_breaker breaker{memory_store{failure_count{}}};
#else
    circuit_breaker breaker{memory_store<failure_count, testing::virtual_clock>{failure_count{}}};
#endif
    retrier const r{stop_never{}, retry_always{}, wait_none{}, breaker,
                    retrier_options<testing::virtual_clock>{}};
    static_cast<void>(r);
}

} // namespace virtual_retrier_and_real_store
