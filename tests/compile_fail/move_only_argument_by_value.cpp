// expected: take them by reference to const
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include <memory>

namespace move_only_argument_by_value {

using namespace breakerbox;

using owner = std::unique_ptr<int>;

#ifdef MUST_NOT_COMPILE
asio::awaitable<int> operation(owner p) {
#else
asio::awaitable<int> operation(owner const& p) {
#endif
    co_return *p;
}

auto call(retrier<stop_never, retry_always, wait_none> const& r) {
    return r.retry(operation, std::make_unique<int>(7));
}

} // namespace move_only_argument_by_value
