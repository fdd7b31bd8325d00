// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/store.hpp>

#include "redis/support/connection_calls.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/store_calls.hpp"

#include <breakerbox/rule/consecutive_failures.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/io_context.hpp>

#include <string>
#include <utility>

namespace renew_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;

namespace {

consecutive_failures half_open_at_once(std::chrono::microseconds lease) {
    return {.threshold = 1, .recovery = {.open_for = 1us, .probe_lease = lease}};
}

} // namespace

TEST_CASE("redis_store: a probe that goes on renews its lease, with Redis and without") {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<consecutive_failures> one{context, server.url(), hasty(), half_open_at_once(1h)};
        std::string const host = "a";
        for (bool const is_there : {true, false}) {
            if (!is_there)
                server.kill_now();
            co_await one.breaker.increment_failures_count(host);
            co_await sleep(1ms);
            auto permit = co_await one.permit_of(host);
            CHECK(permit.is_probe());
            co_await sleep(20ms);
            auto const before = co_await one.breaker.snapshot(host);
            bool has_lease = co_await permit.renew();
            CHECK(has_lease);
            auto const after = co_await one.breaker.snapshot(host);
            CHECK(before.retry_after < 1h - 20ms);
            CHECK(after.retry_after > before.retry_after);
            co_await permit.report(verdict::success);
            has_lease = co_await permit.renew();
            CHECK_FALSE(has_lease);
            auto const closed = co_await one.breaker.snapshot(host);
            CHECK(closed.state == breaker_state::closed);
        }
        CHECK(one.breaker.store().is_failing());
    };
    run(context, test());
}

TEST_CASE("redis_store: a given-up probe is counted, and told by the process that finds it") {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<consecutive_failures> one{context, server.url(), half_open_at_once(5ms)};
        service<consecutive_failures> other{context, server.url(), half_open_at_once(5ms)};
        std::string const host = "a";
        co_await one.breaker.increment_failures_count(host);
        co_await sleep(1ms);
        auto admission = co_await one.breaker.acquire(host);
        auto permit = std::move(admission).permit();
        co_await sleep(20ms);
        auto const seen = co_await other.breaker.snapshot(host);
        CHECK(seen.probes.given_up == 1);
        auto const next = co_await other.breaker.acquire(host);
        CHECK(next);
        CHECK(other.heard.count(heard_breaker::kind::probe_given_up) == 1);
        CHECK(one.heard.count(heard_breaker::kind::probe_given_up) == 0);
        bool const has_lease = co_await permit.renew();
        CHECK_FALSE(has_lease);
    };
    run(context, test());
}

} // namespace renew_test
