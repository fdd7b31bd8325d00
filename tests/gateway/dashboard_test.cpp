// SPDX-License-Identifier: BSL-1.0
#include "support/behaviours.hpp"
#include "support/metrics_text.hpp"
#include "support/world.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <boost/beast/http/status.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <utility>

namespace dashboard_test {

namespace {

using namespace gateway_tests;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using http::status;

/// A client of /events.
class listener {
public:
    explicit listener(client connection) : connection_(std::move(connection)) {}

    asio::awaitable<std::string> begin() {
        co_await connection_.send("GET /events HTTP/1.1\r\nHost: gateway\r\n\r\n");
        co_return co_await connection_.until("\r\n\r\n");
    }
    /// What the next event says of the first upstream.
    asio::awaitable<boost::json::value> next() {
        co_await connection_.until("data: ");
        auto const data = co_await connection_.until("\n\n");
        co_return boost::json::parse(data).at("upstreams").at(0);
    }
    /// The next event that says so of the first upstream's state.
    asio::awaitable<boost::json::value> next_with_state(std::string_view state) {
        for (int i = 0; i != 20; ++i) {
            auto upstream = co_await next();
            if (upstream.at("state").as_string() == state)
                co_return upstream;
        }
        throw std::runtime_error{"no event with the state " + std::string{state}};
    }

private:
    client connection_;
};

TEST_CASE("the metrics are in Prometheus' format, and count what has happened") {
    world w;
    w.add_upstream("orders", well);
    w.add_upstream("stock", broken);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        for (int i = 0; i != 3; ++i) {
            co_await asker.get("/orders/1");
            co_await asker.get("/stock/1");
        }
        auto const answer = co_await asker.get("/metrics");
        CHECK(answer[http::field::content_type] == "text/plain; version=0.0.4; charset=utf-8");
        auto const values = parse_metrics(answer.body());
        CHECK(values.at(R"(gateway_answers_total{status="200",upstream="orders"})") == 3);
        CHECK(values.at(R"(gateway_answers_total{status="500",upstream="stock"})") == 3);
        CHECK(values.at(R"(breakerbox_attempts_total{upstream="orders",verdict="success"})") == 3);
        CHECK(values.at(R"(breakerbox_attempts_total{upstream="stock",verdict="failure"})") == 3);
        CHECK(values.at(R"(breakerbox_calls_total{end="succeeded",upstream="orders"})") == 3);
        CHECK(values.at(R"(gateway_call_seconds_count{upstream="orders"})") == 3);
        CHECK(values.at(R"(breakerbox_state{upstream="orders"})") == 0);
        CHECK(values.at(R"(breakerbox_refusals_total{upstream="orders"})") == 0);
    };
    w.run(scenario);
}

TEST_CASE("an upstream that is opened by hand is refused, until it is reset") {
    world w;
    auto& orders = w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        auto const opened = co_await asker.post("/upstreams/orders/open");
        CHECK(opened.result() == status::no_content);
        auto const refused = co_await asker.get("/orders/1");
        CHECK(refused.result() == status::service_unavailable);
        CHECK(refused[http::field::retry_after] == "60");
        CHECK_THAT(refused.body(), ContainsSubstring("open by hand"));
        CHECK(orders.requests().empty());
        auto const values = co_await read_metrics(asker);
        CHECK(values.at(R"(breakerbox_state{upstream="orders"})") == 1);
        CHECK(values.at(R"(breakerbox_refusals_total{upstream="orders"})") == 1);
        CHECK(values.at(R"(gateway_answers_total{status="503",upstream="orders"})") == 1);

        auto const reset = co_await asker.post("/upstreams/orders/reset");
        CHECK(reset.result() == status::no_content);
        auto const passed = co_await asker.get("/orders/1");
        CHECK(passed.result() == status::ok);
    };
    w.run(scenario);
}

TEST_CASE("events tell how the upstreams are, at once where one has changed") {
    world w;
    w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        listener events{w.connect()};
        auto const head = co_await events.begin();
        CHECK_THAT(head, StartsWith("HTTP/1.1 200 OK"));
        CHECK_THAT(head, ContainsSubstring("Content-Type: text/event-stream"));
        auto const first = co_await events.next();
        CHECK(first.at("name").as_string() == "orders");
        CHECK(first.at("state").as_string() == "closed");
        CHECK(first.at("calls").to_number<int>() == 0);

        co_await asker.get("/orders/1");
        co_await asker.post("/upstreams/orders/open");
        auto const open = co_await events.next_with_state("open");
        CHECK(open.at("by_hand").as_bool());
        CHECK(open.at("calls").to_number<int>() == 1);
        CHECK(open.at("evidence").as_string() == "open by hand, until reset");
        co_await asker.post("/upstreams/orders/reset");
        auto const closed = co_await events.next_with_state("closed");
        CHECK_FALSE(closed.at("by_hand").as_bool());
    };
    w.run(scenario);
}

TEST_CASE("events have the last seconds, for the plot") {
    world w;
    w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        for (int i = 0; i != 5; ++i)
            co_await asker.get("/orders/1");
        listener events{w.connect()};
        co_await events.begin();
        auto upstream = co_await events.next();
        while (upstream.at("recent").at("calls").as_array().empty())
            upstream = co_await events.next();
        CHECK(upstream.at("recent").at("calls").at(0).to_number<int>() == 5);
        CHECK(upstream.at("recent").at("failures").at(0).to_number<int>() == 0);
        CHECK(upstream.at("recent").at("states").at(0).to_number<int>() == 0);
    };
    w.run(scenario);
}

TEST_CASE("there are only so many listeners") {
    world w;
    w.wanted.clients.event_streams = 1;
    w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        listener events{w.connect()};
        co_await events.begin();
        auto asker = w.connect();
        auto const refused = co_await asker.get("/events");
        CHECK(refused.result() == status::service_unavailable);
    };
    w.run(scenario);
}

TEST_CASE("the levers are for POST, for upstreams that there are, and for the gateway's own page") {
    world w;
    w.add_upstream("orders", well);
    auto const scenario = [&]() -> asio::awaitable<void> {
        auto asker = w.connect();
        auto const got = co_await asker.get("/upstreams/orders/open");
        CHECK(got.result() == status::method_not_allowed);
        CHECK(got[http::field::allow] == "POST");
        auto const unknown = co_await asker.post("/upstreams/nobody/open");
        CHECK(unknown.result() == status::not_found);
        auto foreign = asks(http::verb::post, "/upstreams/orders/open");
        foreign.set(http::field::origin, "http://evil.example");
        auto const forbidden = co_await asker.ask(foreign);
        CHECK(forbidden.result() == status::forbidden);
        foreign.set(http::field::origin, "http://gateway");
        auto const own = co_await asker.ask(foreign);
        CHECK(own.result() == status::no_content);
        auto const posted = co_await asker.post("/metrics");
        CHECK(posted.result() == status::method_not_allowed);
    };
    w.run(scenario);
}

} // namespace

} // namespace dashboard_test
