// expected: pass with_timeout the function, not the awaitable
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/retry/with_timeout.hpp>

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
