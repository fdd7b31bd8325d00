// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/connection.hpp>

#include "redis/support/connection_calls.hpp"
#include "redis/support/hostile_server.hpp"
#include "redis/support/local_names.hpp"
#include "redis/support/redis_server.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace redis_connection_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;
using boost::system::error_code;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using event_kind = redis_connection_event::kind;

namespace {

/// For the tests that are about neither time nor bounds: a machine may be busy with all the others.
redis_config patient() {
    redis_config config;
    config.command_timeout = 10s;
    config.stall_timeout = 20s;
    return config;
}

} // namespace

TEST_CASE("redis connection: sends commands and gives their replies, over TCP and a Unix socket") {
    redis_server server;
    std::vector<std::string> urls{server.unix_url()};
    for (auto const& name : support::local_names())
        urls.push_back("redis://" + name + ':' + std::to_string(server.port()));
    for (auto const& url : urls) {
        INFO(url);
        asio::io_context context;
        auto const test = [&]() -> asio::awaitable<void> {
            redis_connection connection{context, url, patient()};
            co_await check_text(connection, command("SET", "key", "17"), "OK");
            co_await check_text(connection, command("GET", "key"), "17");
            auto const incremented = co_await ask(connection, command("INCR", "key"));
            CHECK(incremented.reply.integer() == 18);
            co_await check_nil(connection, command("GET", "nothing"));
            auto const both = co_await ask(connection, command("MGET", "key", "nothing"));
            CHECK(both.reply.size() == 2);
            CHECK(connection.is_ready());
            CHECK_FALSE(connection.is_down());
            CHECK_FALSE(connection.last_error());
            CHECK(connection.last_error_text().empty());
        };
        run(context, test());
    }
}

TEST_CASE("redis connection: an error reply comes as its code and with its text") {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), patient()};
        co_await ask(connection, command("LPUSH", "list", "a"));
        auto const wrong = co_await ask(connection, command("INCR", "list"));
        CHECK(wrong.error == redis_errc::wrong_type);
        CHECK_THAT(wrong.text(), StartsWith("WRONGTYPE "));
        co_await check_error(connection, command("EVALSHA", std::string(40, 'a'), "0"),
                             redis_errc::no_script);
        co_await check_error(connection, command("NO-SUCH"), redis_errc::unknown_command);
        co_await check_text(connection, command("PING"), "PONG");
    };
    run(context, test());
}

TEST_CASE("redis connection: the handshake gives password, database, name and scripts") {
    redis_server server{{"requirepass secret", "user other on >words ~* +@all"}};
    redis_script const script{"return 'loaded'"};
    redis_script const later{"return 'later'"};
    for (auto const* const user : {"", "other"}) {
        asio::io_context context;
        auto config = patient();
        config.user = user;
        config.password = config.user.empty() ? "secret" : "words";
        config.database = 3;
        config.client_name = "somebody";
        auto const test = [&]() -> asio::awaitable<void> {
            redis_connection connection{context, server.url(), config};
            connection.preload(script);
            connection.preload(script);
            co_await check_text(connection, command("EVALSHA", script.sha1(), "0"), "loaded");
            connection.preload(later);
            co_await check_text(connection, command("EVALSHA", later.sha1(), "0"), "later");
            co_await check_text(connection, command("CLIENT", "GETNAME"), "somebody");
            auto const info = co_await ask(connection, command("CLIENT", "INFO"));
            CHECK_THAT(info.text(), ContainsSubstring(" db=3 "));
            CHECK_THAT(info.text(), ContainsSubstring(config.user.empty() ? " user=default" : " user=other"));
            co_await ask(connection, command("SCRIPT", "FLUSH"));
        };
        run(context, test());
    }
}

