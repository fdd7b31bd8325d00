// expected: a retrier's fourth argument must be a breaker
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/store/memory_store.hpp>

namespace store_as_breaker {

using namespace breakerbox;

void make() {
    memory_store store{failure_count{}};
#ifdef MUST_NOT_COMPILE
    retrier const r{stop_never{}, retry_always{}, wait_none{}, store};
#else
    circuit_breaker breaker{std::move(store)};
    retrier const r{stop_never{}, retry_always{}, wait_none{}, breaker};
#endif
    static_cast<void>(r);
}

} // namespace store_as_breaker
