// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/store.hpp>

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include "redis/support/blocking_client.hpp"
#include "redis/support/connection_calls.hpp"
#include "redis/support/free_port.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/store_calls.hpp"
#include "support/each_rule.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace redis_store_lifetime_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;
using kind = heard_breaker::kind;

// They own nothing, so that they may stand in a co_await expression under any compiler.
static_assert(std::is_aggregate_v<redis_store_options> &&
              std::is_trivially_destructible_v<redis_store_options>);

namespace {

/// Runs a context until it has nothing to do. Whether it came to that within twenty seconds.
bool runs_dry(asio::io_context& context) {
    context.restart();
    context.run_for(20s);
    return context.stopped();
}

} // namespace

TEMPLATE_TEST_CASE(
    "redis_store lifetime: a thousand calls cancelled in flight leave no probe out and no trouble", "",
    EACH_TRIP_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto rule = at_the_second<TestType>(50ms);
        rule.recovery.probes = 50;
        service<TestType> s{context, server.url(), patient(), rule};
        co_await s.fail("h", 2);
        co_await s.check_becomes_available("h");
        std::vector<asio::cancellation_signal> signals(1000);
        int cancelled = 0;
        int given = 0;
        auto const call = [&]() -> asio::awaitable<void> {
            auto admission = co_await s.breaker.acquire("h");
            if (admission)
                ++given;
        };
        for (auto& signal : signals)
            asio::co_spawn(context, call(),
                           asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown) {
                               cancelled += thrown ? 1 : 0;
                               given += thrown ? 0 : 1000'000;
                           }));
        // Some before they are sent, some when they are, some when they are answered.
        for (int i = 0; i != 1000; ++i) {
            signals[static_cast<std::size_t>(i)].emit(asio::cancellation_type::terminal);
            if (i % 100 == 99)
                co_await asio::post(context, asio::use_awaitable);
        }
        co_await check_eventually([&] { return cancelled + given / 1000'000 == 1000; });
        CHECK(cancelled > 0);
        // All places are free again, for the releases came before this ask.
        auto const seen = co_await s.breaker.snapshot("h");
        CHECK(seen.probes.out == 0);
        CHECK(s.heard.count(kind::store_failed) == 0);
        co_await s.check_call("h", verdict::success);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store lifetime: a retrier's calls cancelled at any moment leave no probe out", "",
                   EACH_TRIP_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto rule = at_the_second<TestType>(20ms);
        rule.recovery.successes_to_close = 100'000;
        service<TestType> s{context, server.url(), patient(), rule};
        retrier const calls{stop_after_attempt{5}, retry_if_exception<>{}, wait_none{}, s.breaker};
        co_await s.fail("h", 2);
        co_await s.check_becomes_available("h");
        auto const operation = [&]() -> asio::awaitable<void> {
            co_await asio::post(context, asio::use_awaitable);
        };
        int ended = 0;
        for (int i = 0; i != 200; ++i) {
            asio::cancellation_signal signal;
            bool has_ended = false;
            asio::co_spawn(context, calls.retry("h", std::ref(operation)),
                           asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr) {
                               has_ended = true;
                               ++ended;
                           }));
            for (int k = 0; k != i / 2; ++k)
                co_await asio::post(context, asio::use_awaitable);
            signal.emit(asio::cancellation_type::terminal);
            co_await check_eventually([&] { return has_ended; });
        }
        CHECK(ended == 200);
        co_await s.check_becomes_available("h");
        CHECK(s.heard.count(kind::store_failed) == 0);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE(
    "redis_store lifetime: a context that goes with calls pending leaks nothing, and calls nobody", "",
    EACH_RULE) {
    redis_server server;
    auto const is_frozen = GENERATE(false, true);
    auto context = std::make_unique<asio::io_context>();
    auto rule = at_the_second<TestType>(50ms);
    auto s = std::make_unique<service<TestType>>(*context, server.url(), patient(), rule);
    auto const kept = std::make_shared<int>(0);
    bool is_ready = false;
    auto const prepare = [&]() -> asio::awaitable<void> {
        co_await s->fail("h", 2);
        co_await s->check_becomes_available("h");
        is_ready = true;
    };
    asio::co_spawn(*context, prepare(), asio::detached);
    while (!is_ready && context->run_one_for(20s) != 0) {
    }
    CHECK(is_ready);
    if (is_frozen)
        server.freeze();
    retrier const calls{stop_after_attempt{5}, retry_if_exception<>{}, wait_none{}, s->breaker};
    auto const operation = [](std::shared_ptr<int>) -> asio::awaitable<void> { co_await sleep(1h); };
    auto const call = [&](std::shared_ptr<int> mine) -> asio::awaitable<void> {
        auto const admission = co_await s->breaker.acquire("h");
        co_await sleep(1h);
        ++*mine;
    };
    for (int i = 0; i != 100; ++i) {
        asio::co_spawn(*context, call(kept), asio::detached);
        asio::co_spawn(*context, calls.retry("other", operation, kept), asio::detached);
        asio::co_spawn(*context, s->breaker.increment_failures_count("third"), asio::detached);
    }
    context->run_for(50ms); // some wait for the reply, some for their permit's call
    CHECK(kept.use_count() > 1);
    SECTION("before the breaker") {
        context.reset();
        CHECK(kept.use_count() == 1);
        s.reset();
    }
    SECTION("after the breaker") {
        s.reset();
        context.reset();
    }
    CHECK(kept.use_count() == 1);
    CHECK(*kept == 0);
}

