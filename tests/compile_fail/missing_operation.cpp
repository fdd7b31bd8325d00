// expected: with a breaker, the host must be given first
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/circuit_breaker.hpp>
#include <breakerbox/memory_store.hpp>
#include <breakerbox/retrier.hpp>
#include <breakerbox/retry_if.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/stop.hpp>
#include <breakerbox/wait.hpp>

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
