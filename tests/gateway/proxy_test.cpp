// SPDX-License-Identifier: BSL-1.0
#include "redis/support/free_port.hpp"
#include "support/behaviours.hpp"
#include "support/metrics_text.hpp"
#include "support/world.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace proxy_test {

namespace {

using namespace gateway_tests;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using gateway::request;
using gateway::response;
using http::status;
TEST_CASE("a request goes to the upstream that its path names, and the answer comes back") {
    world w;
    auto& orders = w.add_upstream("orders", echo);
    auto& stock = w.add_upstream("stock", echo);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        auto const first = co_await asker.post("/orders/1?full=yes", "a body");
        CHECK(first.result() == status::created);
        CHECK(first.body() == "a body");
        CHECK(first["X-Answered"] == "POST /1?full=yes");
        CHECK(first[http::field::via] == "1.1 breakerbox-gateway");
        auto const second = co_await asker.get("/stock");
        CHECK(second["X-Answered"] == "GET /");
    };
    w.run(scenario);
    REQUIRE(orders.requests().size() == 1);
    CHECK(orders.requests()[0]["X-Forwarded-For"] == "127.0.0.1");
    CHECK(orders.requests()[0][http::field::host] == "127.0.0.1:" + std::to_string(orders.port()));
    CHECK(stock.requests().size() == 1);
}

TEST_CASE("of a HEAD the client gets the header alone") {
    world w;
    auto const tells_length = [](request const&) -> answered {
        response made{status::ok, 11};
        made.content_length(12345);
        co_return made;
    };
    w.add_upstream("orders", tells_length);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        for (auto const* target : {"/orders/1", "/"}) {
            auto const message = asks(http::verb::head, target);
            auto const head = co_await asker.ask(message);
            CHECK(head.result() == status::ok);
            CHECK(head.body().empty());
            CHECK(std::stoi(std::string{head[http::field::content_length]}) > 1000);
        }
        auto const page = co_await asker.get("/");
        CHECK(page.result() == status::ok);
        CHECK_THAT(page.body(), ContainsSubstring("</html>"));
    };
    w.run(scenario);
}

TEST_CASE("an idempotent request is tried again, another one isn't") {
    world w;
    auto& orders = w.add_upstream("orders", unavailable);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        auto const got = co_await asker.get("/orders/1");
        CHECK(got.result() == status::service_unavailable);
        CHECK(got.body() == "not now\n");
        CHECK(orders.requests().size() == 3);
        auto const posted = co_await asker.post("/orders");
        CHECK(posted.result() == status::service_unavailable);
        CHECK(orders.requests().size() == 4);
    };
    w.run(scenario);
}

TEST_CASE("a 500 is passed on without another attempt, and is a failure") {
    world w;
    auto& orders = w.add_upstream("orders", broken);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        auto const got = co_await asker.get("/orders/1");
        CHECK(got.result() == status::internal_server_error);
        auto const values = co_await read_metrics(asker);
        CHECK(values.at(R"(breakerbox_attempts_total{upstream="orders",verdict="failure"})") == 1);
    };
    w.run(scenario);
    CHECK(orders.requests().size() == 1);
}

TEST_CASE("a failure that passes is hidden from the client") {
    world w;
    int attempts = 0;
    auto const fails_twice = [&](request const&) -> answered {
        ++attempts;
        if (attempts == 1)
            co_return std::nullopt;
        co_return answer(attempts == 2 ? status::bad_gateway : status::ok);
    };
    w.add_upstream("orders", fails_twice);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        auto const got = co_await asker.get("/orders/1");
        CHECK(got.result() == status::ok);
        CHECK(attempts == 3);
    };
    w.run(scenario);
}

TEST_CASE("the budget limits the retries of all calls together") {
    world w;
    w.wanted.rule.minimum_calls = 1000;
    w.wanted.budget = {.ratio = 0.1, .min_per_second = 0, .window = std::chrono::hours{1}};
    auto& orders = w.add_upstream("orders", unavailable);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        for (int i = 0; i != 100; ++i) {
            auto const got = co_await asker.get("/orders/1");
            CHECK(got.result() == status::service_unavailable);
        }
    };
    w.run(scenario);
    CHECK(orders.requests().size() == 110);
}

TEST_CASE("an upstream that can't be reached is a 502") {
    world w;
    support::refusing_port const nobody;
    w.add_address("orders", nobody.number());
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        auto const got = co_await asker.get("/orders/1");
        CHECK(got.result() == status::bad_gateway);
        CHECK(got["Proxy-Status"] == "breakerbox-gateway; error=connection_refused");
    };
    w.run(scenario);
}

TEST_CASE("an upstream that cuts connections off is a 502") {
    world w;
    auto& orders = w.add_upstream("orders", cut_off);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        auto const got = co_await asker.get("/orders/1");
        CHECK(got.result() == status::bad_gateway);
        CHECK(got["Proxy-Status"] == "breakerbox-gateway; error=http_response_incomplete");
    };
    w.run(scenario);
    CHECK(orders.requests().size() == 3);
}

TEST_CASE("an upstream that is too slow is a 504, a failure for each attempt") {
    world w;
    w.wanted.attempt_timeout = 20ms;
    auto& orders = w.add_upstream("orders", silent);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        auto const got = co_await asker.get("/orders/1");
        CHECK(got.result() == status::gateway_timeout);
        auto const values = co_await read_metrics(asker);
        CHECK(values.at(R"(breakerbox_attempts_total{upstream="orders",verdict="failure"})") == 3);
        co_await w.until([&] { return orders.open_connections() == 0; });
    };
    w.run(scenario);
}

