// SPDX-License-Identifier: BSL-1.0
#include "redis/support/free_port.hpp"
#include "redis/support/redis_server.hpp"
#include "support/behaviours.hpp"
#include "support/metrics_text.hpp"
#include "support/world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/beast/http/status.hpp>

#include <exception>
#include <string>
#include <utility>

namespace redis_test {

namespace {

using namespace gateway_tests;
using http::status;

TEST_CASE("gateways that use the same Redis refuse and let through together") {
    support::redis_server const server;
    world w;
    w.wanted.store = server.url();
    w.wanted.rule.minimum_calls = 4;
    w.wanted.rule.recovery.open_for = std::chrono::minutes{5};
    w.wanted.rule.recovery.max_open_for = std::chrono::minutes{5};
    auto& orders = w.add_upstream("orders", broken);
    auto const scenario = [&]() -> asio::awaitable<void> {
        gateway::gateway second{w.context, w.wanted};
        bool has_second_ended = false;
        asio::co_spawn(w.context, second.run(), [&](std::exception_ptr) { has_second_ended = true; });

        auto first_asker = w.connect();
        client second_asker{w.context, second.endpoint()};
        for (int i = 0; i != 2; ++i) {
            co_await first_asker.get("/orders/1");
            co_await second_asker.get("/orders/1");
        }
        for (auto* const asker : {&first_asker, &second_asker}) {
            auto const refused = co_await asker->get("/orders/1");
            CHECK(refused.result() == status::service_unavailable);
        }
        CHECK(orders.requests().size() == 4);

        auto const reset = co_await second_asker.post("/upstreams/orders/reset");
        CHECK(reset.result() == status::no_content);
        auto const passed = co_await first_asker.get("/orders/1");
        CHECK(passed.result() == status::internal_server_error);
        CHECK(orders.requests().size() == 5);

        second.stop();
        second_asker.close();
        co_await w.until([&] { return has_second_ended; });
    };
    w.run(scenario);
}

TEST_CASE("a gateway's metrics tell what another one has done since") {
    support::redis_server const server;
    world w;
    w.wanted.store = server.url();
    w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        gateway::gateway second{w.context, w.wanted};
        bool has_second_ended = false;
        asio::co_spawn(w.context, second.run(), [&](std::exception_ptr) { has_second_ended = true; });

        auto first_asker = w.connect();
        client second_asker{w.context, second.endpoint()};
        for (auto const& [lever, state] : {std::pair{"open", 1}, std::pair{"reset", 0}}) {
            co_await second_asker.post(std::string{"/upstreams/orders/"} + lever);
            auto const values = co_await read_metrics(first_asker);
            CHECK(values.at(R"(breakerbox_state{upstream="orders"})") == state);
        }

        second.stop();
        second_asker.close();
        co_await w.until([&] { return has_second_ended; });
    };
    w.run(scenario);
}

TEST_CASE("without its Redis a gateway goes on by itself") {
    support::refusing_port const nobody;
    world w;
    w.wanted.store = nobody.url();
    w.wanted.rule.minimum_calls = 4;
    auto& orders = w.add_upstream("orders", broken);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        for (int i = 0; i != 4; ++i) {
            auto const passed = co_await asker.get("/orders/1");
            CHECK(passed.result() == status::internal_server_error);
        }
        auto const refused = co_await asker.get("/orders/1");
        CHECK(refused.result() == status::service_unavailable);
    };
    w.run(scenario);
    CHECK(orders.requests().size() == 4);
}

} // namespace

} // namespace redis_test