TEST_CASE("redis connection: many commands at once are answered each with its own reply") {
    redis_server server;
    asio::io_context context;
    redis_connection connection{context, server.url(), patient()};
    int right = 0;
    int ended = 0;
    for (int i = 0; i != 5000; ++i)
        connection.async_execute(command("ECHO", std::to_string(i)),
                                 [&, i](error_code error, redis_reply reply) {
                                     right += !error && reply.text() == std::to_string(i) ? 1 : 0;
                                     if (++ended == 5000)
                                         connection.close();
                                 });
    context.run();
    CHECK(right == 5000);
}

TEST_CASE("redis connection: of 2,000 commands with half of them cancelled, none gets another's reply") {
    redis_server server;
    asio::io_context context;
    redis_connection connection{context, server.url(), patient()};
    std::mt19937 random{7};
    int right = 0;
    int cancelled = 0;
    int wrong = 0;
    auto const one = [&](int i) -> asio::awaitable<void> {
        auto const text = std::to_string(i);
        // Shared with the timer's handler, which may still be on its way when this call has ended.
        auto const signal = std::make_shared<asio::cancellation_signal>();
        // Some go before they are sent, some while the reply is on its way, some when it has come.
        auto const delay = std::chrono::microseconds{random() % 20'000};
        asio::steady_timer timer{context, delay};
        if (i % 2 == 0)
            timer.async_wait([signal](error_code error) {
                if (!error)
                    signal->emit(asio::cancellation_type::terminal);
            });
        asio::steady_timer before{context, std::chrono::microseconds{random() % 20'000}};
        co_await before.async_wait(asio::deferred);
        std::tuple<error_code, redis_reply> ended = co_await connection.async_execute(
            command("ECHO", text),
            asio::bind_cancellation_slot(signal->slot(), asio::as_tuple(asio::use_awaitable)));
        if (!std::get<0>(ended) && std::get<1>(ended).text() == text)
            ++right;
        else if (std::get<0>(ended) == asio::error::operation_aborted && i % 2 == 0)
            ++cancelled;
        else
            ++wrong;
        // A cancellation that comes too late finds nothing to cancel.
        while (timer.expiry() > std::chrono::steady_clock::now())
            co_await sleep(1ms);
    };
    auto const test = [&]() -> asio::awaitable<void> {
        co_await check_text(connection, command("PING"), "PONG");
        for (int i = 0; i != 2000; ++i)
            asio::co_spawn(context, one(i), asio::detached);
        while (right + cancelled + wrong != 2000)
            co_await sleep(5ms);
        co_await check_text(connection, command("ECHO", "last"), "last");
    };
    run(context, test());
    CHECK(wrong == 0);
    CHECK(right >= 1000);
    CHECK(cancelled > 0);
}

TEST_CASE(
    "redis connection: cancelled at once, in one go with the commands between, all replies find their own") {
    redis_server server;
    asio::io_context context;
    redis_connection connection{context, server.url(), patient()};
    std::vector<asio::cancellation_signal> signals(2000);
    int right = 0;
    int cancelled = 0;
    int ended = 0;
    auto const send_all = [&] {
        for (std::size_t i = 0; i != signals.size(); ++i)
            connection.async_execute(
                command("ECHO", std::to_string(i)),
                asio::bind_cancellation_slot(signals[i].slot(), [&, i](error_code error, redis_reply reply) {
                    right += !error && reply.text() == std::to_string(i) ? 1 : 0;
                    cancelled += error == asio::error::operation_aborted ? 1 : 0;
                    if (++ended == 2000)
                        connection.close();
                }));
    };
    connection.async_execute(command("PING"), [&](error_code, redis_reply) {
        send_all();
        // After the write that carries them all.
        asio::post(context, [&] {
            asio::post(context, [&] {
                for (std::size_t i = 0; i < signals.size(); i += 2)
                    signals[i].emit(i % 4 == 0 ? asio::cancellation_type::total
                                               : asio::cancellation_type::terminal);
            });
        });
    });
    context.run();
    CHECK(ended == 2000);
    CHECK(right + cancelled == 2000);
    CHECK(right >= 1000);
    CHECK(cancelled > 0);
}

TEST_CASE(
    "redis connection: a command is cancelled while there is no connection, and one that ended is not") {
    asio::io_context context;
    auto config = patient();
    redis_connection connection{context, "redis://127.0.0.1:1", config};
    asio::cancellation_signal signal;
    std::optional<error_code> result;
    connection.async_execute(command("PING"), asio::bind_cancellation_slot(
                                                  signal.slot(), [&](error_code error, redis_reply const&) {
                                                      CHECK_FALSE(result.has_value());
                                                      result = error;
                                                  }));
    context.run_for(50ms);
    CHECK_FALSE(result.has_value());
    signal.emit(asio::cancellation_type::partial);
    CHECK_FALSE(result.has_value()); // not within the emission
    context.run_for(50ms);
    CHECK(result == error_code{asio::error::operation_aborted});
    signal.emit(asio::cancellation_type::terminal);
    context.run_for(50ms);
}

TEST_CASE(
    "redis connection: what a cancelled, a refused or an expired command's handler asks for next is sent") {
    redis_server server;
    asio::io_context context;
    auto config = patient();
    config.command_timeout = 1s;
    config.max_waiting_commands = 3;
    redis_connection connection{context, server.url(), config};
    auto const test = [&]() -> asio::awaitable<void> {
        co_await ask(connection, command("PING"));
        error_code ended;
        std::string text;
        auto const next = [&](error_code error, redis_reply const&) {
            ended = error;
            connection.async_execute(command("ECHO", "next"),
                                     [&](error_code, redis_reply const& reply) { text = reply.text(); });
        };
        asio::cancellation_signal signal;
        connection.async_execute(command("PING"), asio::bind_cancellation_slot(signal.slot(), next));
        signal.emit(asio::cancellation_type::terminal);
        co_await check_eventually([&] { return text == "next"; });
        CHECK(ended == asio::error::operation_aborted);

        auto const nobody = [](error_code, redis_reply const&) {};
        for (int i = 0; i != 3; ++i)
            connection.async_execute(command("PING"), nobody);
        bool was_refused = false;
        connection.async_execute(command("PING"), [&](error_code error, redis_reply const&) {
            was_refused = error == redis_errc::too_many_commands;
        });
        co_await check_eventually([&] { return was_refused; });

        text.clear();
        auto client = server.client();
        client("CLIENT", "PAUSE", "1500", "WRITE");
        connection.async_execute(command("SET", "key", "value"), next);
        co_await check_eventually([&] { return text == "next"; });
        CHECK(ended == redis_errc::timed_out);
    };
    run(context, test());
}

TEST_CASE("redis connection: nothing completes within its own initiation") {
    redis_server server;
    asio::io_context context;
    auto config = patient();
    config.max_waiting_commands = 1;
    redis_connection connection{context, server.url(), config};
    bool is_initiating = false;
    bool was_inside = false;
    std::vector<error_code> errors;
    auto const send = [&] {
        is_initiating = true;
        connection.async_execute(command("PING"), [&](error_code error, redis_reply const&) {
            was_inside = was_inside || is_initiating;
            errors.push_back(error);
        });
        is_initiating = false;
    };
    auto const test = [&]() -> asio::awaitable<void> {
        send(); // while it connects
        co_await check_eventually([&] { return errors.size() == 1; });
        send();
        send(); // one too many
        co_await check_eventually([&] { return errors.size() == 3; });
        connection.async_execute(command("PING"), [&](error_code, redis_reply const&) {
            send(); // within a delivery
            send();
        });
        co_await check_eventually([&] { return errors.size() == 5; });
        connection.close();
        send();
        co_await check_eventually([&] { return errors.size() == 6; });
    };
    run(context, test());
    CHECK_FALSE(was_inside);
    CHECK(std::ranges::count(errors, error_code{}) == 3);
    CHECK(std::ranges::count(errors, error_code{redis_errc::too_many_commands}) == 2);
    CHECK(errors.back() == redis_errc::closed);
}

TEST_CASE("redis connection: too many bytes to write are refused, and take nothing away from those before") {
    redis_server server;
    asio::io_context context;
    auto config = patient();
    config.max_unwritten_bytes = 10'000;
    redis_connection connection{context, server.url(), config};
    std::vector<error_code> errors;
    for (int i = 0; i != 3; ++i)
        connection.async_execute(command("SET", "key", std::string(4000, 'x')),
                                 [&](error_code error, redis_reply const&) {
                                     errors.push_back(error);
                                     if (errors.size() == 3)
                                         connection.close();
                                 });
    context.run();
    CHECK(errors == std::vector<error_code>{redis_errc::too_many_bytes, {}, {}});
}

TEST_CASE("redis connection: one command after another does not grow the stack") {
    redis_server server;
    asio::io_context context;
    redis_connection connection{context, server.url(), patient()};
    std::uintptr_t lowest = UINTPTR_MAX;
    std::uintptr_t highest = 0;
    int left = 20'000;
    auto const next = [&](auto const& self) -> void {
        // Not a variable's address: ASan may keep variables elsewhere than on the stack.
        auto const here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
        lowest = std::min(lowest, here);
        highest = std::max(highest, here);
        if (left-- == 0)
            return connection.close();
        connection.async_execute(command("PING"), [&](error_code error, redis_reply const&) {
            CHECK_FALSE(error);
            self(self);
        });
    };
    asio::post(context, [&] { next(next); });
    context.run();
    CHECK(left == -1);
    CHECK(highest - lowest < 20'000);
}

TEST_CASE("redis connection: a handler runs on its own executor, which it keeps at work") {
    redis_server server;
    asio::io_context context;
    asio::thread_pool pool{1};
    redis_connection connection{context, server.url(), patient()};
    asio::io_context other;
    std::thread::id where;
    connection.async_execute(command("PING"),
                             asio::bind_executor(other, [&](error_code error, redis_reply const&) {
                                 CHECK_FALSE(error);
                                 where = std::this_thread::get_id();
                                 connection.close();
                             }));
    std::thread other_thread{[&] { other.run(); }};
    auto const expected = other_thread.get_id();
    context.run();
    other_thread.join();
    CHECK(where == expected);

    auto on_strand = asio::make_strand(context);
    redis_connection again{context, server.url(), patient()};
    bool was_on_strand = false;
    again.async_execute(command("PING"), asio::bind_executor(on_strand, [&](error_code, redis_reply const&) {
                            was_on_strand = on_strand.running_in_this_thread();
                            again.close();
                        }));
    context.restart();
    context.run();
    CHECK(was_on_strand);
}

TEST_CASE("redis connection: takes any completion token, and handlers that can only be moved") {
    redis_server server;
    asio::io_context context;
    std::optional<redis_connection> connection{std::in_place, context, server.url(), patient()};
    auto future = connection->async_execute(command("ECHO", "future"), asio::use_future);
    auto moved = std::make_unique<int>(0);
    connection->async_execute(command("PING"),
                              [moved = std::move(moved)](error_code, redis_reply const&) { ++*moved; });
    auto later = connection->async_execute(command("ECHO", "deferred"), asio::deferred);
    std::string text;
    std::move(later)([&](error_code, redis_reply const& reply) {
        text = reply.text();
        connection.reset();
    });
    context.run();
    CHECK(future.get().text() == "future");
    CHECK(text == "deferred");
}

TEST_CASE("redis connection: what a handler throws comes out of run(), and the connection goes on") {
    redis_server server;
    asio::io_context context;
    redis_connection connection{context, server.url(), patient()};
    std::vector<std::string> heard;
    for (int i = 0; i != 4; ++i)
        connection.async_execute(command("ECHO", std::to_string(i)),
                                 [&](error_code, redis_reply const& reply) {
                                     heard.emplace_back(reply.text());
                                     if (heard.size() == 4)
                                         connection.close();
                                     if (heard.size() == 2)
                                         throw std::runtime_error("of " + heard.back());
                                 });
    CHECK_THROWS_WITH(context.run(), "of 1");
    context.run();
    CHECK(heard == std::vector<std::string>{"0", "1", "2", "3"});
}

TEST_CASE("redis connection: what is posted is done in order, and its reply, good or bad, disturbs nobody") {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), patient()};
        connection.post(command("INCR", "dropped")); // not connected yet
        co_await check_text(connection, command("SET", "key", "x"), "OK");
        connection.post(command("APPEND", "key", "y"));
        connection.post(command("INCR", "key"));
        co_await check_text(connection, command("GET", "key"), "xy");
        co_await check_nil(connection, command("GET", "dropped"));
    };
    run(context, test());
}

TEST_CASE("redis connection: what is posted just before the last handle goes is written") {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        {
            redis_connection connection{context, server.url(), patient()};
            co_await ask(connection, command("PING"));
            connection.post(command("SET", "key", "value"));
        }
        auto client = server.client();
        co_await check_eventually([&] { return client("GET", "key").text == "value"; });
    };
    run(context, test());
}