TEST_CASE("a deadline that every call has ends one, as a failure of the upstream that let it pass") {
    world w;
    w.wanted.deadline = 50ms;
    auto& orders = w.add_upstream("orders", silent);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        auto const got = co_await asker.get("/orders/1");
        CHECK(got.result() == status::gateway_timeout);
        auto const values = co_await read_metrics(asker);
        CHECK(values.at(R"(breakerbox_attempts_total{upstream="orders",verdict="failure"})") == 1);
        CHECK(values.at(R"(breakerbox_attempts_total{upstream="orders",verdict="neutral"})") == 0);
    };
    w.run(scenario);
    CHECK(orders.requests().size() == 1);
}

TEST_CASE("an answer that is too large is a 502 that is no failure and not tried again") {
    world w;
    w.wanted.answer_bytes = 1000;
    auto const large = [](request const&) -> answered {
        co_return answer(status::ok, std::string(1001, '.'));
    };
    auto& orders = w.add_upstream("orders", large);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        auto const got = co_await asker.get("/orders/1");
        CHECK(got.result() == status::bad_gateway);
        CHECK(got["Proxy-Status"] == "breakerbox-gateway; error=http_response_body_size");
        auto const values = co_await read_metrics(asker);
        CHECK(values.at(R"(breakerbox_attempts_total{upstream="orders",verdict="neutral"})") == 1);
    };
    w.run(scenario);
    CHECK(orders.requests().size() == 1);
}

TEST_CASE("an upstream that keeps failing is refused without being asked, and the others go on") {
    world w;
    w.wanted.rule.minimum_calls = 4;
    w.wanted.rule.recovery.open_for = std::chrono::minutes{5};
    w.wanted.rule.recovery.max_open_for = std::chrono::minutes{5};
    auto& orders = w.add_upstream("orders", broken);
    w.add_upstream("stock", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        for (int i = 0; i != 4; ++i)
            co_await asker.get("/orders/1");
        auto const refused = co_await asker.get("/orders/1");
        CHECK(refused.result() == status::service_unavailable);
        auto const wait = std::stoi(std::string{refused[http::field::retry_after]});
        CHECK(wait > 200);
        CHECK(wait <= 300);
        CHECK_THAT(std::string{refused["Proxy-Status"]}, ContainsSubstring("destination_unavailable"));
        CHECK_THAT(refused.body(), StartsWith("host 'orders' is open: 4 of 4 calls failed"));
        auto const other = co_await asker.get("/stock/1");
        CHECK(other.result() == status::ok);
    };
    w.run(scenario);
    CHECK(orders.requests().size() == 4);
}

TEST_CASE("an upstream is probed once its open time is over, and closes when it is well") {
    world w;
    w.wanted.rule.minimum_calls = 2;
    w.wanted.rule.recovery = {.open_for = 30ms, .successes_to_close = 2};
    bool is_well = false;
    auto const recovers = [&](request const&) -> answered {
        co_return answer(is_well ? status::ok : status::internal_server_error);
    };
    w.add_upstream("orders", recovers);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        for (int i = 0; i != 2; ++i)
            co_await asker.get("/orders/1");
        is_well = true;
        std::optional<response> got;
        for (int i = 0; i != 2000 && (!got || got->result() != status::ok); ++i) {
            asio::steady_timer pause{w.context, 1ms};
            co_await pause.async_wait(asio::use_awaitable);
            got = co_await asker.get("/orders/1");
        }
        CHECK(got->result() == status::ok);
        auto const second = co_await asker.get("/orders/1");
        CHECK(second.result() == status::ok);
        auto const values = co_await read_metrics(asker);
        CHECK(values.at(R"(breakerbox_probes_total{upstream="orders"})") == 2);
        CHECK(values.at(R"(breakerbox_state{upstream="orders"})") == 0);
    };
    w.run(scenario);
}

TEST_CASE("connections to upstreams are used again") {
    world w;
    auto& orders = w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        for (int i = 0; i != 10; ++i)
            co_await asker.get("/orders/1");
    };
    w.run(scenario);
    CHECK(orders.requests().size() == 10);
    CHECK(orders.connections() == 1);
}

TEST_CASE("a request that may not be repeated gets a connection of its own") {
    world w;
    auto& orders = w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        co_await asker.get("/orders/1");
        co_await asker.post("/orders");
        CHECK(orders.connections() == 2);
    };
    w.run(scenario);
}

TEST_CASE("that an upstream closes an idle connection is no failure") {
    world w;
    auto& orders = w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        for (int i = 0; i != 5; ++i) {
            auto const got = co_await asker.get("/orders/1");
            CHECK(got.result() == status::ok);
            orders.close_connections();
        }
        auto const values = co_await read_metrics(asker);
        CHECK(values.at(R"(breakerbox_attempts_total{upstream="orders",verdict="success"})") == 5);
        CHECK(values.at(R"(breakerbox_attempts_total{upstream="orders",verdict="failure"})") == 0);
        CHECK(values.at(R"(breakerbox_retries_total{upstream="orders"})") == 0);
    };
    w.run(scenario);
    CHECK(orders.requests().size() == 5);
}

} // namespace

} // namespace proxy_test
