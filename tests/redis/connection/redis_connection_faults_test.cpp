// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/connection.hpp>

#include "redis/support/connection_calls.hpp"
#include "redis/support/hostile_server.hpp"
#include "redis/support/redis_server.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace redis_connection_faults_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;
using boost::system::error_code;
using Catch::Matchers::ContainsSubstring;
using event_kind = redis_connection_event::kind;
using std::chrono::steady_clock;

namespace {

/// Of a connection that is to be patient with commands, quick to connect again, and heard.
redis_config heard_config(heard_events& heard) {
    redis_config config;
    config.command_timeout = 10s;
    config.stall_timeout = 20s;
    config.reconnect_max = 100ms;
    config.observer = std::ref(heard);
    return config;
}

/// Sends so many ECHOs at once and notes what came of them.
struct echoes {
    int right = 0;
    int wrong = 0;
    std::vector<error_code> errors{};

    int ended() const { return right + wrong + static_cast<int>(errors.size()); }

    void send(redis_connection& connection, int count) {
        for (int i = 0; i != count; ++i) {
            auto const text = std::to_string(i);
            connection.async_execute(command("ECHO", text),
                                     [this, text](error_code error, redis_reply reply) {
                                         if (error)
                                             errors.push_back(error);
                                         else
                                             ++(reply.text() == text ? right : wrong);
                                     });
        }
    }
};

} // namespace

TEST_CASE(
    "redis faults: a stopped server costs each command its time; when it goes on, no reply is another's") {
    redis_server server;
    asio::io_context context;
    heard_events heard;
    auto config = heard_config(heard);
    config.command_timeout = 200ms;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), config};
        co_await ask(connection, command("PING"));
        server.freeze();
        echoes sent;
        sent.send(connection, 100);
        auto const begin = steady_clock::now();
        co_await check_eventually([&] { return sent.ended() == 100; });
        CHECK(steady_clock::now() - begin >= 190ms);
        CHECK(steady_clock::now() - begin < 2s);
        CHECK(sent.errors == std::vector<error_code>(100, redis_errc::timed_out));
        co_await sleep(1500ms);
        server.thaw();
        co_await check_text(connection, command("ECHO", "after"), "after");
        co_await check_text(connection, command("ECHO", "all"), "all");
    };
    run(context, test());
    CHECK(heard.all.size() == 1); // it is still the same connection
}

TEST_CASE("redis faults: a server that says nothing for too long is given up, and tried anew") {
    redis_server server;
    asio::io_context context;
    heard_events heard;
    auto config = heard_config(heard);
    config.command_timeout = 100ms;
    config.stall_timeout = 400ms;
    config.connect_timeout = 200ms;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), config};
        co_await ask(connection, command("PING"));
        server.freeze();
        auto const timed_out = co_await ask(connection, command("PING"));
        CHECK(timed_out.error == redis_errc::timed_out);
        co_await check_eventually([&] { return connection.is_down(); });
        CHECK_FALSE(connection.is_ready());
        CHECK(connection.last_error() == redis_errc::timed_out);
        // The kernel still takes connections, but nobody answers: no command is sent.
        auto const unsent = co_await ask(connection, command("PING"));
        CHECK(unsent.error == redis_errc::not_connected);
        co_await check_eventually([&] { return heard.count(event_kind::failed) != 0; });
        server.thaw();
        co_await check_eventually([&] { return connection.is_ready(); });
        co_await check_text(connection, command("ECHO", "after"), "after");
    };
    run(context, test());
    CHECK(heard.count(event_kind::lost) == 1);
    CHECK_THAT(heard.printed(),
               ContainsSubstring("connection lost: Redis did not reply in time (no reply for 400ms)"));
}

TEST_CASE("redis faults: an idle server is asked by PING whether it is there, and found dead") {
    redis_server server;
    asio::io_context context;
    heard_events heard;
    auto config = heard_config(heard);
    config.command_timeout = 100ms;
    config.stall_timeout = 200ms;
    config.idle_ping_after = 100ms;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), config};
        co_await ask(connection, command("PING"));
        co_await sleep(500ms);
        CHECK(connection.is_ready());
        server.freeze();
        co_await check_eventually([&] { return connection.is_down(); });
    };
    run(context, test());
}