TEST_CASE("redis connection: commands and replies of megabytes, in both directions at once") {
    redis_server server;
    asio::io_context context;
    auto config = patient();
    config.max_unwritten_bytes = 64 * 1024 * 1024;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), config};
        std::string const text(5'000'000, 'x');
        int right = 0;
        int ended = 0;
        for (int i = 0; i != 8; ++i)
            connection.async_execute(command("ECHO", text + std::to_string(i)),
                                     [&, i](error_code, redis_reply const& reply) {
                                         right += reply.text() == text + std::to_string(i) ? 1 : 0;
                                         ++ended;
                                     });
        co_await check_eventually([&] { return ended == 8; });
        CHECK(right == 8);
    };
    run(context, test());
}

TEST_CASE("redis connection: tells that it is connected, and nothing once its last handle is gone") {
    redis_server server;
    asio::io_context context;
    heard_events heard;
    auto config = patient();
    config.observer = std::ref(heard);
    auto const test = [&]() -> asio::awaitable<void> {
        std::optional<redis_connection> connection{std::in_place, context, server.url(), config};
        auto const copy = *connection;
        co_await ask(copy, command("PING"));
        connection.reset();
        co_await check_text(copy, command("PING"), "PONG"); // a copy is left
    };
    run(context, test());
    context.restart();
    context.run();
    REQUIRE(heard.all.size() == 1);
    CHECK(heard.all[0].what == event_kind::connected);
    CHECK(heard.all[0].printed == "Redis at 127.0.0.1:" + std::to_string(server.port()) + ": connected");
}

