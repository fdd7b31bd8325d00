// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/connection.hpp>

#include "redis/support/blocking_client.hpp"
#include "redis/support/connection_calls.hpp"
#include "redis/support/hostile_server.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/store_calls.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

namespace redis_connection_renewal_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;
using event_kind = redis_connection_event::kind;

TEST_CASE(
    "redis connection: credentials are asked for before each handshake, so that a renewed token works") {
    redis_server server;
    auto client = server.client();
    client("ACL", "SETUSER", "some", "on", ">first", "~*", "+@all");
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        heard_events heard;
        auto config = patient();
        config.observer = std::ref(heard);
        std::string token = "first";
        int asked = 0;
        auto const credentials = [&]() -> asio::awaitable<redis_credentials> {
            ++asked;
            co_await sleep(1ms);
            co_return redis_credentials{"some", token};
        };
        redis_connection const connection{context, server.url(), config, {}, credentials};
        co_await check_text(connection, command("ACL", "WHOAMI"), "some");
        CHECK(asked == 1);
        client("ACL", "SETUSER", "some", "<first", ">second");
        token = "second";
        client("CLIENT", "KILL", "USER", "some");
        co_await check_eventually([&] { return heard.count(event_kind::connected) == 2; });
        co_await check_text(connection, command("ACL", "WHOAMI"), "some");
        CHECK(asked == 2);
        CHECK(heard.count(event_kind::refused) == 0);
        token = "third";
        client("CLIENT", "KILL", "USER", "some");
        co_await check_eventually([&] { return heard.count(event_kind::refused) != 0; });
        for (auto const* const secret : {"first", "second", "third"})
            CHECK(heard.printed().find(secret) == std::string::npos);
    };
    run(context, test());
}

TEST_CASE("redis connection: credentials that can't be had, or not in time, are asked for again with the "
          "next try") {
    redis_server server;
    server.client()("ACL", "SETUSER", "some", "on", ">token", "~*", "+@all");
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        heard_events heard;
        auto config = patient();
        config.connect_timeout = 200ms;
        config.observer = std::ref(heard);
        int asked = 0;
        int ended = 0;
        auto const credentials = [&]() -> asio::awaitable<redis_credentials> {
            struct count_end {
                int& ended;
                ~count_end() { ++ended; }
            };
            count_end const at_end{ended};
            ++asked;
            if (asked == 1)
                throw std::runtime_error("token");
            if (asked == 2)
                co_await sleep(1h);
            co_return redis_credentials{"some", "token"};
        };
        redis_connection const connection{context, server.url(), config, {}, credentials};
        co_await check_text(connection, command("ACL", "WHOAMI"), "some");
        CHECK(asked == 3);
        CHECK(ended == 3); // the one that took too long was cancelled
        REQUIRE(heard.count(event_kind::failed) == 2);
        CHECK(heard.all[0].error == redis_errc::no_credentials);
        CHECK(heard.all[1].error == redis_errc::timed_out);
        CHECK(heard.printed().find("token") == std::string::npos);
    };
    run(context, test());
}

TEST_CASE("redis connection: a context that goes while credentials are asked for takes them along") {
    redis_server server;
    auto const alive = std::make_shared<int>(0);
    for (bool const is_closed : {true, false}) {
        asio::io_context context;
        std::optional<redis_connection> connection;
        connection.emplace(context, server.url(), patient(), nullptr,
                           [alive]() -> asio::awaitable<redis_credentials> {
                               auto const kept = alive;
                               co_await sleep(1h);
                               co_return redis_credentials{};
                           });
        context.run_for(50ms);
        CHECK(alive.use_count() > 2);
        if (is_closed) {
            connection->close();
            context.run_for(50ms);
            CHECK(alive.use_count() == 2); // the one in the connection
        }
    }
    CHECK(alive.use_count() == 1);
}

TEST_CASE("redis connection: a minimal handshake sends nothing that a proxy closes on, then or later") {
    hostile_server proxy{[](hostile_request const& request) {
        if (request.is("EVALSHA"))
            return error("NOSCRIPT No matching script.");
        return request.is("EVAL") ? raw(closed_answer) : closing(error("ERR unknown command"));
    }};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        heard_events heard;
        auto config = patient();
        config.handshake = redis_handshake::minimal;
        config.idle_ping_after = 50ms;
        config.observer = std::ref(heard);
        service<failure_count> s{context, proxy.url(), config, at_the_second<failure_count>()};
        co_await s.check_available("h", true);
        co_await sleep(200ms);
        co_await s.check_available("h", true);
        CHECK_FALSE(s.is_failing());
        CHECK(s.heard.all().empty());
        CHECK(heard.all.size() == 1);
        CHECK(proxy.connections() == 1);
    };
    run(context, test());
}

TEST_CASE("redis connection: one that is too old is made anew without a command lost") {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        heard_events heard;
        auto config = patient();
        config.reconnect_min = config.reconnect_max = 30s; // which is not waited
        config.max_connection_age = 100ms;
        config.observer = std::ref(heard);
        redis_connection connection{context, server.url(), config};
        std::size_t sent = 0;
        std::size_t answered = 0;
        for (auto const begin = std::chrono::steady_clock::now();
             std::chrono::steady_clock::now() < begin + 1s;) {
            for (int i = 0; i != 100; ++i, ++sent)
                connection.async_execute_unless_down(
                    command("INCR", "count"), [&](boost::system::error_code error, redis_reply const&) {
                        CHECK_FALSE(error);
                        ++answered;
                    });
            co_await sleep(1ms);
            CHECK_FALSE(connection.is_down());
        }
        co_await check_eventually([&] { return answered == sent; });
        co_await check_text(connection, command("GET", "count"), std::to_string(sent));
        CHECK(heard.count(event_kind::connected) >= 4);
        CHECK(heard.count(event_kind::failed) == 0);
        for (auto const& each : heard.all)
            CHECK((each.what == event_kind::connected || each.error == redis_errc::connection_too_old));
    };
    run(context, test());
}

} // namespace redis_connection_renewal_test
