// expected: the function of wait_retry_after takes neither .* that of wait_exception is asked about exceptions alone
// at most: 20 lines
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_after.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include <optional>

namespace wait_exception_of_a_value {

using namespace breakerbox;

struct response {
    std::optional<duration> come_back_in{};
};

asio::awaitable<response> operation() {
    co_return response{};
}

auto call() {
#ifdef MUST_NOT_COMPILE
    wait_exception const wait{[](response const& r) { return r.come_back_in.value_or(duration{}); }};
#else
    wait_retry_after const wait{[](response const& r) { return r.come_back_in; }, wait_none{}};
#endif
    retrier const r{stop_never{}, retry_always{}, wait};
    return r.retry(operation);
}

} // namespace wait_exception_of_a_value