TEST_CASE("redis connection: an observer that throws disturbs nothing") {
    redis_server server;
    asio::io_context context;
    auto config = patient();
    config.observer = [](redis_connection_event const&) { throw std::runtime_error("observer"); };
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), config};
        co_await check_text(connection, command("PING"), "PONG");
    };
    run(context, test());
}

TEST_CASE("redis connection: when the last handle goes, commands that wait end, sent or not") {
    hostile_server server{after_handshake([](auto&) { return silence(); })};
    asio::io_context context;
    std::vector<error_code> errors;
    auto const note = [&](error_code error, redis_reply const&) { errors.push_back(error); };
    std::optional<redis_connection> connection{std::in_place, context, "redis://127.0.0.1:1", patient()};
    connection->async_execute(command("PING"), note);
    context.run_for(20ms);
    connection.reset();
    context.run();
    CHECK(errors == std::vector<error_code>{redis_errc::closed});

    errors.clear();
    connection.emplace(context, server.url(), patient());
    auto const test = [&]() -> asio::awaitable<void> {
        co_await ask(*connection, command("PING"));
        connection->async_execute(command("GET", "nothing"), note);
        connection->async_execute(command("GET", "nothing"), note);
        co_await sleep(50ms);
        connection.reset();
    };
    asio::co_spawn(context, test(), asio::detached);
    context.restart();
    context.run();
    CHECK(errors == std::vector<error_code>{redis_errc::connection_lost, redis_errc::connection_lost});
}

