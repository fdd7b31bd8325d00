// expected: pass the function and its arguments, not the awaitable
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retrier.hpp>
#include <breakerbox/retry_if.hpp>
#include <breakerbox/stop.hpp>
#include <breakerbox/wait.hpp>

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
