// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/store.hpp>

#include "redis/support/blocking_client.hpp"
#include "redis/support/connection_calls.hpp"
#include "redis/support/hostile_server.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/store_calls.hpp"
#include "support/each_rule.hpp"

#include <catch2/catch_message.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <type_traits>

namespace redis_store_return_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;

// --- coming back

TEST_CASE("redis_store return: coming back, of two counts and of two expiries the greater one stays") {
    redis_server server;
    cut_off_user user{server};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        failure_count const rule{.max_failures = 2, .reset_timeout = 1h};
        failure_count const longer{.max_failures = 2, .reset_timeout = 2h};
        service<failure_count> cut{context, server.url(), user.config(), rule};
        service<failure_count> other{context, server.url(), patient(), longer};
        co_await cut.fail("more here");
        co_await cut.fail("more there");
        co_await cut_off(user, cut);
        co_await cut.fail("more here", 4);
        co_await other.fail("more here");
        co_await cut.fail("more there");
        co_await other.fail("more there", 4);
        co_await cut.breaker.force_open("forced here", 3h);
        co_await other.fail("only there", 3);
        co_await let_in(user, cut);

        auto const more_here = co_await cut.breaker.snapshot("more here");
        CHECK(more_here.failures == 5);
        CHECK(more_here.retry_after > 119min); // the other's
        auto const more_there = co_await cut.breaker.snapshot("more there");
        CHECK(more_there.failures == 5);
        CHECK(more_there.retry_after > 119min);
        auto const forced = co_await other.breaker.snapshot("forced here");
        CHECK(forced.failures == 3);
        CHECK(forced.retry_after > 179min);
        co_await cut.check_available("only there", false);
        for (auto const* host : {"more here", "more there", "forced here", "only there"}) {
            co_await cut.check_available(host, false);
            co_await other.check_available(host, false);
        }
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store return: coming back lifts no ban, on either side", "", EACH_TRIP_RULE) {
    redis_server server;
    cut_off_user user{server};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto const rule = at_the_second<TestType>(1h);
        service<TestType> cut{context, server.url(), user.config(), rule};
        service<TestType> other{context, server.url(), patient(), rule};
        co_await cut.fail("known", 2);
        co_await cut.breaker.force_open("short", 1us);
        co_await cut_off(user, cut);

        co_await cut.fail("here", 2);
        co_await cut.check_call("there", verdict::success);
        co_await other.fail("there", 2);
        co_await cut.breaker.force_open("later here", 3h);
        co_await other.breaker.force_open("later here", 2h);
        co_await cut.breaker.force_open("later there", 2h);
        co_await other.breaker.force_open("later there", 3h);
        co_await cut.breaker.reset("known"); // is local
        co_await cut.check_available("known", true);
        co_await other.breaker.force_open("short", 1h);
        co_await cut.check_call("short", verdict::success); // closes it here
        co_await cut.check_state("short", breaker_state::closed);
        co_await other.check_available("here", true);
        co_await let_in(user, cut);

        for (auto const* host : {"known", "short", "here", "there", "later here", "later there"}) {
            CAPTURE(host);
            co_await other.check_state(host, breaker_state::open);
            co_await cut.check_available(host, false);
        }
        for (auto const* host : {"later here", "later there"}) {
            auto const seen = co_await other.breaker.snapshot(host);
            CHECK(seen.retry_after > 179min);
            CHECK(seen.cause == trip_cause::by_hand);
        }
        auto const here = co_await other.breaker.snapshot("here");
        CHECK(here.failures == 2);
        CHECK(here.retry_after <= 1h);
        CHECK(here.retry_after > 59min);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store return: what was counted of a closed host here is let go", "",
                   EACH_TRIP_RULE) {
    redis_server server;
    cut_off_user user{server};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> cut{context, server.url(), user.config(), at_the_second<TestType>(1h)};
        co_await cut.check_available("h", true);
        for (int i = 0; i != 3; ++i) {
            co_await cut_off(user, cut);
            co_await cut.fail("h");
            co_await let_in(user, cut);
            co_await cut.check_state("h", breaker_state::closed);
        }
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store return: every process that comes back brings its bans, and the same one once",
                   "", EACH_RULE) {
    redis_server server;
    auto client = server.client();
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto const rule = at_the_second<TestType>(1h);
        service<TestType> a{context, server.url(), patient(), rule};
        service<TestType> b{context, server.url(), patient(), rule};
        co_await a.check_available("any", true);
        co_await b.check_available("any", true);
        server.kill_now();
        for (auto* s : {&a, &b}) {
            co_await check_eventually([&] { return s->breaker.store().connection().is_down(); });
            co_await s->fail("both", 2);
        }
        co_await a.fail("of a", 2);
        co_await b.fail("of b", 2);
        server.restart();
        co_await check_eventually([&] { return !a.is_failing() && !b.is_failing(); });
        for (auto* s : {&a, &b})
            for (auto const* host : {"both", "of a", "of b"}) {
                auto const seen = co_await s->breaker.snapshot(host);
                CHECK(seen.state == breaker_state::open);
                CHECK(seen.failures == 2);
                CHECK(seen.retry_after <= 1h);
            }
    };
    run(context, test());
}

