// SPDX-License-Identifier: BSL-1.0
#include "support/behaviours.hpp"
#include "support/metrics_text.hpp"
#include "support/world.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/status.hpp>

#include <list>
#include <string>
#include <string_view>

namespace client_test {

// Clients that are slow, wrong or gone, each beside one that is well.

namespace {

using namespace gateway_tests;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using http::status;

asio::awaitable<std::string> answer_to(world& w, std::string bytes) {
    auto asker = w.connect();
    co_await asker.send(bytes);
    co_return co_await asker.rest();
}

asio::awaitable<void> check_that_others_are_served(world& w) {
    auto other = w.connect();
    auto const got = co_await other.get("/orders/1");
    CHECK(got.result() == status::ok);
}

TEST_CASE("a client that takes its time with a header or a body is dropped, and holds up nobody") {
    world w;
    w.wanted.clients.header_time = 30ms;
    w.wanted.clients.body_time = 30ms;
    w.wanted.clients.idle_time = 30ms;
    auto& orders = w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto slow_header = w.connect();
        co_await slow_header.send("GET /orders/1 HTTP/1.1\r\nHost: ga");
        auto slow_body = w.connect();
        co_await slow_body.send("PUT /orders/1 HTTP/1.1\r\nHost: gateway\r\nContent-Length: 10\r\n\r\n123");
        auto idle = w.connect();
        co_await check_that_others_are_served(w);
        for (auto* const client : {&slow_header, &slow_body, &idle}) {
            auto const rest = co_await client->rest();
            CHECK(rest.empty());
        }
    };
    w.run(scenario);
    CHECK(orders.requests().size() == 1);
}

TEST_CASE("a client that doesn't read its answer is dropped, and holds up nobody") {
    world w;
    w.wanted.clients.write_time = 50ms;
    w.wanted.answer_bytes = 32 * 1024 * 1024;
    std::string const large(24 * 1024 * 1024, '.'); // more than the system takes for a client
    auto const answers = [&](gateway::request const& message) -> answered {
        co_return answer(status::ok, message.target() == "/large" ? large : "well\n");
    };
    w.add_upstream("orders", answers);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto lazy = w.connect();
        co_await lazy.send("GET /orders/large HTTP/1.1\r\nHost: gateway\r\n\r\n");
        co_await check_that_others_are_served(w);
        // Given up, it is counted all the same; and only then the client reads what there is.
        auto asker = w.connect();
        for (double answers_given = 0; answers_given < 2;) {
            auto const values = co_await read_metrics(asker);
            answers_given = values.at(R"(gateway_answers_total{status="200",upstream="orders"})");
        }
        asio::steady_timer longer_than_that{w.context, 4 * w.wanted.clients.write_time};
        co_await longer_than_that.async_wait(asio::use_awaitable);
        auto const rest = co_await lazy.rest();
        CHECK(rest.size() < large.size());
    };
    w.run(scenario);
}

TEST_CASE("a malformed request is a 400, and ends its connection alone") {
    world w;
    w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        for (std::string_view const bytes :
             {"nonsense\r\n\r\n", "GET /orders/1 HTTP/1.1\r\nno field\r\n\r\n", "GET  HTTP/1.1\r\n\r\n",
              "\x16\x03\x01\x02\x01\x01\xfc\x03", "GET /orders/1 HTTP/1.1\r\n\r\n",
              "GET /orders/1 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
              "GET orders HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
              "PUT /orders/1 HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
              "PUT /orders/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
              "chunked\r\n\r\n"}) {
            auto const answer = co_await answer_to(w, std::string{bytes});
            CHECK_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request"));
            CHECK_THAT(answer, ContainsSubstring("Connection: close"));
        }
        co_await check_that_others_are_served(w);
    };
    w.run(scenario);
}

TEST_CASE("what the gateway doesn't do is refused by its status") {
    world w;
    w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto const tunnel = co_await answer_to(w, "CONNECT orders:1 HTTP/1.1\r\nHost: orders:1\r\n\r\n");
        CHECK_THAT(tunnel, StartsWith("HTTP/1.1 501"));
        auto const zipped =
            co_await answer_to(w, "PUT /orders/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n");
        CHECK_THAT(zipped, StartsWith("HTTP/1.1 501"));
        auto const newer = co_await answer_to(w, "GET /orders/1 HTTP/2.0\r\nHost: a\r\n\r\n");
        CHECK_THAT(newer, StartsWith("HTTP/1.1 505"));
        auto asker = w.connect();
        auto const nowhere = co_await asker.get("/nowhere/1");
        CHECK(nowhere.result() == status::not_found);
    };
    w.run(scenario);
}

