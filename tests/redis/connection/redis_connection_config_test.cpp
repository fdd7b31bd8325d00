// SPDX-License-Identifier: BSL-1.0
#include "redis/support/connection_calls.hpp"
#include "redis/support/redis_server.hpp"

#include <breakerbox/redis/connection/connection.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace redis_connection_config_test {

using namespace breakerbox;
using namespace support;

TEST_CASE("redis connection: is made in one line of a coroutine, options and all, under any compiler") {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        std::string const name = "a-name-that-is-too-long-to-be-kept-within-a-string";
        redis_connection plain{co_await asio::this_coro::executor, server.url()};
        redis_connection named{co_await asio::this_coro::executor, server.url(), {.client_name = name}};
        co_await check_text(plain, command("CLIENT", "GETNAME"), "breakerbox");
        co_await check_text(named, command("CLIENT", "GETNAME"), name);
    };
    run(context, test());
}

TEST_CASE("redis connection: keeps copies of the texts that its configuration looks at") {
    redis_server server{{"requirepass a-password-that-is-too-long-to-be-kept-within-a-string"}};
    asio::io_context context;
    std::optional<redis_connection> connection;
    {
        std::string const name = "a-name-that-is-too-long-to-be-kept-within-a-string";
        std::string const password = "a-password-that-is-too-long-to-be-kept-within-a-string";
        std::string const user = "default";
        redis_config const config{.user = user, .password = password, .client_name = name};
        connection.emplace(context, server.url(), config);
    }
    CHECK(std::string_view{connection->config().client_name} ==
          "a-name-that-is-too-long-to-be-kept-within-a-string");
    CHECK(std::string_view{connection->config().user} == "default");
    auto const test = [&]() -> asio::awaitable<void> {
        co_await check_text(*connection, command("CLIENT", "GETNAME"),
                            "a-name-that-is-too-long-to-be-kept-within-a-string");
        connection.reset();
    };
    run(context, test());
}

} // namespace redis_connection_config_test
