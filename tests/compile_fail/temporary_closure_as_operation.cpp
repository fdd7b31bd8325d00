// expected: g\+\+ 12 destroys this temporary twice
// only: gcc<13
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include <string>

namespace temporary_closure_as_operation {

using namespace breakerbox;

asio::awaitable<int> call(retrier<stop_never, retry_always, wait_none> const& r, std::string text) {
    auto const named = [text]() -> asio::awaitable<int> { co_return static_cast<int>(text.size()); };
#ifdef MUST_NOT_COMPILE
    co_return co_await r.retry([text]() -> asio::awaitable<int> { co_return static_cast<int>(text.size()); });
#else
    co_return co_await r.retry(named);
#endif
}

} // namespace temporary_closure_as_operation