TEST_CASE("redis connection: a context that goes takes the handlers that wait with it, whoever keeps whom") {
    hostile_server server{after_handshake([](auto&) { return silence(); })};
    auto const alive = std::make_shared<int>(0);
    SECTION("a coroutine owns the handle, and waits for a reply") {
        asio::io_context context;
        auto const waits = [](asio::io_context& c, std::string url,
                              std::shared_ptr<int>) -> asio::awaitable<void> {
            redis_connection connection{c, url, patient()};
            co_await ask(connection, command("PING"));
            co_await ask(connection, command("GET", "nothing"));
            FAIL("was answered");
        };
        for (int i = 0; i != 3; ++i)
            asio::co_spawn(context, waits(context, server.url(), alive), asio::detached);
        context.run_for(100ms);
        CHECK(alive.use_count() == 4);
    }
    SECTION("it waits for a connection") {
        asio::io_context context;
        auto const waits = [](asio::io_context& c, std::string url,
                              std::shared_ptr<int>) -> asio::awaitable<void> {
            redis_connection connection{c, url, patient()};
            co_await ask(connection, command("PING"));
        };
        asio::co_spawn(context, waits(context, "redis://127.0.0.1:1", alive), asio::detached);
        context.run_for(20ms);
        CHECK(alive.use_count() == 2);
    }
    SECTION("it has run nothing yet") {
        asio::io_context context;
        redis_connection connection{context, server.url(), patient()};
        connection.async_execute(command("PING"), [connection, alive](error_code, redis_reply const&) {});
        CHECK(alive.use_count() == 2);
    }
    SECTION("two handlers keep each other's connections, and post as they go") {
        struct posts_at_its_end {
            redis_connection to;
            std::shared_ptr<int> alive;
            ~posts_at_its_end() { to.post(command("PING")); }
        };
        asio::io_context context;
        redis_connection one{context, "redis://127.0.0.1:1", patient()};
        redis_connection other{context, server.url(), patient()};
        auto const keep = [&](redis_connection& waits_for, redis_connection const& kept) {
            auto guard = std::make_shared<posts_at_its_end>(posts_at_its_end{kept, alive});
            waits_for.async_execute(command("GET", "nothing"), [guard](error_code, redis_reply const&) {});
        };
        keep(one, other);
        keep(other, one);
        context.run_for(50ms);
        CHECK(alive.use_count() >= 3);
    }
    SECTION("a handler that belongs to another context") {
        asio::io_context other;
        asio::io_context context;
        redis_connection connection{context, "redis://127.0.0.1:1", patient()};
        connection.async_execute(
            command("PING"),
            asio::bind_executor(other, [connection, alive](error_code, redis_reply const&) {}));
        context.run_for(20ms);
        CHECK(alive.use_count() == 2);
    }
    CHECK(alive.use_count() == 1);
}

