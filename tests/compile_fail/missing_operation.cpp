// expected: with a breaker, the host must be given first
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/store/memory_store.hpp>

namespace missing_operation {

using namespace breakerbox;

asio::awaitable<void> operation() {
    co_return;
}

auto call(circuit_breaker<memory_store<failure_count>>& breaker) {
    retrier const guarded{stop_never{}, retry_always{}, wait_none{}, breaker};
#ifdef MUST_NOT_COMPILE
    return guarded.retry("example.com");
#else
    return guarded.retry("example.com", operation);
#endif
}

} // namespace missing_operation
