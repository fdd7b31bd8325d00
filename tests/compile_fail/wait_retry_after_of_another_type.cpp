// expected: the function of wait_retry_after takes neither what this operation returns
// at most: 20 lines
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_after.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include <optional>

namespace wait_retry_after_of_another_type {

using namespace breakerbox;

struct response {
    std::optional<duration> come_back_in{};
};
struct reply {
    response head{};
};

asio::awaitable<reply> operation() {
    co_return reply{};
}

auto call() {
#ifdef MUST_NOT_COMPILE
    wait_retry_after const wait{[](response const& r) { return r.come_back_in; }, wait_none{}};
#else
    wait_retry_after const wait{[](reply const& r) { return r.head.come_back_in; }, wait_none{}};
#endif
    retrier const r{stop_never{}, retry_always{}, wait + wait_none{}};
    return r.retry(operation);
}

} // namespace wait_retry_after_of_another_type
