// SPDX-License-Identifier: BSL-1.0
// What processes know of open hosts when they come back to Redis, which may know better, or nothing any more.
#include <breakerbox/redis/store/store.hpp>

#include "redis/support/blocking_client.hpp"
#include "redis/support/connection_calls.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/store_calls.hpp"
#include "support/each_rule.hpp"

#include <catch2/catch_message.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <string>

namespace redis_store_meeting_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;

namespace {

template <class Rule>
asio::awaitable<void> check_reconnects(service<Rule>& s) {
    co_await check_eventually([&] { return s.breaker.store().connection().sessions() == 2; });
}

} // namespace

TEMPLATE_TEST_CASE("redis_store meeting: where Redis restarts empty, nobody gets leave who knows of a ban",
                   "", EACH_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto const rule = at_the_second<TestType>(1h);
        service<TestType> a{context, server.url(), rule};
        service<TestType> b{context, server.url(), rule};
        co_await a.fail("h", 2);
        co_await b.check_available("h", false);
        server.restart();
        co_await check_reconnects(a);
        co_await check_reconnects(b);
        for (auto* s : {&a, &b}) {
            bool const is_made = co_await s->call("h", verdict::success);
            CHECK_FALSE(is_made);
            auto const seen = co_await s->breaker.snapshot("h");
            CHECK(seen.state == breaker_state::open);
            CHECK(seen.failures == 2);
            CHECK(seen.retry_after <= 1h);
        }
    };
    run(context, test());
}

TEMPLATE_TEST_CASE(
    "redis_store meeting: where Redis restarts empty, a ban is brought back though nobody asks", "",
    EACH_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto const rule = at_the_second<TestType>(1h);
        service<TestType> a{context, server.url(), rule};
        co_await a.fail("h", 2);
        co_await a.fail("other", 2);
        co_await a.check_available("well", true);
        for (int i = 0; i != 2; ++i) { // and what was brought back is known as well
            server.restart();
            auto client = server.client();
            co_await check_eventually([&] { return keys_of(client).size() == 2; });
        }
        service<TestType> new_one{context, server.url(), rule};
        co_await new_one.check_available("h", false);
        co_await new_one.check_available("other", false);
        co_await new_one.check_available("well", true);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store meeting: a reconnect brings no ban back that was reset meanwhile", "",
                   EACH_RULE) {
    redis_server server;
    cut_off_user user{server};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto const rule = at_the_second<TestType>(1h);
        service<TestType> cut{context, server.url(), user.config(), rule};
        service<TestType> other{context, server.url(), rule};
        co_await cut.fail("h", 2);
        // What was learnt of a host less long before its reset than the meeting's message takes is brought in, in doubt.
        co_await sleep(100ms);
        co_await other.breaker.reset("h");
        user.client("CLIENT", "KILL", "USER", "cut");
        co_await check_reconnects(cut);
        co_await cut.check_available("h", true);
        co_await other.check_available("h", true);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE(
    "redis_store meeting: what is known to be over is not brought back, after an outage either", "",
    EACH_TRIP_RULE) {
    redis_server server;
    cut_off_user user{server};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto const rule = at_the_second<TestType>(300ms);
        service<TestType> cut{context, server.url(), user.config(), rule};
        service<TestType> other{context, server.url(), rule};
        co_await cut.fail("h", 2);
        co_await other.check_available("h", false);
        co_await cut_off(user, cut);
        co_await cut.fail("h"); // in whichever state it is here
        co_await other.check_becomes_available("h");
        co_await other.check_call("h", verdict::success);
        co_await other.check_state("h", breaker_state::closed);
        co_await let_in(user, cut);
        co_await other.check_state("h", breaker_state::closed);
        co_await cut.check_state("h", breaker_state::closed);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store meeting: an opening of its own that is newer than the closing holds", "",
                   EACH_TRIP_RULE) {
    redis_server server;
    cut_off_user user{server};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> cut{context, server.url(), user.config(), at_the_second<TestType>(1h)};
        service<TestType> other{context, server.url(), at_the_second<TestType>(1h)};
        co_await cut.check_available("h", true);
        co_await cut_off(user, cut);
        co_await other.breaker.force_open("h", 1us);
        co_await other.check_call("h", verdict::success);
        co_await other.check_state("h", breaker_state::closed);
        co_await sleep(5ms);
        co_await cut.fail("h", 2);
        co_await let_in(user, cut);
        co_await other.check_state("h", breaker_state::open);
        auto const seen = co_await other.breaker.snapshot("h");
        CHECK(seen.failures == 2);
    };
    run(context, test());
}

} // namespace redis_store_meeting_test