TEST_CASE("redis faults: PING is sent when idle, and only then") {
    hostile_server server{polite};
    asio::io_context context;
    heard_events heard;
    auto config = heard_config(heard);
    config.idle_ping_after = 60ms;
    auto const pings = [&] {
        return std::ranges::count_if(server.requests(),
                                     [](auto const& request) { return request.is("PING"); });
    };
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), config};
        for (int i = 0; i != 60; ++i) {
            co_await ask(connection, command("GET", "key"));
            co_await sleep(2ms);
        }
        auto const before = pings();
        CHECK(before <= 3); // the handshake's, and where this machine was slow
        co_await sleep(500ms);
        CHECK(pings() >= before + 3);
        CHECK(pings() <= before + 9);
    };
    run(context, test());
}

TEST_CASE("redis faults: a server killed in the middle of 100 commands ends each exactly once") {
    for (int round = 0; round != 5; ++round) {
        redis_server server;
        asio::io_context context;
        heard_events heard;
        auto const test = [&]() -> asio::awaitable<void> {
            redis_connection connection{context, server.url(), heard_config(heard)};
            co_await ask(connection, command("PING"));
            if (round % 2 == 0)
                server.freeze(); // so that all have been sent, and none answered
            echoes sent;
            sent.send(connection, 100);
            for (int i = 0; i != round; ++i)
                co_await asio::post(context, asio::deferred);
            co_await sleep(5ms * (round % 2));
            if (round % 2 == 0)
                co_await sleep(20ms);
            server.kill_now();
            co_await check_eventually([&] { return connection.is_down(); });
            co_await check_eventually([&] { return sent.ended() == 100; });
            CHECK(sent.wrong == 0);
            for (auto const error : sent.errors)
                CHECK(error == redis_errc::connection_lost);
            if (round % 2 == 0)
                CHECK(sent.errors.size() == 100);
        };
        run(context, test());
        CHECK(heard.count(event_kind::lost) == 1);
    }
}

TEST_CASE("redis faults: commands asked for while there is no server are sent to the next one on its port") {
    redis_server server;
    asio::io_context context;
    heard_events heard;
    redis_script const script{"return 'loaded'"};
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), heard_config(heard)};
        connection.preload(script);
        co_await ask(connection, command("INCR", "key"));
        server.kill_now();
        co_await check_eventually([&] { return connection.is_down(); });
        echoes sent;
        sent.send(connection, 100);
        co_await sleep(50ms);
        CHECK(sent.ended() == 0);
        server.restart();
        co_await check_eventually([&] { return sent.ended() == 100; });
        CHECK(sent.right == 100);
        CHECK_FALSE(connection.is_down());
        co_await check_text(connection, command("EVALSHA", script.sha1(), "0"), "loaded");
    };
    run(context, test());
    CHECK(heard.count(event_kind::connected) == 2);
    CHECK(heard.count(event_kind::lost) == 1);
}

TEST_CASE("redis faults: a command that was sent is not sent again") {
    hostile_server server{after_handshake([](hostile_request const& request) {
        return request.connection == 0 ? closing(silence()) : integer(2);
    })};
    asio::io_context context;
    heard_events heard;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), heard_config(heard)};
        co_await check_error(connection, command("INCR", "key"), redis_errc::connection_lost);
        auto const next = co_await ask(connection, command("INCR", "other"));
        CHECK(next.reply.integer() == 2);
    };
    run(context, test());
    CHECK(std::ranges::count_if(server.requests(), [](auto const& r) { return r.is("INCR"); }) == 2);
}

TEST_CASE("redis faults: a client that the server kills connects again") {
    redis_server server;
    asio::io_context context;
    heard_events heard;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), heard_config(heard)};
        for (int i = 0; i != 3; ++i) {
            co_await check_text(connection, command("PING"), "PONG");
            server.client()("CLIENT", "KILL", "TYPE", "normal");
            co_await check_eventually(
                [&] { return heard.count(event_kind::lost) == static_cast<std::size_t>(i + 1); });
        }
        co_await check_text(connection, command("PING"), "PONG");
    };
    run(context, test());
    CHECK(heard.count(event_kind::connected) == 4);
}

