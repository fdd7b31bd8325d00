// expected: pass with_timeout the function, not the awaitable
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retrier.hpp>
#include <breakerbox/retry_if.hpp>
#include <breakerbox/stop.hpp>
#include <breakerbox/wait.hpp>
#include <breakerbox/with_timeout.hpp>

namespace awaitable_with_timeout {

using namespace breakerbox;

asio::awaitable<int> operation() {
    co_return 1;
}

auto call(retrier<stop_never, retry_always, wait_none> const& unguarded) {
#ifdef MUST_NOT_COMPILE
    return unguarded.retry(with_timeout(std::chrono::seconds{1}, operation()));
#else
    return unguarded.retry(with_timeout(std::chrono::seconds{1}, operation));
#endif
}

} // namespace awaitable_with_timeout
