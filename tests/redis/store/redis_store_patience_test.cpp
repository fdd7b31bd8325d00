// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/store.hpp>

#include "redis/support/blocking_client.hpp"
#include "redis/support/connection_calls.hpp"
#include "redis/support/free_port.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/store_calls.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace redis_store_patience_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;
using kind = heard_breaker::kind;
using std::chrono::steady_clock;

TEST_CASE(
    "redis_store: an ask beyond a bound of the connection has the mode's answer, and the store goes on") {
    auto const mode =
        GENERATE(when_store_fails::use_local, when_store_fails::assume_available, when_store_fails::fail);
    bool const is_bound_in_bytes = GENERATE(false, true);
    constexpr int asks = 5'000;
    redis_server server;
    auto client = server.client();
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto config = patient();
        config.command_timeout = 1min; // all are asked in one turn, which takes long under sanitizers
        config.stall_timeout = 1min;
        if (is_bound_in_bytes)
            config.max_unwritten_bytes = 32 * 1024;
        else
            config.max_waiting_commands = 100;
        service<failure_count> s{context,
                                 server.url(),
                                 config,
                                 {.max_failures = asks / 2, .reset_timeout = 1h},
                                 {.when_store_fails = mode}};
        co_await s.check_available("h", true);
        int ended = 0;
        int refused = 0;
        auto const ask = [&]() -> asio::awaitable<void> {
            auto const cause = co_await cause_of(s.breaker.increment_failures_count("h"));
            refused += cause == redis_errc::too_many_commands || cause == redis_errc::too_many_bytes ? 1 : 0;
            ++ended;
        };
        for (int i = 0; i != asks; ++i)
            asio::co_spawn(context, ask(), asio::detached);
        co_await check_eventually([&] { return ended == asks; });
        CHECK_FALSE(s.is_failing());
        CHECK(s.heard.count(kind::store_failed) == 0);
        auto const counted = std::stoi(client.text("GET", "circuit-breaker-h"));
        CHECK(counted > 0);
        CHECK(counted < asks / 2);
        if (mode == when_store_fails::fail)
            CHECK(refused == asks - counted);
        else
            CHECK(refused == 0);
        // What was counted here instead is not forgotten.
        co_await s.check_available("h", mode != when_store_fails::use_local);
        service<failure_count> other{context, server.url(), patient(), {.max_failures = asks / 2}};
        co_await other.check_available("h", mode != when_store_fails::use_local);
    };
    run(context, test());
}

TEST_CASE(
    "redis_store: the first ask after a refused connect is answered at once, and so are those after it") {
    asio::io_context context;
    refusing_port const nobody;
    auto config = patient(); // whose commands would wait ten seconds
    config.reconnect_min = config.reconnect_max = 20s;
    auto const mode =
        GENERATE(when_store_fails::use_local, when_store_fails::assume_available, when_store_fails::fail);
    bool const is_asked_before = GENERATE(true, false);
    auto const test = [&]() -> asio::awaitable<void> {
        service<failure_count> s{
            context, nobody.url(), config, at_the_second<failure_count>(1h), {.when_store_fails = mode}};
        if (!is_asked_before)
            co_await check_eventually([&] { return s.breaker.store().connection().is_down(); });
        auto const begin = steady_clock::now();
        for (int i = 0; i != 3; ++i) {
            auto const cause = co_await cause_of(s.breaker.increment_failures_count("h"));
            CHECK(static_cast<bool>(cause) == (mode == when_store_fails::fail));
        }
        CHECK(steady_clock::now() - begin < 5s);
        auto const failed = s.heard.all(kind::store_failed);
        REQUIRE(failed.size() == 1);
        auto const cause = failed[0].printed.find("Connection refused");
        CHECK(cause != std::string::npos);
        CHECK(failed[0].printed.find("Connection refused", cause + 1) == std::string::npos);
    };
    run(context, test());
}

TEST_CASE(
    "redis_connection: a command waits for a lost connection to be made anew, unless it is told not to") {
    asio::io_context context;
    refusing_port const nobody;
    auto config = patient();
    config.command_timeout = config.stall_timeout = 1s;
    config.reconnect_min = config.reconnect_max = 20s;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, nobody.url(), config};
        boost::system::error_code error;
        std::string order;
        connection.async_execute(command("PING"), [&](auto, redis_reply const&) { order += "patient"; });
        for (int i = 0; i != 2; ++i)
            connection.async_execute_unless_down(command("PING"), [&](auto e, redis_reply const&) {
                error = e;
                order += "hasty ";
            });
        co_await check_eventually([&] { return order == "hasty hasty patient"; });
        CHECK(error == redis_errc::not_connected);
    };
    run(context, test());
}

TEST_CASE("redis_store: a server that closes idle connections costs no ask") {
    redis_server server{{"timeout 1"}};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        heard_events heard;
        auto config = patient();
        config.reconnect_min = config.reconnect_max = 20s;
        config.observer = std::ref(heard);
        service<failure_count> s{context, server.url(), config, at_the_second<failure_count>(1h)};
        for (std::size_t i = 1; i != 4; ++i) {
            co_await s.check_available("h", true);
            co_await check_eventually([&] { return heard.count(redis_connection_event::kind::lost) == i; });
            co_await s.check_available("h", true);
        }
        CHECK(s.heard.all().empty());
        CHECK(heard.all.back().next_try_in == duration{});
    };
    run(context, test());
}

TEST_CASE("redis_store: a store that fails for long is tried less and less often") {
    redis_server server{{"min-replicas-to-write 1"}};
    auto client = server.client();
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto config = patient();
        config.reconnect_max = 5s;
        service<failure_count> s{context, server.url(), config, at_the_second<failure_count>(1h)};
        co_await s.fail("h");
        client("CONFIG", "RESETSTAT");
        co_await sleep(3s);
        auto const tries = calls_of(client, "evalsha");
        CHECK(tries >= 2);
        CHECK(tries < 15);
        client("CONFIG", "SET", "min-replicas-to-write", "0");
        co_await check_eventually([&] { return !s.is_failing(); });
    };
    run(context, test());
}

} // namespace redis_store_patience_test
