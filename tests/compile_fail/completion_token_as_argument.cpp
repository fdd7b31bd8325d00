// expected: the operation takes one argument less.*co_spawn\(executor, retrier.retry
// at most: 50 lines
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <string>

namespace completion_token_as_argument {

using namespace breakerbox;

asio::awaitable<int> fetch(std::string const& path);

void call(asio::any_io_executor executor, retrier<stop_never, retry_always, wait_none> const& r) {
#ifdef MUST_NOT_COMPILE
    r.retry(fetch, std::string{"/"}, asio::detached);
    static_cast<void>(executor);
#else
    asio::co_spawn(executor, r.retry(fetch, std::string{"/"}), asio::detached);
#endif
}

} // namespace completion_token_as_argument
