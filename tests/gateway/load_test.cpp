// SPDX-License-Identifier: BSL-1.0
#include "support/behaviours.hpp"
#include "support/metrics_text.hpp"
#include "support/world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/beast/http/status.hpp>

#include <exception>
#include <map>
#include <string>

namespace load_test {

namespace {

using namespace gateway_tests;
using http::status;

/// Of every ten requests one fails for good, and one for its first attempt.
class uneven_upstream {
public:
    answered operator()(gateway::request const& message) {
        ++attempts;
        std::string const target = message.target();
        if (target.back() == '3') {
            ++failed;
            co_return answer(status::internal_server_error);
        }
        if (target.back() == '7' && !seen_[target]) {
            seen_[target] = true;
            ++failed_at_first;
            co_return answer(status::service_unavailable);
        }
        co_return answer(status::ok, target);
    }

    int attempts = 0;
    int failed = 0;
    int failed_at_first = 0;

private:
    std::map<std::string, bool> seen_;
};

TEST_CASE("2,000 requests over 50 connections lose none but those that their upstreams failed") {
    constexpr int connections = 50, requests = 40;
    world w;
    w.wanted.rule.threshold = 1; // the tenth that fails is no reason to refuse
    uneven_upstream orders, stock;
    w.add_upstream("orders", [&](gateway::request const& message) { return orders(message); });
    w.add_upstream("stock", [&](gateway::request const& message) { return stock(message); });

    std::map<unsigned, int> statuses;
    int mixed_up = 0;
    int clients_left = connections;
    auto const client_of = [&](int number) -> asio::awaitable<void> {
        auto asker = w.connect();
        for (int i = 0; i != requests; ++i) {
            auto const rest = '/' + std::to_string(number * requests + i);
            auto const target = (i % 4 < 2 ? "/orders" : "/stock") + rest;
            auto const got = co_await asker.get(target);
            ++statuses[got.result_int()];
            if (got.result() == status::ok && got.body() != rest)
                ++mixed_up;
        }
    };
    metric_values values;
    auto const scenario = [&]() -> asio::awaitable<void> {
        for (int i = 0; i != connections; ++i)
            asio::co_spawn(w.context, client_of(i), [&](std::exception_ptr error) {
                if (!error)
                    --clients_left;
            });
        co_await w.until([&] { return clients_left == 0; });
        auto asker = w.connect();
        values = co_await read_metrics(asker);
    };
    w.run(scenario);

    int const failed = orders.failed + stock.failed;
    int const retried = orders.failed_at_first + stock.failed_at_first;
    CHECK(failed == 200);
    CHECK(retried == 200);
    CHECK(statuses == std::map<unsigned, int>{{200, 1800}, {500, 200}});
    CHECK(mixed_up == 0);
    CHECK(orders.attempts + stock.attempts == 2000 + retried);

    CHECK(values.at(R"(gateway_answers_total{status="200",upstream="orders"})") +
              values.at(R"(gateway_answers_total{status="200",upstream="stock"})") ==
          1800);
    for (auto const& [name, upstream] :
         {std::pair{std::string{"orders"}, &orders}, {std::string{"stock"}, &stock}}) {
        auto const labels = "{upstream=\"" + name + "\"}";
        CHECK(values.at("gateway_call_seconds_count" + labels) == 1000);
        CHECK(values.at("breakerbox_retries_total" + labels) == upstream->failed_at_first);
        CHECK(values.at("gateway_answers_total{status=\"500\",upstream=\"" + name + "\"}") ==
              upstream->failed);
    }
}

} // namespace

} // namespace load_test
