// SPDX-License-Identifier: BSL-1.0
// What a user's first program on Redis needs, and what becomes of it where there is none.
#include <breakerbox/redis.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <cstdint>
#include <string>

namespace asio = boost::asio;
namespace bb = breakerbox;

asio::awaitable<std::uint64_t> count_a_failure(asio::io_context& context) {
    bb::redis_connection const connection{context, "unix:///no/such/socket"};
    bb::circuit_breaker breaker{bb::redis_store{bb::failure_count{}, connection}};
    std::string const host = "host";
    co_return co_await breaker.increment_failures_count(host);
}

int main() {
    asio::io_context context;
    auto failures = asio::co_spawn(context, count_a_failure(context), asio::use_future);
    context.run();
    return failures.get() == 1 ? 0 : 1;
}