TEST_CASE("redis faults: a password that changed is told, backs off long, and is never shown") {
    redis_server server{{"requirepass first-secret"}};
    asio::io_context context;
    heard_events heard;
    auto config = heard_config(heard);
    config.password = "first-secret";
    config.command_timeout = 300ms;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), config};
        co_await check_text(connection, command("PING"), "PONG");
        auto client = server.client();
        client("AUTH", "first-secret");
        client("CONFIG", "SET", "requirepass", "second-secret");
        client("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        co_await check_eventually([&] { return heard.count(event_kind::refused) == 1; });
        CHECK(heard.all.back().error == redis_errc::wrong_password);
        CHECK(heard.all.back().next_try_in == 30s);
        CHECK(connection.is_down());
        CHECK_THAT(connection.last_error_text(), ContainsSubstring("WRONGPASS"));
        co_await check_error(connection, command("PING"), redis_errc::not_connected);
        CHECK(heard.all.size() == 3);
        CHECK(connection.last_error_text().find("secret") == std::string::npos);
    };
    run(context, test());
    CHECK_THAT(heard.printed(),
               ContainsSubstring(": refused: Redis refused the user or the password (WRONGPASS"));
    CHECK(heard.printed().find("secret") == std::string::npos);
}

TEST_CASE("redis faults: a password that is missing is told as a refusal") {
    redis_server server{{"requirepass secret"}};
    asio::io_context context;
    heard_events heard;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), heard_config(heard)};
        co_await check_eventually([&] { return !heard.all.empty(); });
        CHECK(heard.all[0].what == event_kind::refused);
        CHECK(heard.all[0].error == redis_errc::authentication_required);
    };
    run(context, test());
}

TEST_CASE("redis faults: a server that repeats the password does not have us repeat it") {
    redis_server server{{"rename-command AUTH nothing"}};
    asio::io_context context;
    heard_events heard;
    auto config = heard_config(heard);
    config.password = "very-secret";
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), config};
        co_await check_eventually([&] { return !heard.all.empty(); });
        CHECK(heard.all[0].what == event_kind::failed);
        CHECK(connection.last_error_text().find("very-secret") == std::string::npos);
    };
    run(context, test());
    CHECK(heard.printed().find("very-secret") == std::string::npos);
}

TEST_CASE("redis faults: a database that isn't there is told in the server's words") {
    redis_server server;
    asio::io_context context;
    heard_events heard;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url() + "/1000", heard_config(heard)};
        co_await check_eventually([&] { return !heard.all.empty(); });
        CHECK_THAT(heard.printed(), ContainsSubstring("DB index is out of range"));
        CHECK_THAT(connection.last_error_text(), ContainsSubstring("DB index is out of range"));
    };
    run(context, test());
}

TEST_CASE("redis faults: a user who may only GET is let in all the same") {
    redis_server server{{"user reader on >words ~* -@all +get"}};
    asio::io_context context;
    heard_events heard;
    auto config = heard_config(heard);
    config.user = "reader";
    config.password = "words";
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), config};
        connection.preload(redis_script{"return 1"});
        co_await check_nil(connection, command("GET", "key"));
        co_await check_error(connection, command("SET", "key", "value"), redis_errc::no_permission);
    };
    run(context, test());
    CHECK(heard.all.size() == 1);
}

TEST_CASE("redis faults: a server that loads is asked again until it has loaded") {
    hostile_server server{[](hostile_request const& request) {
        return request.connection < 3 && request.is("PING")
                   ? error("LOADING Redis is loading the dataset in memory")
                   : polite(request);
    }};
    asio::io_context context;
    heard_events heard;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), heard_config(heard)};
        co_await check_text(connection, command("SET", "key", "value"), "OK");
    };
    run(context, test());
    REQUIRE(heard.all.size() == 4);
    CHECK(heard.all[0].error == redis_errc::loading);
    CHECK(heard.all[3].what == event_kind::connected);
    for (auto const& request : server.requests())
        CHECK((!request.is("SET") || request.connection == 3));
}

TEST_CASE("redis faults: a server with too many clients is asked again") {
    redis_server server{{"maxclients 1"}};
    asio::io_context context;
    heard_events heard;
    auto const test = [&]() -> asio::awaitable<void> {
        std::optional<blocking_client> other{server.client()};
        (*other)("PING");
        redis_connection connection{context, server.url(), heard_config(heard)};
        co_await check_eventually([&] { return heard.all.size() >= 2; });
        CHECK(heard.all[0].what == event_kind::failed);
        CHECK(heard.all[0].error == redis_errc::too_many_clients);
        other.reset();
        co_await check_text(connection, command("PING"), "PONG");
    };
    run(context, test());
}

