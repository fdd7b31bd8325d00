// expected: this operation returns its errors, of which retry_if_exception sees none
// at most: 20 lines
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include <boost/system/result.hpp>

namespace retry_if_exception_of_returned_errors {

using namespace breakerbox;

asio::awaitable<boost::system::result<int>> operation() {
    co_return 7;
}

auto call() {
#ifdef MUST_NOT_COMPILE
    auto const retry_if = retry_if_exception<>{} | retry_if_not_exception<int>{};
#else
    auto const retry_if = retry_if_exception<>{} | retry_if_error{};
#endif
    retrier const r{stop_never{}, retry_if, wait_none{}};
    return r.retry(operation);
}

} // namespace retry_if_exception_of_returned_errors
