// expected: whose error type must be one that a boost::system::error_code can be made into
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace result_without_code {

using namespace breakerbox;

struct failure {
#ifndef MUST_NOT_COMPILE
    failure() = default;
    explicit failure(boost::system::error_code) {}
#endif
};

boost::asio::awaitable<boost::system::result<int, failure>> fetch() {
    co_return 1;
}

boost::asio::awaitable<void> call() {
    retrier const r{stop_never{}, retry_if_error{}, wait_none{}};
    (void)co_await r.retry(fetch);
}

} // namespace result_without_code
