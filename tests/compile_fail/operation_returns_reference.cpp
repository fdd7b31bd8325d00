// expected: the operation returns a reference, which nobody keeps alive
// at most: 50 lines
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

namespace operation_returns_reference {

using namespace breakerbox;

#ifdef MUST_NOT_COMPILE
asio::awaitable<int const&> operation();
#else
asio::awaitable<int const*> operation();
#endif

auto call(retrier<stop_never, retry_always, wait_none> const& r) {
    return r.retry(operation);
}

} // namespace operation_returns_reference
