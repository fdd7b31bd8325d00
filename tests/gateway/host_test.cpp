// SPDX-License-Identifier: BSL-1.0
#include "support/behaviours.hpp"
#include "support/world.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <boost/beast/http/status.hpp>

#include <string>

namespace host_test {

// A site whose name points to this machine, as a browser asks for it.

namespace {

using namespace gateway_tests;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using http::status;

gateway::request asks_as(std::string const& host, http::verb method, std::string_view target) {
    auto message = asks(method, target);
    message.set(http::field::host, host);
    message.set(http::field::origin, "http://" + host);
    return message;
}

TEST_CASE("a site that is pointed to the gateway by its name gets neither page nor levers nor metrics") {
    world w;
    auto& orders = w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        auto const foreign = "evil.example:" + std::to_string(w.endpoint().port());
        for (auto const* const target : {"/", "/?x", "/metrics", "/events", "http://evil.example/metrics"})
            for (auto const method : {http::verb::get, http::verb::head}) {
                auto const message = asks_as(foreign, method, target);
                auto const refused = co_await asker.ask(message);
                CHECK(refused.result() == status::misdirected_request);
                CHECK((method == http::verb::head || refused.body().find("--host") != std::string::npos));
            }
        for (auto const* const target : {"/upstreams/orders/open", "/upstreams/orders/reset"}) {
            auto const message = asks_as(foreign, http::verb::post, target);
            auto const refused = co_await asker.ask(message);
            CHECK(refused.result() == status::misdirected_request);
        }
        auto const message = asks_as(foreign, http::verb::get, "/orders/1");
        auto const passed = co_await asker.ask(message); // proxied, and closed still
        CHECK(passed.result() == status::ok);
    };
    w.run(scenario);
    CHECK(orders.requests().size() == 1);
}

TEST_CASE(
    "the gateway's own address, localhost and a name that it is given have its page, levers and metrics") {
    world w;
    w.add_upstream("orders", well);
    w.wanted.hosts = {"ops.example"};
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        auto const port = std::to_string(w.endpoint().port());
        for (auto const& host : {"127.0.0.1:" + port, "localhost:" + port, std::string{"ops.example"}}) {
            auto const looks = asks_as(host, http::verb::get, "/metrics");
            auto const looked = co_await asker.ask(looks);
            CHECK(looked.result() == status::ok);
            auto const pulls = asks_as(host, http::verb::post, "/upstreams/orders/reset");
            auto const pulled = co_await asker.ask(pulls);
            CHECK(pulled.result() == status::no_content);
        }
    };
    w.run(scenario);
}

TEST_CASE("whoever names no host, or names a foreign one in a whole URL, is refused as well") {
    world w;
    w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        for (auto const* const bytes :
             {"GET /metrics HTTP/1.0\r\n\r\n", "GET /metrics HTTP/1.0\r\nHost:\r\n\r\n",
              "GET http://evil.example/metrics HTTP/1.0\r\nHost: localhost\r\n\r\n"}) {
            auto older = w.connect();
            co_await older.send(bytes);
            auto const answer = co_await older.rest();
            CHECK_THAT(answer, StartsWith("HTTP/1.0 421"));
            CHECK_THAT(answer, ContainsSubstring("--host"));
        }
        auto proxied = w.connect();
        co_await proxied.send("GET /orders/1 HTTP/1.0\r\n\r\n");
        auto const answer = co_await proxied.rest();
        CHECK_THAT(answer, StartsWith("HTTP/1.0 200"));
        auto whole = w.connect();
        co_await whole.send("GET http://localhost/metrics HTTP/1.0\r\nHost: localhost\r\n\r\n");
        auto const metrics = co_await whole.rest();
        CHECK_THAT(metrics, StartsWith("HTTP/1.0 200"));
    };
    w.run(scenario);
}

} // namespace

} // namespace host_test
