// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/store.hpp>

#include "redis/support/blocking_client.hpp"
#include "redis/support/connection_calls.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/store_calls.hpp"

#include <catch2/catch_message.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <string>

namespace redis_store_key_prefix_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;

TEMPLATE_TEST_CASE(
    "redis_store: every key begins with the prefix, so that a user may do with keys of its own", "",
    failure_count, consecutive_failures, failure_rate) {
    redis_server server;
    auto client = server.client();
    client("ACL", "SETUSER", "tenant", "on", ">secret", "~tenant:*", "+@all");
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto config = patient();
        config.user = "tenant";
        config.password = "secret";
        auto const rule = at_the_second<TestType>(1h);
        std::string prefix = "tenant:"; // copied
        service<TestType> tenant{context, server.url(), config, rule, {.key_prefix = prefix}};
        prefix = "another";
        service<TestType> other{context, server.url(), rule};
        co_await tenant.fail("a");
        co_await tenant.fail("h", 2);
        co_await tenant.check_available("h", false);
        co_await other.check_available("h", true);
        auto const keys = keys_of(client);
        CHECK_FALSE(keys.empty());
        for (auto const& key : keys) {
            CAPTURE(key);
            CHECK(key.starts_with("tenant:"));
        }
        CHECK(tenant.heard.count(heard_breaker::kind::store_failed) == 0);
    };
    run(context, test());
}

} // namespace redis_store_key_prefix_test
