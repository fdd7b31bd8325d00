// expected: the operation must return an asio::awaitable or a deferred Asio operation
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

namespace operation_not_awaitable {

using namespace breakerbox;

#ifdef MUST_NOT_COMPILE
int operation() {
    return 7;
}
#else
asio::awaitable<int> operation() {
    co_return 7;
}
#endif

auto call(retrier<stop_never, retry_always, wait_none> const& r) {
    return r.retry(operation);
}

} // namespace operation_not_awaitable
