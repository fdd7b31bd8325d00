// expected: a retrier's fourth argument must be a breaker
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/circuit_breaker.hpp>
#include <breakerbox/memory_store.hpp>
#include <breakerbox/retrier.hpp>
#include <breakerbox/retry_if.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/stop.hpp>
#include <breakerbox/wait.hpp>

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
