// expected: the retry_if policy can't be asked about an operation that returns this type
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include <string>

namespace retry_if_result_of_another_type {

using namespace breakerbox;

asio::awaitable<int> operation() {
    co_return 7;
}

auto call() {
#ifdef MUST_NOT_COMPILE
    retry_if_result const retry_if{[](std::string const& text) { return text.empty(); }};
#else
    retry_if_result const retry_if{[](int number) { return number == 0; }};
#endif
    retrier const r{stop_never{}, retry_if, wait_none{}};
    return r.retry(operation);
}

} // namespace retry_if_result_of_another_type
