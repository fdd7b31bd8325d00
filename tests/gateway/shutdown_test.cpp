// SPDX-License-Identifier: BSL-1.0
#include "support/behaviours.hpp"
#include "support/world.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>

namespace shutdown_test {

namespace {

using namespace gateway_tests;
using http::status;

TEST_CASE("a request that is under way when the gateway stops gets its answer") {
    world w;
    bool may_answer = false;
    auto const waits = [&](gateway::request const&) -> answered {
        co_await w.until([&] { return may_answer; });
        co_return answer(status::ok);
    };
    auto& orders = w.add_upstream("orders", waits);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        co_await asker.send("GET /orders/1 HTTP/1.1\r\nHost: gateway\r\n\r\n");
        co_await w.until([&] { return orders.requests().size() == 1; });
        auto const where = w.endpoint();
        w.stop_gateway();
        // Nobody listens there any more: somebody else can.
        CHECK_NOTHROW(asio::ip::tcp::acceptor{w.context, where});
        CHECK_FALSE(w.gateway_has_ended());

        may_answer = true;
        auto const got = co_await asker.answer();
        CHECK(got.result() == status::ok);
        CHECK_FALSE(got.keep_alive());
        asker.close();
        co_await w.until([&] { return w.gateway_has_ended(); });
    };
    w.run(scenario);
}

TEST_CASE("idle connections and event streams don't hold up the end") {
    world w;
    w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto idle = w.connect();
        co_await idle.get("/orders/1");
        auto fresh = w.connect();
        auto listener = w.connect();
        co_await listener.send("GET /events HTTP/1.1\r\nHost: gateway\r\n\r\n");
        co_await listener.until("data: ");
        w.stop_gateway();
        for (auto* const client : {&idle, &fresh, &listener}) {
            co_await client->rest();
            client->close();
        }
        co_await w.until([&] { return w.gateway_has_ended(); });
    };
    w.run(scenario);
}

TEST_CASE("what takes longer than the drain time is cut off") {
    world w;
    w.wanted.drain_time = 20ms;
    auto& orders = w.add_upstream("orders", silent);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        co_await asker.send("GET /orders/1 HTTP/1.1\r\nHost: gateway\r\n\r\n");
        co_await w.until([&] { return orders.requests().size() == 1; });
        w.stop_gateway();
        auto const rest = co_await asker.rest();
        CHECK(rest.empty());
        co_await w.until([&] { return w.gateway_has_ended() && orders.open_connections() == 0; });
    };
    w.run(scenario);
}

TEST_CASE("told a second time, the gateway stops at once") {
    world w;
    w.wanted.drain_time = std::chrono::hours{1};
    auto& orders = w.add_upstream("orders", silent);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        co_await asker.send("GET /orders/1 HTTP/1.1\r\nHost: gateway\r\n\r\n");
        co_await w.until([&] { return orders.requests().size() == 1; });
        w.stop_gateway();
        w.stop_gateway();
        co_await w.until([&] { return w.gateway_has_ended(); });
    };
    w.run(scenario);
}

} // namespace

} // namespace shutdown_test