TEST_CASE("redis_store return: more hosts than fit are not brought back, and do no harm") {
    redis_server server;
    cut_off_user user{server};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<failure_count> cut{
            context, server.url(), user.config(), at_the_second<failure_count>(1h), {.max_local_hosts = 8}};
        co_await cut.check_available("any", true);
        co_await cut_off(user, cut);
        for (int i = 0; i != 1000; ++i)
            co_await cut.fail("host " + std::to_string(i), 2);
        co_await let_in(user, cut);
        CHECK(keys_of(user.client).size() <= 8);
        co_await cut.check_available("host 500", true);
    };
    run(context, test());
}

TEST_CASE("redis_store return: the store recovers while calls keep failing, too") {
    redis_server server;
    cut_off_user user{server};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<failure_count> cut{context, server.url(), user.config(), at_the_second<failure_count>(1h)};
        co_await cut.check_available("any", true);
        co_await cut_off(user, cut);
        // As many as fit, so that each look at what has changed finds something.
        bool has_ended = false;
        int going = 0;
        auto const keep_failing = [&](std::string host) -> asio::awaitable<void> {
            ++going;
            while (cut.is_failing() && !has_ended) {
                co_await cut.fail(host);
                co_await asio::post(context, asio::use_awaitable);
            }
            --going;
        };
        for (int i = 0; i != 50; ++i)
            asio::co_spawn(context, keep_failing("host " + std::to_string(i)), asio::detached);
        co_await let_in(user, cut);
        has_ended = true;
        co_await check_eventually([&] { return going == 0; });
        for (int i = 0; i != 50; ++i)
            co_await cut.check_available("host " + std::to_string(i), false);
    };
    run(context, test());
}

TEST_CASE("redis_store return: a reply from before the outage lifts no ban that was made in it") {
    // The first look, on whichever connection it comes, is answered late, when it has long been given up; the second one
    // with it, just in time. Nothing else is answered, so that the store can't recover.
    std::atomic<int> looks = 0;
    hostile_server server{after_handshake([&](auto const& request) {
        if (std::ranges::count(request.arguments, "look") == 0)
            return silence();
        auto const number = looks++;
        return number == 0 ? held(raw(closed_answer)) : number == 1 ? raw(closed_answer) : silence();
    })};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto config = patient();
        config.command_timeout = 1500ms;
        service<consecutive_failures> s{context, server.url(), config,
                                        at_the_second<consecutive_failures>(1h)};
        std::optional<bool> first;
        std::optional<bool> second;
        auto const ask = [&](std::optional<bool>& is_available) -> asio::awaitable<void> {
            is_available = co_await s.breaker.is_host_available("h");
        };
        asio::co_spawn(context, ask(first), asio::detached);
        co_await check_eventually([&] { return looks == 1; });
        co_await sleep(1s);
        CHECK_FALSE(s.is_failing());
        asio::co_spawn(context, ask(second), asio::detached);
        co_await check_eventually([&] { return first.has_value(); });
        CHECK(s.is_failing());
        co_await s.fail("h", 2);
        co_await s.check_available("h", false);
        // By then a try to recover has taken the change along, so that the outage alone keeps the reply out.
        co_await sleep(200ms);
        REQUIRE_FALSE(second);
        server.let_go();
        co_await check_eventually([&] { return second.has_value(); });
        // Which says that the reply was heard: in this process the host is open.
        CHECK(second == true);
        CHECK(looks == 2);
        CHECK(s.is_failing());
        co_await s.check_available("h", false);
    };
    run(context, test());
}

// --- permits of the one side, reported to the other

