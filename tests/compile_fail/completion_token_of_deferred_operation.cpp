// expected: a deferred Asio operation takes no arguments
// at most: 20 lines
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>

#include <chrono>

namespace completion_token_of_deferred_operation {

using namespace breakerbox;

auto call(retrier<stop_never, retry_always, wait_none> const& r,
          asio::basic_waitable_timer<std::chrono::steady_clock>& timer) {
#ifdef MUST_NOT_COMPILE
    return r.retry(timer.async_wait(asio::deferred), asio::detached);
#else
    return r.retry(timer.async_wait(asio::deferred));
#endif
}

} // namespace completion_token_of_deferred_operation
