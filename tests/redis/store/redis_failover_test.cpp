// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/store.hpp>

#include "redis/support/blocking_client.hpp"
#include "redis/support/connection_calls.hpp"
#include "redis/support/free_port.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/store_calls.hpp"
#include "redis/support/switched_name.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <dlfcn.h>
#include <netdb.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace {

std::atomic<std::uint16_t> port_of_name = 0;
std::atomic<int> look_ups_of_name = 0;

} // namespace

// In the place of the system's, for the whole program: the name that this file switches is nobody else's.
extern "C" int getaddrinfo(char const* node, char const* service, addrinfo const* hints, addrinfo** results) {
    auto* const of_the_system =
        reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo")); // NOLINT
    if (node == nullptr || std::string_view{node} != support::switched_name::host)
        return of_the_system(node, service, hints, results);
    ++look_ups_of_name;
    return of_the_system("127.0.0.1", std::to_string(port_of_name).c_str(), hints, results);
}

void support::switched_name::point_to(std::uint16_t port) {
    port_of_name = port;
    look_ups_of_name = 0;
}

int support::switched_name::look_ups() const {
    return look_ups_of_name;
}

namespace redis_failover_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;
using kind = heard_breaker::kind;

namespace {

/// What an unlucky host's name costs is asked of each of many hosts.
asio::awaitable<void> sweep(service<failure_count>& s, int hosts) {
    for (int i = 0; i != hosts; ++i)
        co_await s.fail("host " + std::to_string(i));
}

redis_config eager(heard_events& heard) {
    auto config = patient();
    config.observer = std::ref(heard);
    return config;
}

} // namespace

TEST_CASE("redis fail-over: a master that was demoted is left for the one that its name points to now") {
    bool const serves_stale_data = GENERATE(true, false);
    redis_server old_master;
    redis_server new_master;
    switched_path name{old_master};
    auto client = old_master.client();
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        heard_events heard;
        service<failure_count> s{context, name.url(), eager(heard), at_the_second<failure_count>(1h)};
        co_await s.fail("h");
        if (serves_stale_data) { // READONLY
            client("REPLICAOF", "127.0.0.1", std::to_string(new_master.port()));
        } else { // MASTERDOWN
            client("CONFIG", "SET", "replica-serve-stale-data", "no");
            client("REPLICAOF", "127.0.0.1", std::to_string(free_port()));
        }
        name.point_to(new_master);
        co_await s.fail("other");
        CHECK(s.is_failing());
        co_await check_eventually([&] { return !s.is_failing(); });
        co_await s.fail("other");
        CHECK(new_master.client().text("GET", "circuit-breaker-other") == "2");
        CHECK(s.heard.count(kind::store_failed) == 1);
        CHECK(s.heard.count(kind::store_recovered) == 1);
        auto const expected = serves_stale_data ? redis_errc::read_only : redis_errc::master_down;
        CHECK(s.heard.all(kind::store_failed)[0].error == expected);
        REQUIRE(heard.count(redis_connection_event::kind::lost) == 1);
        CHECK(heard.all[1].error == expected);
        CHECK(heard.all[1].text.find(serves_stale_data ? "READONLY" : "MASTERDOWN") == 0);
    };
    run(context, test());
}

TEST_CASE("redis fail-over: while the name still points to the replica, it is tried again with back-off") {
    redis_server server;
    switched_path const name{server};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        heard_events heard;
        auto config = eager(heard);
        config.reconnect_max = 5s;
        service<failure_count> s{context, name.url(), config, at_the_second<failure_count>(1h)};
        co_await s.fail("h");
        server.client()("REPLICAOF", "127.0.0.1", std::to_string(free_port()));
        co_await sweep(s, 1000);
        co_await sleep(1500ms);
        co_await sweep(s, 1000);
        CHECK(s.is_failing());
        CHECK(s.heard.count(kind::store_failed) == 1);
        CHECK(s.heard.count(kind::store_recovered) == 0);
        CHECK(heard.count(redis_connection_event::kind::lost) >= 2);
        CHECK(heard.count(redis_connection_event::kind::lost) < 20);
    };
    run(context, test());
}

