// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis_tls.hpp>

#include <breakerbox/redis/connection/connection.hpp>

#include "redis/support/certificate.hpp"
#include "redis/support/connection_calls.hpp"
#include "redis/support/local_names.hpp"
#include "redis/support/redis_server.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace redis_tls_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;
using boost::system::error_code;
using Catch::Matchers::ContainsSubstring;
using event_kind = redis_connection_event::kind;

// They own nothing, so that they may stand in a co_await expression under any compiler.
static_assert(std::is_aggregate_v<redis_tls_options> && std::is_trivially_destructible_v<redis_tls_options>);

namespace {

std::shared_ptr<asio::ssl::context> trusting(std::string const& certificate_path) {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    context->load_verify_file(certificate_path);
    return context;
}

redis_config heard_config(heard_events& heard) {
    redis_config config;
    config.command_timeout = 10s;
    config.stall_timeout = 20s;
    config.observer = std::ref(heard);
    return config;
}

} // namespace

TEST_CASE("redis tls: speaks with a server whose certificate is for its name or its address") {
    certificate const own;
    auto lines = own.server_lines();
    lines.emplace_back("requirepass secret");
    redis_server server{lines};
    for (auto const& host : support::local_names()) {
        INFO(host);
        asio::io_context context;
        heard_events heard;
        auto const url = "rediss://:secret@" + host + ":" + std::to_string(server.tls_port()) + "/2";
        auto const config = heard_config(heard);
        auto const test = [&]() -> asio::awaitable<void> {
            redis_connection connection{context, url, config, redis_tls(trusting(own.path()))};
            co_await check_text(connection, command("SET", "key", "value"), "OK");
            co_await check_text(connection, command("GET", "key"), "value");
        };
        run(context, test());
        CHECK(heard.all.size() == 1);
    }
}

TEST_CASE("redis tls: a certificate for another name is refused, and nothing is said to its server") {
    certificate const other{"DNS:other.example"};
    redis_server server{other.server_lines()};
    asio::io_context context;
    heard_events heard;
    auto const url =
        "rediss://:secret@" + support::local_names().back() + ":" + std::to_string(server.tls_port());
    auto config = heard_config(heard);
    config.command_timeout = 300ms;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, url, config, redis_tls(trusting(other.path()))};
        co_await check_error(connection, command("PING"), redis_errc::not_connected);
        CHECK_THAT(heard.printed(), ContainsSubstring("certificate verify failed"));
    };
    run(context, test());
    CHECK(heard.count(event_kind::connected) == 0);
    CHECK(server.client()("INFO", "commandstats").text.find("cmdstat_auth") == std::string::npos);
}

TEST_CASE("redis tls: the name can be given apart from the URL, or verification be switched off") {
    certificate const other{"DNS:other.example"};
    redis_server server{other.server_lines()};
    auto const trust = trusting(other.path());
    for (bool const verify : {true, false}) {
        asio::io_context context;
        heard_events heard;
        auto const url = server.tls_url();
        auto const config = heard_config(heard);
        auto const transport =
            redis_tls(trust, {.server_name = verify ? "other.example" : "", .verify_server = verify});
        auto const test = [&]() -> asio::awaitable<void> {
            redis_connection connection{context, url, config, transport};
            co_await check_text(connection, command("PING"), "PONG");
        };
        run(context, test());
    }
}

TEST_CASE("redis tls: a certificate that nobody trusted has signed is refused, whatever the context says") {
    certificate const own;
    certificate const other;
    redis_server server{own.server_lines()};
    asio::io_context context;
    heard_events heard;
    auto const trust = trusting(other.path());
    trust->set_verify_mode(asio::ssl::verify_none);
    auto const url = server.tls_url();
    auto const config = heard_config(heard);
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, url, config, redis_tls(trust)};
        co_await check_eventually([&] { return heard.count(event_kind::failed) >= 2; });
        CHECK(heard.count(event_kind::connected) == 0);
    };
    run(context, test());
}

TEST_CASE("redis tls: a server that speaks no TLS is a failure, and no end") {
    redis_server server;
    certificate const own;
    asio::io_context context;
    heard_events heard;
    auto const url = "rediss://127.0.0.1:" + std::to_string(server.port());
    auto config = heard_config(heard);
    config.connect_timeout = 300ms;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, url, config, redis_tls(trusting(own.path()))};
        co_await check_eventually([&] { return heard.count(event_kind::failed) >= 2; });
    };
    run(context, test());
}

TEST_CASE("redis tls: many commands at once, large ones, and cancelled ones keep their replies") {
    certificate const own;
    redis_server server{own.server_lines()};
    asio::io_context context;
    heard_events heard;
    auto const url = server.tls_url();
    auto const config = heard_config(heard);
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, url, config, redis_tls(trusting(own.path()))};
        int right = 0;
        int ended = 0;
        for (int i = 0; i != 1000; ++i) {
            auto const text = std::string(i % 100 == 0 ? 100'000U : 1U, 'x') + std::to_string(i);
            connection.async_execute(command("ECHO", text), [&, text](error_code, redis_reply const& reply) {
                right += reply.text() == text ? 1 : 0;
                ++ended;
            });
        }
        co_await check_eventually([&] { return ended == 1000; });
        CHECK(right == 1000);
    };
    run(context, test());
    CHECK(heard.all.size() == 1);
}

TEST_CASE(
    "redis tls: connects again when the server is back, and ends with its context in the middle of it all") {
    certificate const own;
    redis_server server{own.server_lines()};
    heard_events heard;
    auto const url = server.tls_url();
    auto const config = heard_config(heard);
    {
        asio::io_context context;
        auto const test = [&]() -> asio::awaitable<void> {
            redis_connection connection{context, url, config, redis_tls(trusting(own.path()))};
            co_await check_text(connection, command("PING"), "PONG");
            server.restart();
            co_await check_eventually([&] { return heard.count(event_kind::connected) == 2; });
            co_await check_text(connection, command("PING"), "PONG");
        };
        run(context, test());
    }
    for (auto const time : {0ms, 1ms, 2ms, 5ms, 20ms}) {
        asio::io_context context;
        auto const waits = [&](asio::io_context& c) -> asio::awaitable<void> {
            redis_connection connection{c, url, config, redis_tls(trusting(own.path()))};
            for (;;)
                co_await ask(connection, command("ECHO", std::string(100'000, 'x')));
        };
        asio::co_spawn(context, waits(context), asio::detached);
        context.run_for(time);
    }
}

TEST_CASE("redis tls: a transport for TLS and a URL without it don't go together") {
    asio::io_context context;
    asio::ssl::context trust{asio::ssl::context::tls_client};
    for (auto const* const url : {"redis://localhost", "unix:///tmp/socket"}) {
        CHECK_THROWS_WITH((redis_connection{context, url, {}, redis_tls(trust)}),
                          ContainsSubstring("rediss://"));
    }
}

} // namespace redis_tls_test
