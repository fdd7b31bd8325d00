// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/store.hpp>

#include "redis/support/blocking_client.hpp"
#include "redis/support/connection_calls.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/store_calls.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redis_store_scripts_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;
using kind = heard_breaker::kind;

namespace {

std::int64_t bytes_read(blocking_client& client) {
    constexpr std::string_view name = "total_net_input_bytes:";
    auto const text = client.text("INFO", "stats");
    return std::stoll(text.substr(text.find(name) + name.size()));
}

redis_config config_of(redis_server& server, std::string const& denied) {
    server.client()("ACL", "SETUSER", "some", "on", ">secret", "~*", "+@all", denied);
    auto config = patient();
    config.user = "some";
    config.password = "secret";
    return config;
}

} // namespace

TEST_CASE("redis_store scripts: of many asks that find the script gone, one brings it back") {
    // Whatever the user may do of the two that bring a script: one is enough.
    auto const denied = GENERATE(as<std::string>{}, "-flushall", "-script", "-eval");
    bool const is_awaited = GENERATE(true, false);
    constexpr int asks = 2000;
    redis_server server;
    auto client = server.client();
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<consecutive_failures> s{context, server.url(), config_of(server, denied),
                                        consecutive_failures{.threshold = asks}};
        if (denied == "-eval")
            co_await s.call("h", verdict::success); // the handshake has loaded the script by then
        else
            co_await s.fail("warm");
        std::vector<decltype(s.breaker.acquire("h"))::value_type> admissions;
        for (int i = 0; i != asks && !is_awaited; ++i) {
            auto admission = co_await s.breaker.acquire("h");
            admissions.push_back(std::move(admission));
        }
        client("SCRIPT", "FLUSH");
        client("CONFIG", "RESETSTAT");
        int ended = 0;
        auto const ask = [&]() -> asio::awaitable<void> {
            co_await s.fail("h");
            ++ended;
        };
        for (int i = 0; i != asks && is_awaited; ++i)
            asio::co_spawn(context, ask(), asio::detached);
        for (auto& each : admissions)
            each.permit().post_report(verdict::failure);
        admissions.clear();
        if (is_awaited)
            co_await check_eventually([&] { return ended == asks; });
        else
            co_await s.check_state("other", breaker_state::closed);
        CHECK_FALSE(s.is_failing());
        CHECK(s.heard.count(kind::store_failed) == 0);
        CHECK(bytes_read(client) < 4'000'000);
        CHECK(calls_of(client, "script|load") <= 2);
        CHECK(calls_of(client, "eval") <= 1);
        co_await s.check_state("h", breaker_state::open);
    };
    run(context, test());
}

TEST_CASE("redis_store scripts: a store that can't be made leaves none on the connection") {
    redis_server server;
    auto client = server.client();
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context.get_executor(), server.url()};
        CHECK_THROWS_AS((redis_store{failure_count{}, connection, {.max_local_hosts = 0}}),
                        std::invalid_argument);
        auto ping = connection.async_execute(redis_command{"PING"}, asio::use_awaitable);
        co_await std::move(ping);
        CHECK(calls_of(client, "script|load") == 0);
        connection.close();
    };
    run(context, test());
}

} // namespace redis_store_scripts_test
