// expected: a member function can't be the operation
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include <functional>
#include <string>

namespace member_function_as_operation {

using namespace breakerbox;

struct client_type {
    asio::awaitable<int> fetch(std::string path) { co_return static_cast<int>(path.size()); }
};

auto call(retrier<stop_never, retry_always, wait_none> const& unguarded, client_type& client) {
#ifdef MUST_NOT_COMPILE
    return unguarded.retry(&client_type::fetch, std::ref(client), "/");
#else
    auto const fetch = [&](std::string const& path) { return client.fetch(path); };
    return unguarded.retry(fetch, "/");
#endif
}

} // namespace member_function_as_operation
