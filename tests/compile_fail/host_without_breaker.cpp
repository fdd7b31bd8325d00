// expected: a retrier without a breaker takes no host
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include <string>

namespace host_without_breaker {

using namespace breakerbox;

asio::awaitable<int> operation(std::string const& text) {
    co_return static_cast<int>(text.size());
}

auto call(retrier<stop_never, retry_always, wait_none> const& unguarded) {
#ifdef MUST_NOT_COMPILE
    return unguarded.retry("example.com", operation, "text");
#else
    return unguarded.retry(operation, "text");
#endif
}

} // namespace host_without_breaker