TEMPLATE_TEST_CASE("redis_store return: a permit from Redis that is reported here counts as a plain call", "",
                   EACH_RULE) {
    redis_server server;
    cut_off_user user{server};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> cut{context, server.url(), user.config(), at_the_second<TestType>(1h)};
        auto first = co_await cut.breaker.acquire("h");
        auto second = co_await cut.breaker.acquire("h");
        auto third = co_await cut.breaker.acquire("h");
        REQUIRE((first && second && third));
        co_await cut_off(user, cut);
        bool is_open = co_await first.permit().report(verdict::failure);
        CHECK_FALSE(is_open);
        is_open = co_await second.permit().report(verdict::failure);
        CHECK(is_open);
        CHECK(cut.heard.changes("closed to open") == 1);
        co_await third.permit().report(verdict::success);
        co_await cut.check_available("h", false);
        co_await let_in(user, cut);
        co_await cut.check_available("h", false);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store return: a permit from here that is reported to Redis counts as a plain call",
                   "", EACH_RULE) {
    redis_server server;
    cut_off_user user{server};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto const rule = at_the_second<TestType>(1h);
        service<TestType> cut{context, server.url(), user.config(), rule};
        service<TestType> other{context, server.url(), patient(), rule};
        co_await cut.check_available("h", true);
        co_await cut_off(user, cut);
        auto first = co_await cut.breaker.acquire("h");
        auto second = co_await cut.breaker.acquire("h");
        auto third = co_await cut.breaker.acquire("h");
        auto fourth = co_await cut.breaker.acquire("h");
        REQUIRE((first && second && third && fourth));
        co_await let_in(user, cut);
        bool is_open = co_await first.permit().report(verdict::failure);
        CHECK_FALSE(is_open);
        co_await other.check_state("h", breaker_state::closed);
        is_open = co_await second.permit().report(verdict::failure);
        CHECK(is_open);
        co_await other.check_state("h", breaker_state::open);
        auto const before = co_await other.breaker.snapshot("h");
        co_await third.permit().report(verdict::success);
        co_await other.check_available("h", false);
        if (!std::is_same_v<TestType, failure_count>) { // which counts on
            co_await fourth.permit().report(verdict::failure);
            auto const after = co_await other.breaker.snapshot("h");
            CHECK(after.failures == before.failures);
            CHECK(after.opened_at);
        }
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store return: a probe of one side says nothing to the other", "", EACH_TRIP_RULE) {
    redis_server server;
    cut_off_user user{server};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto rule = at_the_second<TestType>(50ms);
        service<TestType> cut{context, server.url(), user.config(), rule};
        service<TestType> other{context, server.url(), patient(), rule};
        co_await cut.fail("h", 2);
        co_await cut.check_becomes_available("h");
        auto probe_of_redis = co_await cut.breaker.acquire("h");
        REQUIRE(probe_of_redis);
        CHECK(probe_of_redis.permit().is_probe());
        co_await cut_off(user, cut);
        co_await cut.check_state("h", breaker_state::half_open);
        co_await probe_of_redis.permit().report(verdict::success);
        co_await cut.check_state("h", breaker_state::half_open);

        auto probe_of_here = co_await cut.breaker.acquire("h");
        REQUIRE(probe_of_here);
        CHECK(probe_of_here.permit().is_probe());
        co_await cut.check_available("h", false);
        co_await let_in(user, cut);
        co_await other.check_available("h", false); // the lost probe's lease
        co_await probe_of_here.permit().report(verdict::success);
        co_await other.check_state("h", breaker_state::half_open);
        co_await other.check_available("h", false);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store return: a probe from here that is dropped frees its place here", "",
                   EACH_TRIP_RULE) {
    redis_server server;
    cut_off_user user{server};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> cut{context, server.url(), user.config(), at_the_second<TestType>(50ms)};
        co_await cut.fail("h", 2);
        co_await cut_off(user, cut);
        co_await cut.check_becomes_available("h");
        for (int i = 0; i != 3; ++i) {
            auto probe = co_await cut.breaker.acquire("h");
            REQUIRE(probe);
            CHECK(probe.permit().is_probe());
            co_await cut.check_available("h", false);
        }
        co_await cut.check_call("h", verdict::success);
        co_await cut.check_state("h", breaker_state::closed);
    };
    run(context, test());
}

TEST_CASE(
    "redis_store return: permits that were given while all hosts were assumed available count nowhere") {
    redis_server server;
    cut_off_user user{server};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<failure_count> cut{context,
                                   server.url(),
                                   user.config(),
                                   at_the_second<failure_count>(1h),
                                   {.when_store_fails = when_store_fails::assume_available}};
        co_await cut.check_available("h", true);
        co_await cut_off(user, cut);
        auto given = co_await cut.breaker.acquire("h");
        REQUIRE(given);
        co_await let_in(user, cut);
        co_await given.permit().report(verdict::failure);
        auto const seen = co_await cut.breaker.snapshot("h");
        CHECK(seen.failures == 0);
    };
    run(context, test());
}

} // namespace redis_store_return_test
