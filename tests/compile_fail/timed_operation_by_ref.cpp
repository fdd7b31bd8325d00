// expected: pass what with_timeout made as it is, not by std::ref
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/retry/with_timeout.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>

namespace timed_operation_by_ref {

using namespace breakerbox;

boost::asio::awaitable<int> fetch() {
    co_return 1;
}

boost::asio::awaitable<void> call() {
    retrier const r{stop_never{}, retry_always{}, wait_none{}};
#ifdef MUST_NOT_COMPILE
    auto timed = with_timeout(std::chrono::seconds{1}, fetch);
    co_await r.retry(std::ref(timed));
#else
    auto timed = with_timeout(std::chrono::seconds{1}, std::ref(fetch));
    co_await r.retry(timed);
#endif
}

} // namespace timed_operation_by_ref
