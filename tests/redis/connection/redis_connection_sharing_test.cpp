// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/connection.hpp>

#include "redis/support/connection_calls.hpp"
#include "redis/support/free_port.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/store_calls.hpp"

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redis_connection_sharing_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;
using asio::cancellation_type;
using boost::system::error_code;

TEST_CASE("redis connection: a command that would change it for its sharers is refused by name, and changes "
          "nothing") {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), patient()};
        co_await check_text(connection, command("SET", "key", "value"), "OK");
        std::vector<std::vector<std::string_view>> const commands{
            {"SELECT", "5"}, {"multi"},           {"SUBSCRIBE", "news"},      {"MONITOR"},
            {"QUIT"},        {"BLPOP", "l", "0"}, {"CLIENT", "REPLY", "OFF"}, {"RESET"}};
        for (auto const& words : commands) {
            auto const got = co_await ask(connection, redis_command{words});
            CHECK(got.error == redis_errc::not_shareable);
            CHECK(got.reply.is_error());
            CHECK(got.text().find(words[0] == "multi" ? "MULTI" : words[0]) == 4);
            connection.post(redis_command{words});
            co_await check_text(connection, command("GET", "key"), "value");
        }
        bool is_within_call = true;
        error_code error;
        connection.async_execute_unless_down(command("SELECT", "5"), [&](error_code e, redis_reply const&) {
            CHECK_FALSE(is_within_call);
            error = e;
        });
        is_within_call = false;
        co_await check_eventually([&] { return error == redis_errc::not_shareable; });
        co_await check_text(connection, command("GET", "key"), "value");
    };
    run(context, test());
}

TEST_CASE(
    "redis connection: a command that was sent is cancelled by what may leave it running, not by total") {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), patient()};
        co_await check_text(connection, command("SET", "count", "0"), "OK");
        for (auto const then :
             {cancellation_type::none, cancellation_type::partial, cancellation_type::terminal}) {
            asio::cancellation_signal signal;
            std::optional<error_code> ended;
            server.freeze();
            connection.async_execute(
                command("INCR", "count"),
                asio::bind_cancellation_slot(signal.slot(),
                                             [&](error_code error, redis_reply const&) { ended = error; }));
            co_await sleep(50ms); // it is written
            signal.emit(cancellation_type::total);
            co_await sleep(20ms);
            CHECK_FALSE(ended.has_value());
            signal.emit(then);
            if (then == cancellation_type::none)
                server.thaw();
            co_await check_eventually([&] { return ended.has_value(); });
            CHECK(*ended ==
                  (then == cancellation_type::none ? error_code{} : asio::error::operation_aborted));
            server.thaw();
        }
        co_await check_text(connection, command("GET", "count"), "3");
    };
    run(context, test());
}

TEST_CASE("redis connection: a command that was not sent is cancelled by total") {
    refusing_port const nobody;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, nobody.url(), patient()};
        asio::cancellation_signal signal;
        std::optional<error_code> ended;
        connection.async_execute(
            command("INCR", "count"),
            asio::bind_cancellation_slot(signal.slot(),
                                         [&](error_code error, redis_reply const&) { ended = error; }));
        co_await sleep(10ms);
        signal.emit(cancellation_type::total);
        co_await check_eventually([&] { return ended.has_value(); });
        CHECK(*ended == asio::error::operation_aborted);
    };
    run(context, test());
}

TEST_CASE("redis connection: of a password that the server repeats in part, no part is told") {
    redis_server server{{"rename-command AUTH \"\""}};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        heard_events heard;
        auto const password = std::string(103, 'p') + std::string(103, 'q');
        auto config = patient();
        config.password = password;
        config.observer = std::ref(heard);
        redis_connection const connection{context, server.url(), config};
        co_await check_eventually([&] { return !heard.all.empty(); });
        CHECK(heard.printed().find("ppp") == std::string::npos);
        CHECK(connection.last_error_text().find("ppp") == std::string::npos);
        CHECK(connection.last_error() == redis_errc::unknown_command);
    };
    run(context, test());
}

} // namespace redis_connection_sharing_test
