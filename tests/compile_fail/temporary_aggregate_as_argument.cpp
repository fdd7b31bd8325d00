// expected: g\+\+ 12 destroys this temporary twice
// only: gcc<13
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include <string>

namespace temporary_aggregate_as_argument {

using namespace breakerbox;

struct request {
    std::string body;
};

asio::awaitable<int> operation(request const& r) {
    co_return static_cast<int>(r.body.size());
}

asio::awaitable<int> call(retrier<stop_never, retry_always, wait_none> const& r) {
    request const named{.body = "text"};
#ifdef MUST_NOT_COMPILE
    co_return co_await r.retry(operation, request{.body = "text"});
#else
    co_return co_await r.retry(operation, named);
#endif
}

} // namespace temporary_aggregate_as_argument