TEMPLATE_TEST_CASE("redis_store lifetime: a probe's permit may go after its breaker, and after its context",
                   "", EACH_TRIP_RULE) {
    redis_server server;
    auto context = std::make_unique<asio::io_context>();
    auto s =
        std::make_unique<service<TestType>>(*context, server.url(), patient(), at_the_second<TestType>(50ms));
    std::optional<typename service<TestType>::breaker_type::admission> admission;
    auto const test = [&]() -> asio::awaitable<void> {
        co_await s->fail("h", 2);
        co_await s->check_becomes_available("h");
        admission.emplace(co_await s->breaker.acquire("h"));
        CHECK(admission->permit().is_probe());
    };
    run(*context, test());
    SECTION("dropped after its context, before its breaker") {
        context.reset();
        admission.reset();
        s.reset();
    }
    SECTION("reported as a failure after its context, before its breaker") {
        context.reset();
        admission->permit().post_report(verdict::failure);
        s.reset();
    }
    SECTION("reported as a failure by a coroutine that its context destroys") {
        struct pessimist {
            std::optional<typename service<TestType>::breaker_type::admission> held;
            ~pessimist() { held->permit().post_report(verdict::failure); }
        };
        auto const wait = [](std::unique_ptr<pessimist>) -> asio::awaitable<void> { co_await sleep(1h); };
        auto held = std::make_unique<pessimist>();
        held->held = std::move(admission);
        asio::co_spawn(*context, wait(std::move(held)), asio::detached);
        context->restart();
        context->run_for(10ms);
        context.reset();
        s.reset();
    }
    SECTION("reported as a failure after its context, which ended when Redis was away") {
        server.kill_now();
        auto const notice = [&]() -> asio::awaitable<void> {
            co_await check_eventually([&] { return s->breaker.store().connection().is_down(); });
        };
        run(*context, notice());
        CHECK_FALSE(s->is_failing());
        context.reset();
        admission->permit().post_report(verdict::failure);
        s.reset();
    }
    SECTION("dropped after its breaker, before its context") {
        s.reset();
        admission.reset();
    }
    SECTION("dropped after both") {
        s.reset();
        context.reset();
        admission.reset();
    }
    SECTION("dropped when its context no longer runs") {
        admission.reset();
        s.reset();
    }
}

