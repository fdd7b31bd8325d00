// expected: pass the function and its arguments, not the awaitable
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

namespace awaitable_as_operation {

using namespace breakerbox;

asio::awaitable<int> operation() {
    co_return 1;
}

auto call(retrier<stop_never, retry_always, wait_none> const& unguarded) {
#ifdef MUST_NOT_COMPILE
    return unguarded.retry(operation());
#else
    return unguarded.retry(operation);
#endif
}

} // namespace awaitable_as_operation