TEST_CASE("redis faults: half a reply and then the end, by closing or by a reset") {
    for (bool const by_reset : {false, true}) {
        hostile_server server{after_handshake([&](hostile_request const& request) {
            auto const half = cut(bulk("value"), 6);
            return request.connection != 0 ? bulk("value") : by_reset ? resetting(half) : closing(half);
        })};
        asio::io_context context;
        heard_events heard;
        auto const test = [&]() -> asio::awaitable<void> {
            redis_connection connection{context, server.url(), heard_config(heard)};
            co_await check_error(connection, command("GET", "key"), redis_errc::connection_lost);
            co_await check_text(connection, command("GET", "key"), "value");
        };
        run(context, test());
        CHECK(heard.count(event_kind::lost) == 1);
    }
}

TEST_CASE("redis faults: replies in pieces of one byte are replies") {
    hostile_server server{[](hostile_request const& request) {
        return in_pieces(request.is("GET") ? bulk("value") : polite(request), 1);
    }};
    asio::io_context context;
    heard_events heard;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), heard_config(heard)};
        for (int i = 0; i != 20; ++i)
            co_await check_text(connection, command("GET", "key"), "value");
    };
    run(context, test());
    CHECK(heard.all.size() == 1);
}

TEST_CASE("redis faults: what is no reply, or too large a one, ends the connection, and the next one works") {
    struct fault {
        hostile_reply said;
        redis_errc error;
    };
    std::vector<fault> const faults{
        {raw("garbage\r\n"), redis_errc::protocol_error},
        {raw("HTTP/1.1 400 Bad Request\r\n\r\n"), redis_errc::protocol_error},
        {raw("*2147483647\r\n"), redis_errc::reply_too_large},
        {raw("*-7\r\n"), redis_errc::protocol_error},
        {raw("$1000000000\r\n"), redis_errc::reply_too_large},
        {raw("*1000\r\n" + std::string(4000, ' ')), redis_errc::reply_too_large},
        {flooding(raw("+endless")), redis_errc::reply_too_large},
        {bulk(std::string(200'000, 'x')), redis_errc::reply_too_large},
        {raw("%1\r\n+a\r\n+b\r\n"), redis_errc::protocol_error},
        {raw(":1\r\n:2\r\n"), redis_errc::protocol_error},
    };
    for (auto const& each : faults) {
        INFO(each.said.bytes.substr(0, 40));
        hostile_server server{after_handshake([&](hostile_request const& request) {
            return request.connection == 0 ? each.said : bulk("value");
        })};
        asio::io_context context;
        heard_events heard;
        auto config = heard_config(heard);
        config.max_reply_bytes = 100'000;
        config.max_reply_elements = 100;
        auto const test = [&]() -> asio::awaitable<void> {
            redis_connection connection{context, server.url(), config};
            auto const broken = co_await ask(connection, command("GET", "key"));
            CHECK((broken.error == redis_errc::connection_lost || broken.reply.integer() == 1));
            co_await check_text(connection, command("GET", "key"), "value");
            CHECK(connection.last_error() == each.error);
        };
        run(context, test());
        CHECK(heard.count(event_kind::lost) == 1);
        CHECK(server.wait_for_closed_by_client(1));
    }
}

TEST_CASE("redis faults: garbage instead of a handshake is a failure, and no end") {
    hostile_server server{[](hostile_request const& request) {
        return request.connection < 2 ? raw("SSH-2.0-OpenSSH_9.2\r\n") : polite(request);
    }};
    asio::io_context context;
    heard_events heard;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), heard_config(heard)};
        co_await check_text(connection, command("GET", "key"), "OK");
    };
    run(context, test());
    CHECK(heard.count(event_kind::failed) == 2);
    CHECK(heard.all[0].error == redis_errc::protocol_error);
}

TEST_CASE("redis faults: a reply that nobody waits for ends the connection") {
    hostile_server server{polite};
    asio::io_context context;
    heard_events heard;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), heard_config(heard)};
        co_await ask(connection, command("GET", "key"));
        server.say("-ERR who are you?\r\n");
        co_await check_eventually([&] { return heard.count(event_kind::lost) == 1; });
        CHECK(heard.all[1].error == redis_errc::protocol_error);
        CHECK(heard.all[1].text == "ERR who are you?");
        co_await check_text(connection, command("GET", "key"), "OK");
    };
    run(context, test());
}