TEST_CASE("redis_store lifetime: a store that goes while it fails lets the context end") {
    asio::io_context context;
    refusing_port const nobody;
    auto s = std::make_unique<service<failure_count>>(context, nobody.url(), hasty(),
                                                      at_the_second<failure_count>());
    auto const test = [&]() -> asio::awaitable<void> {
        co_await s->fail("h");
        CHECK(s->is_failing());
    };
    run(context, test());
    s.reset();
    CHECK(runs_dry(context));
}

TEST_CASE("redis_store lifetime: a store that goes while it meets a hanging server lets the context end") {
    redis_server server;
    asio::io_context context;
    auto s = std::make_unique<service<failure_count>>(context, server.url(), hasty(),
                                                      at_the_second<failure_count>());
    auto const test = [&]() -> asio::awaitable<void> {
        co_await s->check_available("h", true);
        server.freeze();
        co_await s->fail("h");
        CHECK(s->is_failing());
        co_await sleep(200ms);
    };
    run(context, test());
    s.reset();
    CHECK(runs_dry(context));
}

TEST_CASE(
    "redis_store lifetime: a connection that its owner closes fails for good, and lets the context end") {
    redis_server server;
    asio::io_context context;
    service<failure_count> s{context, server.url(), patient(), at_the_second<failure_count>(1h)};
    auto const test = [&]() -> asio::awaitable<void> {
        co_await s.fail("h");
        auto connection = s.breaker.store().connection();
        connection.close();
        co_await s.fail("h");
        co_await s.check_available("h", false); // as it was told for failures
        auto const failed = s.heard.all(kind::store_failed);
        REQUIRE(failed.size() == 1);
        // Of a command that was on its way, nobody knows.
        CHECK((failed[0].error == redis_errc::closed || failed[0].error == redis_errc::connection_lost));
    };
    run(context, test());
    CHECK(runs_dry(context));
    CHECK(s.is_failing());
}

TEMPLATE_TEST_CASE("redis_store lifetime: outages under load on many threads end well", "", EACH_RULE) {
    redis_server server;
    auto client = server.client();
    asio::io_context context;
    auto const rule = at_the_second<TestType>(20ms);
    service<TestType> a{context, server.url(), patient(), rule};
    service<TestType> b{context, server.url(), patient(), rule};
    std::atomic<bool> is_over = false;
    std::atomic<int> going = 0;
    auto const keep_calling = [&](service<TestType>& s, int i) -> asio::awaitable<void> {
        ++going;
        for (int k = 0; !is_over; ++k) {
            auto const host = "host " + std::to_string(k % 5);
            auto admission = co_await s.breaker.acquire(host);
            if (admission && k % 7 != 0)
                co_await admission.permit().report((i + k) % 3 == 0 ? verdict::failure : verdict::success);
        }
        --going;
    };
    auto const test = [&]() -> asio::awaitable<void> {
        for (int i = 0; i != 20; ++i)
            asio::co_spawn(context, keep_calling(i % 2 == 0 ? a : b, i), asio::detached);
        for (int i = 0; i != 4; ++i) {
            co_await sleep(100ms);
            client("CLIENT", "KILL", "TYPE", "normal");
            co_await sleep(100ms);
            client("SCRIPT", "FLUSH");
        }
        is_over = true;
        co_await check_eventually([&] { return going == 0; });
        co_await check_eventually([&] { return !a.is_failing() && !b.is_failing(); });
        co_await a.breaker.is_host_available("h");
        co_await b.breaker.is_host_available("h");
        for (auto* s : {&a, &b})
            CHECK(s->heard.count(kind::store_failed) == s->heard.count(kind::store_recovered));
        CHECK(endless_keys_of(client).empty());
        context.stop();
    };
    asio::co_spawn(context, test(), [](std::exception_ptr thrown) { CHECK_FALSE(thrown); });
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i != 4; ++i)
            threads.emplace_back([&] { context.run_for(40s); });
    }
    CHECK(going == 0);
}

} // namespace redis_store_lifetime_test
