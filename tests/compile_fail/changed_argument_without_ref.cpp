// expected: pass what it changes as std::ref
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include <functional>

namespace changed_argument_without_ref {

using namespace breakerbox;

asio::awaitable<void> operation(int& counter) {
    ++counter;
    co_return;
}

auto call(retrier<stop_never, retry_always, wait_none> const& r, int& counter) {
#ifdef MUST_NOT_COMPILE
    return r.retry(operation, counter);
#else
    return r.retry(operation, std::ref(counter));
#endif
}

} // namespace changed_argument_without_ref