TEST_CASE("redis faults: a server that accepts and never answers is no connection, and is tried again") {
    hostile_server server{[](auto&) { return silence(); }};
    asio::io_context context;
    heard_events heard;
    auto config = heard_config(heard);
    config.command_timeout = 200ms;
    config.connect_timeout = 300ms;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), config};
        co_await check_error(connection, command("PING"), redis_errc::not_connected);
        CHECK_FALSE(connection.is_down()); // it is still connecting for the first time
        co_await check_eventually([&] { return heard.all.size() >= 2; });
        CHECK(connection.is_down());
        CHECK(heard.all[0].what == event_kind::failed);
        CHECK(heard.all[0].error == redis_errc::timed_out);
    };
    run(context, test());
    CHECK(server.connections() >= 2);
    CHECK(server.closed_by_client() >= 1);
}

TEST_CASE("redis faults: refused, and a path where no socket is, cost a command its time and no more") {
    for (auto const* const url : {"redis://127.0.0.1:1", "redis://[::1]:1", "unix:///nowhere/at/all"}) {
        INFO(url);
        asio::io_context context;
        heard_events heard;
        auto config = heard_config(heard);
        config.command_timeout = 100ms;
        auto const test = [&]() -> asio::awaitable<void> {
            redis_connection connection{context, url, config};
            auto const begin = steady_clock::now();
            co_await check_error(connection, command("PING"), redis_errc::not_connected);
            CHECK(steady_clock::now() - begin >= 95ms);
            CHECK(connection.is_down());
            CHECK(connection.last_error());
            co_await check_eventually([&] { return heard.count(event_kind::failed) >= 3; });
        };
        run(context, test());
    }
}

TEST_CASE("redis faults: a name that does not resolve is told, and asked for again") {
    asio::io_context context;
    heard_events heard;
    auto config = heard_config(heard);
    config.command_timeout = 100ms;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, "redis://nowhere.invalid", config};
        co_await check_error(connection, command("PING"), redis_errc::not_connected);
        co_await check_eventually([&] { return heard.count(event_kind::failed) >= 2; });
        CHECK_THAT(heard.printed(), ContainsSubstring("nowhere.invalid:6379: connecting failed: "));
    };
    run(context, test());
}

TEST_CASE(
    "redis faults: all commands beyond the bound are refused while the server holds still, and none after") {
    redis_server server;
    asio::io_context context;
    heard_events heard;
    auto config = heard_config(heard);
    config.max_waiting_commands = 50;
    config.command_timeout = 100ms;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), config};
        co_await ask(connection, command("PING"));
        server.freeze();
        echoes sent;
        sent.send(connection, 80);
        co_await check_eventually([&] { return sent.ended() == 80; });
        CHECK(std::ranges::count(sent.errors, error_code{redis_errc::too_many_commands}) == 30);
        CHECK(std::ranges::count(sent.errors, error_code{redis_errc::timed_out}) == 50);
        // Tombstones count: what they wait for takes memory, here and there.
        co_await check_error(connection, command("PING"), redis_errc::too_many_commands);
        server.thaw();
        co_await check_eventually([&] {
            return server.client()("INFO", "commandstats").text.find("cmdstat_echo:calls=50") !=
                   std::string::npos;
        });
        co_await sleep(20ms);
        co_await check_text(connection, command("PING"), "PONG");
    };
    run(context, test());
}

TEST_CASE("redis faults: commands ended by a lost connection may ask again at once") {
    hostile_server server{after_handshake([](hostile_request const& request) {
        return request.connection < 5 ? (request.number == 9 ? closing(silence()) : silence())
                                      : bulk("value");
    })};
    asio::io_context context;
    heard_events heard;
    int right = 0;
    int lost = 0;
    auto const one = [&](redis_connection connection) -> asio::awaitable<void> {
        for (;;) {
            auto const got = co_await ask(connection, command("GET", "key"));
            if (got.text() == "value")
                break;
            lost += got.error == redis_errc::connection_lost ? 1 : 0;
        }
        ++right;
    };
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), heard_config(heard)};
        for (int i = 0; i != 10; ++i)
            asio::co_spawn(context, one(connection), asio::detached);
        co_await check_eventually([&] { return right == 10; });
    };
    run(context, test());
    CHECK(lost == 50);
    CHECK(heard.count(event_kind::lost) == 5);
}

} // namespace redis_connection_faults_test