TEST_CASE("redis fail-over: what a replica answered together with its refusal still comes") {
    redis_server server;
    auto client = server.client();
    client("SET", "key", "value");
    client("REPLICAOF", "127.0.0.1", std::to_string(free_port()));
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection const connection{context, server.url(), patient()};
        co_await check_text(connection, command("GET", "key"), "value");
        int answered = 0;
        auto const note = [&](boost::system::error_code error, redis_reply const& reply) {
            answered += !error && reply.text() == "value" ? 1 : 0;
        };
        auto writing = connection;
        writing.async_execute(command("GET", "key"), note);
        writing.async_execute(command("SET", "key", "other"), [](auto, redis_reply const&) {});
        writing.async_execute(command("GET", "key"), note);
        co_await check_eventually([&] { return answered == 2; });
        co_await check_text(connection, command("GET", "key"), "value"); // by the next connection
    };
    run(context, test());
}

TEST_CASE("redis fail-over: a master without its replicas is left only where its name points elsewhere") {
    redis_server old_master{{"min-replicas-to-write 1"}};
    redis_server new_master;
    switched_name name{old_master.port()};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        heard_events heard;
        service<failure_count> s{context, name.url(), eager(heard), at_the_second<failure_count>(1h)};
        co_await sweep(s, 1000);
        CHECK(s.is_failing());
        co_await check_eventually([&] { return name.look_ups() >= 4; });
        CHECK(name.look_ups() < 50);
        CHECK(s.heard.count(kind::store_failed) == 1);
        CHECK(s.heard.all(kind::store_failed)[0].error == redis_errc::not_enough_replicas);
        CHECK(heard.all.size() == 1); // connected, and not lost

        name.point_to(new_master.port());
        co_await check_eventually([&] { return !s.is_failing(); });
        CHECK(heard.count(redis_connection_event::kind::lost) == 1);
        CHECK(heard.all[1].error == redis_errc::not_enough_replicas);
        co_await s.fail("h");
        CHECK(new_master.client().text("GET", "circuit-breaker-h") == "1");
        CHECK(s.heard.count(kind::store_recovered) == 1);
    };
    run(context, test());
}

TEST_CASE("redis fail-over: a master that has its replicas again is asked on the same connection") {
    redis_server server{{"min-replicas-to-write 1"}};
    auto client = server.client();
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        heard_events heard;
        service<failure_count> s{context, server.url(), eager(heard), at_the_second<failure_count>(1h)};
        co_await s.fail("h");
        CHECK(s.is_failing());
        client("CONFIG", "SET", "min-replicas-to-write", "0");
        co_await check_eventually([&] { return !s.is_failing(); });
        CHECK(heard.all.size() == 1);
    };
    run(context, test());
}

TEST_CASE(
    "redis_store faults: a command that the server doesn't know is the whole store's trouble, told once") {
    auto const unknown = GENERATE(as<std::string>{}, "EVALSHA", "SET");
    redis_server server{{"rename-command " + unknown + " \"\""}};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        heard_events heard;
        service<failure_count> s{context, server.url(), eager(heard), at_the_second<failure_count>(1h)};
        co_await sweep(s, 1000);
        CHECK(s.is_failing());
        auto const failed = s.heard.all(kind::store_failed);
        REQUIRE(failed.size() == 1);
        CHECK(failed[0].host.empty());
        CHECK(failed[0].error == redis_errc::unknown_command);
        CHECK(heard.all.size() == 1);
    };
    run(context, test());
}

TEST_CASE("redis_store faults: a command that the user may not run is the whole store's trouble, told once") {
    auto const denied = GENERATE(as<std::string>{}, "-evalsha", "-set");
    redis_server server;
    server.client()("ACL", "SETUSER", "some", "on", ">secret", "~*", "+@all", denied);
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        heard_events heard;
        auto config = eager(heard);
        config.user = "some";
        config.password = "secret";
        service<failure_count> s{context, server.url(), config, at_the_second<failure_count>(1h)};
        co_await sweep(s, 1000);
        CHECK(s.is_failing());
        auto const failed = s.heard.all(kind::store_failed);
        REQUIRE(failed.size() == 1);
        CHECK(failed[0].host.empty());
        CHECK(failed[0].error == redis_errc::no_permission);
    };
    run(context, test());
}

} // namespace redis_failover_test
