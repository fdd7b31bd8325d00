// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/store.hpp>

#include "redis/support/connection_calls.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/store_calls.hpp"
#include "support/each_rule.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <boost/asio/io_context.hpp>

#include <string>

namespace reset_permits_test {

// What `reset` promises, through Redis: that reports of permits given before it no longer count.

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;

TEMPLATE_TEST_CASE("redis_store: after a reset no report of a permit given before it counts", "", EACH_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> one{context, server.url(), at_the_second<TestType>()};
        std::string const host = "a";
        auto awaited = co_await one.permit_of(host);
        auto posted = co_await one.permit_of(host);
        co_await one.fail(host);
        co_await one.breaker.reset(host);
        auto after = co_await one.permit_of(host);
        co_await awaited.report(verdict::failure);
        posted.post_report(verdict::failure);
        auto seen = co_await one.breaker.snapshot(host);
        CHECK(seen.failures == 0);
        co_await after.report(verdict::failure);
        seen = co_await one.breaker.snapshot(host);
        CHECK(seen.failures == 1);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store: nor does one where Redis was lost or found between", "", EACH_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> one{context, server.url(), hasty(), at_the_second<TestType>()};
        std::string const host = "a";
        auto before = co_await one.permit_of(host);
        server.kill_now();
        auto locally = co_await one.permit_of(host);
        co_await one.breaker.reset(host); // locally
        co_await before.report(verdict::failure);
        auto const seen = co_await one.breaker.snapshot(host);
        CHECK(one.breaker.store().is_failing());
        CHECK(seen.failures == 0);
        co_await locally.report(verdict::failure);
        auto const then = co_await one.breaker.snapshot(host);
        CHECK(then.failures == 0);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store: a reset by another process is known from the host's number", "",
                   EACH_TRIP_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> one{context, server.url(), at_the_second<TestType>()};
        service<TestType> other{context, server.url(), at_the_second<TestType>()};
        std::string const host = "a";
        auto before = co_await one.permit_of(host);
        co_await other.breaker.reset(host);
        co_await before.report(verdict::failure);
        auto const seen = co_await one.breaker.snapshot(host);
        CHECK(seen.failures == 0);
    };
    run(context, test());
}

} // namespace reset_permits_test