TEST_CASE("redis connection: a handle that outlives its context does nothing any more") {
    redis_server server;
    std::optional<redis_connection> connection;
    {
        asio::io_context context;
        connection.emplace(context, server.url(), patient());
        bool is_connected = false;
        connection->async_execute(command("PING"), [&](error_code error, redis_reply const&) {
            is_connected = !error;
            context.stop();
        });
        context.run();
        CHECK(is_connected);
    }
    connection->post(command("PING"));
    connection->preload(redis_script{"return 1"});
    connection->async_execute(command("PING"), [](error_code, redis_reply const&) { FAIL("was called"); });
    connection->close();
    CHECK(connection->config().command_timeout == 10s);
}

TEST_CASE("redis connection: many threads ask, post, cancel and preload on one connection") {
    redis_server server;
    asio::thread_pool pool{4};
    std::atomic<int> right = 0;
    std::atomic<int> ended = 0;
    auto const work = [](redis_connection c, int thread, std::atomic<int>& good) -> asio::awaitable<void> {
        for (int i = 0; i != 300; ++i) {
            auto const text = std::to_string(thread) + ':' + std::to_string(i);
            auto const echoed = co_await ask(c, command("ECHO", text));
            good += echoed.text() == text ? 1 : 0;
            c.post(command("INCR", "posted"));
            if (i % 100 == 0)
                c.preload(redis_script{"return " + std::to_string(i)});
            (void)c.is_ready();
            (void)c.is_down();
            (void)c.last_error_text();
        }
    };
    {
        redis_connection const connection{pool, server.url(), patient()};
        for (int thread = 0; thread != 8; ++thread)
            asio::co_spawn(pool, work(connection, thread, right), [&](std::exception_ptr e) {
                if (!e)
                    ++ended;
            });
        std::vector<std::jthread> threads;
        for (int thread = 0; thread != 4; ++thread)
            threads.emplace_back([&, thread, c = redis_connection{connection}]() mutable {
                for (int i = 0; i != 200; ++i) {
                    auto const text = std::to_string(i);
                    auto future = c.async_execute(command("ECHO", text), asio::use_future);
                    if (thread % 2 == 0)
                        right += future.get().text() == text ? 1 : 0;
                }
                ++ended;
            });
    }
    pool.join();
    CHECK(ended == 12);
    CHECK(right == 8 * 300 + 2 * 200);
    CHECK(server.client()("GET", "posted").text == "2400");
}