TEST_CASE("a header that is too large is a 431") {
    world w;
    w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto const answer = co_await answer_to(
            w, "GET /orders/1 HTTP/1.1\r\nHost: a\r\nX-Large: " + std::string(100'000, 'x') + "\r\n\r\n");
        CHECK_THAT(answer, StartsWith("HTTP/1.1 431"));
        co_await check_that_others_are_served(w);
    };
    w.run(scenario);
}

TEST_CASE("a body that is too large is a 413, whether or not its length is told") {
    world w;
    auto& orders = w.add_upstream("orders", well);
    w.wanted.clients.body_bytes = 1000;
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto told = w.connect();
        auto const got = co_await told.post("/orders", std::string(1001, 'x'));
        CHECK(got.result() == status::payload_too_large);
        auto const untold = co_await answer_to(
            w, "POST /orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" +
                   std::string(0x800, 'x') + "\r\n0\r\n\r\n");
        CHECK_THAT(untold, StartsWith("HTTP/1.1 413"));
        CHECK(orders.requests().empty());
        auto fitting = w.connect();
        auto const accepted = co_await fitting.post("/orders", std::string(1000, 'x'));
        CHECK(accepted.result() == status::ok);
    };
    w.run(scenario);
}

TEST_CASE("a client that goes away takes its call with it, which says nothing of the upstream") {
    world w;
    auto& orders = w.add_upstream("orders", silent);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto leaving = w.connect();
        auto const message = asks(http::verb::get, "/orders/1");
        co_await leaving.send("GET /orders/1 HTTP/1.1\r\nHost: gateway\r\n\r\n");
        co_await w.until([&] { return orders.requests().size() == 1; });
        leaving.close();
        co_await w.until([&] { return orders.open_connections() == 0; });
        auto asker = w.connect();
        auto const values = co_await read_metrics(asker);
        CHECK(values.at(R"(breakerbox_attempts_total{upstream="orders",verdict="failure"})") == 0);
        CHECK(values.at(R"(breakerbox_calls_total{end="cancelled",upstream="orders"})") == 1);
    };
    w.run(scenario);
    CHECK(orders.requests().size() == 1);
}

TEST_CASE("requests that are sent without waiting for answers are answered in their order") {
    world w;
    w.add_upstream("orders", echo);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        std::string all;
        for (int i = 0; i != 20; ++i)
            all += "GET /orders/" + std::to_string(i) + " HTTP/1.1\r\nHost: gateway\r\n\r\n";
        co_await asker.send(all);
        for (int i = 0; i != 20; ++i) {
            auto const got = co_await asker.answer();
            CHECK(got["X-Answered"] == "GET /" + std::to_string(i));
        }
    };
    w.run(scenario);
}

TEST_CASE("a client that asks whether to go on with its body is told so") {
    world w;
    w.add_upstream("orders", echo);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        co_await asker.send(
            "PUT /orders/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
        auto const go_on = co_await asker.until("\r\n\r\n");
        CHECK(go_on == "HTTP/1.1 100 Continue\r\n\r\n");
        co_await asker.send("body");
        auto const got = co_await asker.answer();
        CHECK(got.body() == "body");
    };
    w.run(scenario);
}

TEST_CASE("a client of HTTP/1.0 gets its answer and the end of the connection") {
    world w;
    w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto const answer = co_await answer_to(w, "GET /orders/1 HTTP/1.0\r\n\r\n");
        CHECK_THAT(answer, StartsWith("HTTP/1.0 200 OK"));
        CHECK_THAT(answer, ContainsSubstring("well\n"));
    };
    w.run(scenario);
}

TEST_CASE("beyond the most connections, clients wait until there is room") {
    world w;
    w.wanted.clients.connections = 2;
    w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        std::list<client> holders;
        for (int i = 0; i != 2; ++i) {
            holders.emplace_back(w.connect());
            auto const got = co_await holders.back().get("/orders/1");
            CHECK(got.result() == status::ok);
        }
        auto third = w.connect();
        co_await third.send("GET /orders/3 HTTP/1.1\r\nHost: gateway\r\n\r\n");
        auto const again = co_await holders.back().get("/orders/1");
        CHECK(again.result() == status::ok);
        holders.front().close();
        auto const got = co_await third.answer();
        CHECK(got.result() == status::ok);
    };
    w.run(scenario);
}

} // namespace

} // namespace client_test
