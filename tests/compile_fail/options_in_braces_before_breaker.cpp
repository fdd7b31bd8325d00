// expected: a retrier's options come last, behind its breaker
// at most: 20 lines
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/store/memory_store.hpp>

namespace options_in_braces_before_breaker {

using namespace breakerbox;

void make() {
    circuit_breaker breaker{memory_store{failure_count{}}};
#ifdef MUST_NOT_COMPILE
    retrier const r{stop_never{}, retry_always{}, wait_none{}, {.reraise = false}, breaker};
#else
    retrier const r{stop_never{}, retry_always{}, wait_none{}, breaker, {.reraise = false}};
#endif
    static_cast<void>(r);
}

} // namespace options_in_braces_before_breaker