TEST_CASE("redis connection: commands cancelled on many threads at once get no reply of another's") {
#if defined(__clang__) && __clang_major__ < 19 && defined(__OPTIMIZE__)
    SKIP("a coroutine that posts and moves between threads posts with another one's variables: README's "
         "pitfalls");
#endif
    redis_server server;
    asio::thread_pool pool{4};
    std::atomic<int> wrong = 0;
    std::atomic<int> cancelled = 0;
    auto const work = [&](redis_connection c, int thread) -> asio::awaitable<void> {
        auto const executor =
            co_await asio::this_coro::executor; // a strand: a signal belongs to one thread at a time
        for (int i = 0; i != 200; ++i) {
            auto const text = std::to_string(thread) + ':' + std::to_string(i);
            asio::cancellation_signal signal;
            asio::post(executor, [&signal] { signal.emit(asio::cancellation_type::terminal); });
            std::tuple<error_code, redis_reply> ended = co_await c.async_execute(
                command("ECHO", text),
                asio::bind_cancellation_slot(signal.slot(), asio::as_tuple(asio::use_awaitable)));
            if (std::get<0>(ended) == asio::error::operation_aborted)
                ++cancelled;
            else if (std::get<0>(ended) || std::get<1>(ended).text() != text)
                ++wrong;
            co_await asio::post(executor, asio::deferred);
        }
    };
    {
        redis_connection const connection{pool, server.url(), patient()};
        for (int thread = 0; thread != 8; ++thread)
            asio::co_spawn(asio::make_strand(pool), work(connection, thread), asio::detached);
    }
    pool.join();
    CHECK(wrong == 0);
    CHECK(cancelled > 0);
}

TEST_CASE("redis connection: a configuration that can't be right is refused where it is made") {
    asio::io_context context;
    CHECK_THROWS_WITH((redis_connection{context, "rediss://localhost"}),
                      ContainsSubstring("<breakerbox/redis_tls.hpp>"));
    CHECK_THROWS_AS((redis_connection{context, "http://localhost"}), std::invalid_argument);
    CHECK_THROWS_AS((redis_connection{context, ""}), std::invalid_argument);
    try {
        redis_connection const connection{context, "redis://:secret@local host"};
        FAIL("was taken");
    } catch (std::invalid_argument const& e) {
        CHECK(std::string{e.what()}.find("secret") == std::string::npos);
    }
    CHECK_THROWS_WITH((redis_connection{context, "redis://localhost", {.command_timeout = 0s}}),
                      ContainsSubstring("command_timeout"));
}

} // namespace redis_connection_test
