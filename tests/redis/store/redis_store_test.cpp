// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/store.hpp>

#include <breakerbox/base/error.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/store/memory_store.hpp>

#include "redis/support/blocking_client.hpp"
#include "redis/support/connection_calls.hpp"
#include "redis/support/hostile_server.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/store_calls.hpp"
#include "support/each_rule.hpp"
#include "support/failing_operation.hpp"
#include "support/printed.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace redis_store_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;

namespace {

/// A status without what depends on when exactly it was asked for. The key of failure_count doesn't tell when the host
/// opened.
host_status timeless(host_status status) {
    if (status.condition.what == trip_condition::kind::more_failures_than)
        status.opened_at.reset();
    if (status.opened_at)
        status.opened_at = 0us;
    if (status.retry_after > 0s && status.retry_after != duration::max())
        status.retry_after = 1s;
    return status;
}

/// Runs on several threads until all that was spawned has ended. Throws where that takes more than forty seconds.
void run_on_threads(asio::io_context& context, int count) {
    std::vector<std::jthread> threads;
    for (int i = 0; i != count; ++i)
        threads.emplace_back([&] { context.run_for(40s); });
}

} // namespace

TEMPLATE_TEST_CASE("redis_store: a breaker over it reads and prints as one over a memory_store", "",
                   EACH_RULE) {
    redis_server server;
    asio::io_context context;
    auto const rule = at_the_second<TestType>();
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> shared{context, server.url(), rule};
        circuit_breaker<memory_store<TestType>> own{memory_store<TestType>{rule}};
        std::string const host = "example.com";
        auto const check = [&]() -> asio::awaitable<void> {
            auto const there = co_await shared.breaker.snapshot(host);
            auto const here = co_await own.snapshot(host);
            CHECK(timeless(there) == timeless(here));
            snapshot const there_timeless{timeless(there), there.host};
            snapshot const here_timeless{timeless(here), here.host};
            CHECK(printed(there_timeless) == printed(here_timeless));
            bool const is_there = co_await shared.breaker.is_host_available(host);
            bool const is_here = co_await own.is_host_available(host);
            CHECK(is_there == is_here);
        };
        co_await check();
        for (auto const v : {verdict::failure, verdict::success, verdict::neutral, verdict::failure,
                             verdict::failure, verdict::success, verdict::failure}) {
            auto there = co_await shared.breaker.acquire(host);
            auto here = co_await own.acquire(host);
            REQUIRE(static_cast<bool>(there) == static_cast<bool>(here));
            if (there) {
                bool const is_open_there = co_await there.permit().report(v);
                bool const is_open_here = co_await here.permit().report(v);
                CHECK(is_open_there == is_open_here);
            } else {
                CHECK(timeless(there.why()) == timeless(here.why()));
            }
            co_await check();
            auto const counted_there = co_await shared.breaker.increment_failures_count(host);
            auto const counted_here = co_await own.increment_failures_count(host);
            CHECK(counted_there == counted_here);
            co_await check();
        }
        co_await shared.breaker.force_open(host, 1h);
        co_await own.force_open(host, 1h);
        co_await check();
        co_await shared.breaker.force_open(host);
        co_await own.force_open(host);
        co_await check();
        co_await shared.breaker.reset(host);
        co_await own.reset(host);
        co_await check();
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store: times are those of the rule, on this process's clock", "", EACH_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> s{context, server.url(), at_the_second<TestType>(20s)};
        auto const begin = std::chrono::steady_clock::now().time_since_epoch();
        co_await s.fail("a", 2);
        auto const seen = co_await s.breaker.snapshot("a");
        auto const end = std::chrono::steady_clock::now().time_since_epoch();
        CHECK(seen.retry_after <= 20s);
        CHECK(seen.retry_after >= 20s - (end - begin) - 1ms);
        if (!std::is_same_v<TestType, failure_count>) { // whose key doesn't tell
            REQUIRE(seen.opened_at);
            CHECK(*seen.opened_at >= begin - 1ms);
            CHECK(*seen.opened_at <= end + 1ms);
        }
    };
    run(context, test());
}

TEMPLATE_TEST_CASE(
    "redis_store: processes share what they count, and each change is told by the one that made it", "",
    EACH_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto const rule = at_the_second<TestType>();
        service<TestType> a{context, server.url(), rule};
        service<TestType> b{context, server.url(), rule};
        co_await a.fail("h");
        co_await a.check_state("h", breaker_state::closed);
        co_await b.fail("h");
        co_await a.check_state("h", breaker_state::open);
        co_await b.check_state("h", breaker_state::open);
        CHECK(a.heard.all().empty());
        CHECK(b.heard.changes("closed to open") == 1);

        auto const refused = co_await a.breaker.acquire("h");
        CHECK_FALSE(refused);
        CHECK(a.heard.count(heard_breaker::kind::call_rejected) == 1);

        co_await a.breaker.reset("h");
        co_await b.check_call("h", verdict::success);
        CHECK(a.heard.changes("open to closed") == 1);
        CHECK(b.heard.all().size() == 1);

        co_await b.breaker.force_open("h", 1h);
        auto const seen = co_await a.breaker.snapshot("h");
        CHECK(seen.state == breaker_state::open);
        CHECK(seen.retry_after > 59min);
        CHECK(a.heard.changes("closed to open") + b.heard.changes("closed to open") == 2);
        co_await a.breaker.force_open("h", 2h); // no change of state
        CHECK(a.heard.changes("closed to open") + b.heard.changes("closed to open") == 2);
        co_await b.breaker.reset("h");
        co_await b.breaker.reset("h");
        co_await a.check_available("h", true);
        CHECK(a.heard.changes("open to closed") + b.heard.changes("open to closed") == 2);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store: one process trips a host, another one's probe closes it", "",
                   EACH_TRIP_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto const rule = at_the_second<TestType>(50ms);
        service<TestType> a{context, server.url(), rule};
        service<TestType> b{context, server.url(), rule};
        co_await a.fail("h", 2);
        co_await b.check_becomes_available("h");
        auto probe = co_await b.breaker.acquire("h");
        REQUIRE(probe);
        CHECK(probe.permit().is_probe());
        auto const refused = co_await a.breaker.acquire("h");
        REQUIRE_FALSE(refused);
        CHECK(refused.why().state == breaker_state::half_open);
        CHECK(refused.why().probes.out == 1);
        co_await probe.permit().report(verdict::success);
        co_await a.check_state("h", breaker_state::closed);
        CHECK(a.heard.changes("closed to open") == 1);
        CHECK(a.heard.count(heard_breaker::kind::state_changed) == 1);
        CHECK(b.heard.changes("open to half-open") == 1);
        CHECK(b.heard.changes("half-open to closed") == 1);
        CHECK(b.heard.count(heard_breaker::kind::state_changed) == 2);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store: permits from before a change of state are worth nothing in any process", "",
                   EACH_TRIP_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto const rule = at_the_second<TestType>(50ms);
        service<TestType> a{context, server.url(), rule};
        service<TestType> b{context, server.url(), rule};
        auto late_success = co_await a.breaker.acquire("h");
        auto late_failure = co_await a.breaker.acquire("h");
        REQUIRE(late_success);
        REQUIRE(late_failure);
        co_await b.fail("h", 2);
        co_await b.check_becomes_available("h");
        auto probe = co_await b.breaker.acquire("h");
        REQUIRE(probe);
        co_await late_success.permit().report(verdict::success);
        co_await a.check_state("h", breaker_state::half_open);
        co_await probe.permit().report(verdict::success);
        co_await late_failure.permit().report(verdict::failure);
        auto const seen = co_await a.breaker.snapshot("h");
        CHECK(seen.state == breaker_state::closed);
        CHECK(seen.failures == 0);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store: no more probes are out than the rule allows, over processes and threads", "",
                   EACH_TRIP_RULE) {
    redis_server server;
    asio::io_context context;
    auto rule = at_the_second<TestType>(50ms);
    rule.recovery.probes = 3;
    rule.recovery.successes_to_close = 3;
    service<TestType> a{context, server.url(), rule};
    service<TestType> b{context, server.url(), rule};
    std::atomic<int> given = 0;
    std::atomic<int> refused = 0;
    std::atomic<int> closed = 0;
    std::atomic<bool> may_report = false;
    auto const probe = [&](service<TestType>& s) -> asio::awaitable<void> {
        auto admission = co_await s.breaker.acquire("h");
        if (!admission) {
            ++refused;
            co_return;
        }
        CHECK(admission.permit().is_probe());
        ++given;
        while (!may_report)
            co_await sleep(1ms);
        co_await admission.permit().report(verdict::success);
        ++closed;
    };
    auto const test = [&]() -> asio::awaitable<void> {
        co_await a.fail("h", 2);
        co_await a.check_becomes_available("h");
        for (int i = 0; i != 100; ++i) {
            asio::co_spawn(context, probe(a), asio::detached);
            asio::co_spawn(context, probe(b), asio::detached);
        }
        co_await check_eventually([&] { return given + refused == 200; });
        CHECK(given == 3);
        may_report = true;
        co_await check_eventually([&] { return closed == 3; });
        co_await b.check_state("h", breaker_state::closed);
        CHECK(a.heard.changes("open to half-open") + b.heard.changes("open to half-open") == 1);
        CHECK(a.heard.changes("half-open to closed") + b.heard.changes("half-open to closed") == 1);
        context.stop();
    };
    asio::co_spawn(context, test(), [](std::exception_ptr thrown) { CHECK_FALSE(thrown); });
    run_on_threads(context, 4);
    CHECK(closed == 3);
}

TEMPLATE_TEST_CASE("redis_store: failures of many coroutines on many threads count each, and trip once", "",
                   EACH_RULE) {
    redis_server server;
    asio::io_context context;
    auto rule = at_the_second<TestType>();
    if constexpr (std::is_same_v<TestType, failure_count>)
        rule.max_failures = 499;
    else if constexpr (std::is_same_v<TestType, failure_rate>)
        rule.minimum_calls = 500, rule.window = 1000;
    else
        rule.threshold = 500;
    service<TestType> a{context, server.url(), rule};
    service<TestType> b{context, server.url(), rule};
    std::atomic<int> ended = 0;
    auto const fail = [&](service<TestType>& s) -> asio::awaitable<void> {
        co_await s.call("h", verdict::failure);
        ++ended;
    };
    auto const test = [&]() -> asio::awaitable<void> {
        for (int i = 0; i != 499; ++i)
            asio::co_spawn(context, fail(i % 2 == 0 ? a : b), asio::detached);
        co_await check_eventually([&] { return ended == 499; });
        auto const seen = co_await a.breaker.snapshot("h");
        CHECK(seen.failures == 499);
        CHECK(seen.state == breaker_state::closed);
        co_await a.fail("h");
        co_await b.check_state("h", breaker_state::open);
        CHECK(a.heard.all().size() == 1);
        CHECK(b.heard.all().empty());
        context.stop();
    };
    asio::co_spawn(context, test(), [](std::exception_ptr thrown) { CHECK_FALSE(thrown); });
    run_on_threads(context, 4);
    CHECK(ended == 499);
}

TEMPLATE_TEST_CASE("redis_store: a probe's permit that is dropped frees its place", "", EACH_TRIP_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto const rule = at_the_second<TestType>(50ms);
        service<TestType> a{context, server.url(), rule};
        service<TestType> b{context, server.url(), rule};
        co_await a.fail("h", 2);
        co_await a.check_becomes_available("h");
        {
            auto const dropped = co_await a.breaker.acquire("h");
            REQUIRE(dropped);
            co_await b.check_available("h", false);
        }
        co_await b.check_becomes_available("h");
        co_await b.check_state("h", breaker_state::half_open);
        auto next = co_await b.breaker.acquire("h");
        REQUIRE(next);
        CHECK(next.permit().is_probe());
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store: a probe's permit is not kept by a call that throws", "", EACH_TRIP_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> s{context, server.url(), at_the_second<TestType>(50ms)};
        co_await s.fail("h", 2);
        co_await s.check_becomes_available("h");
        auto const call = [&]() -> asio::awaitable<void> {
            auto const admission = co_await s.breaker.acquire("h");
            CHECK(admission);
            throw std::runtime_error("of the call");
        };
        for (int i = 0; i != 3; ++i) {
            try {
                co_await call();
            } catch (std::runtime_error const&) {
            }
        }
        // On the same connection the release comes before the next ask.
        co_await s.check_available("h", true);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE(
    "redis_store: a report that nobody waits for counts, and its change is told with the next call", "",
    EACH_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> s{context, server.url(), at_the_second<TestType>()};
        co_await s.fail("h");
        {
            auto admission = co_await s.breaker.acquire("h");
            REQUIRE(admission);
            admission.permit().post_report(verdict::failure);
        }
        co_await s.check_state("h", breaker_state::open);
        co_await s.check_state("h", breaker_state::open);
        CHECK(s.heard.changes("closed to open") == 1);
        CHECK(s.heard.all().size() == 1);
    };
    run(context, test());
}

TEST_CASE("redis_store: the healthy call of failure_count costs one round trip, and the others' two") {
    redis_server server;
    asio::io_context context;
    auto client = server.client();
    auto const commands_of = [&](auto rule, verdict v) {
        std::int64_t count = 0;
        auto const test = [&]() -> asio::awaitable<void> {
            service<decltype(rule)> s{context, server.url(), rule};
            co_await s.call("h", verdict::success);
            client("CONFIG", "RESETSTAT");
            co_await s.check_call("h", v);
            co_await s.check_available("h", true);
            count = calls_of(client, "evalsha");
            CHECK(calls_of(client, "eval") == 0);
        };
        run(context, test());
        return count - 1; // the last one, which comes after all others
    };
    CHECK(commands_of(failure_count{}, verdict::success) == 1);
    CHECK(commands_of(failure_count{}, verdict::neutral) == 1);
    CHECK(commands_of(failure_count{}, verdict::failure) == 2);
    CHECK(commands_of(consecutive_failures{}, verdict::success) == 2);
    CHECK(commands_of(consecutive_failures{}, verdict::neutral) == 1);
    CHECK(commands_of(failure_rate{}, verdict::success) == 2);
    CHECK(commands_of(failure_rate{}, verdict::neutral) == 1);
}

TEST_CASE("redis_store: hosts that failed leave no key once all is well, but such as expire") {
    redis_server server;
    asio::io_context context;
    auto client = server.client();
    auto const test = [&]() -> asio::awaitable<void> {
        service<failure_count> count{context, server.url(), failure_count{}};
        service<consecutive_failures> row{context, server.url(), consecutive_failures{}};
        for (int i = 0; i != 5; ++i) {
            auto const host = "host " + std::to_string(i);
            co_await count.check_call(host, verdict::success);
            co_await row.check_call(host, verdict::success);
        }
        CHECK(keys_of(client).empty());
        co_await row.fail("host 1");
        co_await row.check_call("host 1", verdict::success);
        CHECK(endless_keys_of(client).empty());
        co_await count.fail("host 1");
        co_await count.breaker.reset("host 1");
        client("DEL", "breakerbox:w:{.host 1}");
        CHECK(keys_of(client).empty());
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store: every key expires, after each step", "", EACH_RULE) {
    redis_server server;
    asio::io_context context;
    auto client = server.client();
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> s{context, server.url(), at_the_second<TestType>(20ms)};
        auto const check = [&](char const* step) {
            CAPTURE(step);
            CHECK(endless_keys_of(client).empty());
        };
        for (int i = 0; i != 3; ++i) {
            co_await s.call("h", verdict::success);
            check("success");
            co_await s.call("h", verdict::failure);
            check("failure");
            co_await s.fail("h");
            check("record");
            co_await s.breaker.snapshot("h");
            check("look");
            co_await s.check_becomes_available("h");
            auto admission = co_await s.breaker.acquire("h");
            check("probe");
            co_await admission.permit().report(i == 0 ? verdict::failure : verdict::success);
            check("probe's report");
            co_await s.breaker.force_open("h", i == 1 ? std::nullopt : std::optional{1us * (i + 1)});
            check("force_open");
            co_await s.breaker.reset("h");
            check("reset");
        }
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store: a host may be any bytes, and is told apart from every other", "",
                   EACH_RULE) {
    redis_server server;
    asio::io_context context;
    std::vector<std::string> const hosts{std::string("a\0b", 3),
                                         std::string("\0", 1),
                                         "a",
                                         "{}",
                                         "}",
                                         "{a}",
                                         " ",
                                         "a b\r\n$-1\r\n",
                                         "*",
                                         "\xff\xfe\x80",
                                         "%s%n",
                                         "host-\xc3\xa9",
                                         std::string(1024, 'x'),
                                         std::string(1023, 'x') + '\n',
                                         "-1",
                                         "breakerbox-trial"};
    auto const test = [&]() -> asio::awaitable<void> {
        auto const rule = at_the_second<TestType>();
        service<TestType> a{context, server.url(), rule};
        service<TestType> b{context, server.url(), rule};
        for (std::size_t i = 0; i != hosts.size(); ++i) {
            co_await a.fail(hosts[i], 2);
            auto const seen = co_await b.breaker.snapshot(hosts[i]);
            CHECK(seen.host == hosts[i]);
            for (std::size_t k = 0; k != hosts.size(); ++k)
                co_await b.check_available(hosts[k], k > i);
        }
        for (auto const& host : hosts)
            co_await b.breaker.reset(host);
        for (auto const& host : hosts)
            co_await a.check_available(host, true);
    };
    run(context, test());
}

TEST_CASE("redis_store: refuses an empty host, and options that can't be right") {
    redis_server server;
    asio::io_context context;
    redis_connection const connection{context, server.url()};
    CHECK_THROWS_AS((redis_store{failure_count{}, connection, {.max_local_hosts = 0}}),
                    std::invalid_argument);
    CHECK_THROWS_AS((redis_store{failure_count{.reset_timeout = 0s}, connection}), std::invalid_argument);
    auto const test = [&]() -> asio::awaitable<void> {
        service<failure_count> s{context, server.url(), failure_count{}};
        int refused = 0;
        try {
            (void)co_await s.breaker.acquire("");
        } catch (std::invalid_argument const&) {
            ++refused;
        }
        try {
            co_await s.breaker.force_open("h", 0s);
        } catch (std::invalid_argument const&) {
            ++refused;
        }
        CHECK(refused == 2);
    };
    run(context, test());
}

TEST_CASE("redis_store: under failure_count it shares its counts with the Python library, both ways") {
    redis_server server;
    asio::io_context context;
    auto python = server.client();
    auto const test = [&]() -> asio::awaitable<void> {
        service<failure_count> s{context, server.url(), {.max_failures = 2, .reset_timeout = 20s}};
        std::string const key = "circuit-breaker-h";

        // As circuit_breaker_redis.py does: INCR, then EXPIRE, and GET.
        for (int i = 0; i != 3; ++i) {
            co_await s.check_available("h", true);
            python.integer("INCR", key);
            python.integer("EXPIRE", key, "20");
        }
        auto const seen = co_await s.breaker.snapshot("h");
        CHECK(seen.state == breaker_state::open);
        CHECK(seen.failures == 3);
        CHECK(seen.retry_after > 15s);
        CHECK(seen.retry_after <= 20s);
        auto const refused = co_await s.breaker.acquire("h");
        CHECK_FALSE(refused);

        auto const count = co_await s.breaker.increment_failures_count("h");
        CHECK(count == 4);
        CHECK(python.text("GET", key) == "4");
        CHECK(python.integer("TTL", key) > 15);
        CHECK(python.integer("INCR", key) == 5);

        co_await s.breaker.reset("h");
        CHECK(python.text("GET", key) == "0"); // until when it would have been open
        co_await s.breaker.increment_failures_count("h");
        CHECK(python.text("GET", key) == "1");
        CHECK(python.integer("TTL", key) > 15);
        co_await s.breaker.force_open("h");
        CHECK(python.text("GET", key) == "3");
        CHECK(python.integer("TTL", key) > 29 * 24 * 3600);
    };
    run(context, test());
}

TEST_CASE("redis_store: a count without an expiry, which Python may leave, gets one with the next call") {
    redis_server server;
    asio::io_context context;
    auto python = server.client();
    auto const test = [&]() -> asio::awaitable<void> {
        service<failure_count> s{context, server.url(), {.max_failures = 2, .reset_timeout = 20s}};
        for (auto const* const host : {"acquired", "refused", "failed"}) {
            auto const key = std::string{"circuit-breaker-"} + host;
            python("SET", key, host == std::string{"refused"} ? "7" : "1");
            if (host == std::string{"failed"})
                co_await s.fail(host);
            else
                (void)co_await s.breaker.acquire(host);
            CHECK(python.integer("PTTL", key) > 15'000);
            CHECK(python.integer("PTTL", key) <= 20'000);
        }
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store: after SCRIPT FLUSH the script's text goes along once, and no call notices",
                   "", EACH_RULE) {
    redis_server server;
    asio::io_context context;
    auto client = server.client();
    // The connection loads it; "script" is how Redis 6 counts that.
    auto const texts_sent = [&] {
        return calls_of(client, "script|load") + calls_of(client, "script") + calls_of(client, "eval");
    };
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> s{context, server.url(), at_the_second<TestType>()};
        co_await s.fail("h");
        client("SCRIPT", "FLUSH");
        client("CONFIG", "RESETSTAT");
        co_await s.fail("h");
        co_await s.check_state("h", breaker_state::open);
        CHECK(texts_sent() == 1);
        CHECK(calls_of(client, "eval") == 0);
        CHECK(calls_of(client, "evalsha") == 3); // the failure twice, and the look
        CHECK(s.heard.changes("closed to open") == 1);
        CHECK(s.heard.all().size() == 1);

        // Many at once, of which none can know.
        client("SCRIPT", "FLUSH");
        client("CONFIG", "RESETSTAT");
        int ended = 0;
        auto const ask = [&]() -> asio::awaitable<void> {
            co_await s.check_available("h", false);
            ++ended;
        };
        for (int i = 0; i != 50; ++i)
            asio::co_spawn(context, ask(), asio::detached);
        co_await check_eventually([&] { return ended == 50; });
        CHECK(texts_sent() == 1);
        CHECK(calls_of(client, "eval") == 0);
        CHECK(s.heard.all().size() == 1);
    };
    run(context, test());
}

TEST_CASE(
    "redis_store: a server that never knows the script is one that fails, and is asked without a loop") {
    hostile_server server{after_handshake([](auto&) { return error("NOSCRIPT No matching script."); })};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<failure_count> s{context, server.url(), at_the_second<failure_count>()};
        co_await s.check_call("h", verdict::failure);
        CHECK(s.is_failing());
        REQUIRE(s.heard.all().size() == 1);
        CHECK(s.heard.all()[0].error == redis_errc::no_script);
        co_await sleep(550ms);
        // One ask and some tries to recover, of two commands each.
        CHECK(server.requests().size() <= 40);
        CHECK(s.is_failing());
        CHECK(s.heard.all().size() == 1);
    };
    run(context, test());
}

TEST_CASE("redis_store: failure texts are kept and shown") {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        redis_connection connection{context, server.url(), patient()};
        circuit_breaker b{redis_store{at_the_second<consecutive_failures>(), connection},
                          {.failure_texts = 4}};
        co_await b.increment_failures_count("h", "first");
        auto admission = co_await b.acquire("h");
        REQUIRE(admission);
        co_await admission.permit().report(verdict::failure, "second");
        auto const refused = co_await b.acquire("h");
        REQUIRE_FALSE(refused);
        CHECK(refused.why().last_failure == "second");
        co_await b.reset("h");
        auto const seen = co_await b.snapshot("h");
        CHECK(seen.last_failure.empty());
    };
    run(context, test());
}

TEST_CASE("redis_store: slow calls are timed from the permit to the report") {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        failure_rate const rule{
            .minimum_calls = 1, .window = 10, .slow_call = {.longer_than = 50ms, .threshold = 1}};
        service<failure_rate> s{context, server.url(), rule};
        auto admission = co_await s.breaker.acquire("h");
        REQUIRE(admission);
        co_await sleep(60ms);
        co_await admission.permit().report(verdict::success);
        auto const seen = co_await s.breaker.snapshot("h");
        CHECK(seen.state == breaker_state::open);
        CHECK(seen.cause == trip_cause::slow_calls);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store: a retrier ends when the host is open, wherever it was tripped", "",
                   EACH_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto const rule = at_the_second<TestType>();
        service<TestType> a{context, server.url(), rule};
        service<TestType> b{context, server.url(), rule};
        retrier const calls_of_a{stop_after_attempt{5}, retry_if_exception<>{}, wait_none{}, a.breaker};
        retrier const calls_of_b{stop_after_attempt{5}, retry_if_exception<>{}, wait_none{}, b.breaker};
        failing_operation one_failure{.failures = 1};
        {
            int const returned = co_await calls_of_a.retry("good", std::ref(one_failure));
            CHECK(returned == 7);
        }

        failing_operation down{.failures = 100};
        std::optional<rejection> why;
        try {
            co_await calls_of_a.retry("h", std::ref(down));
        } catch (host_unavailable const& e) {
            why = e.why();
        }
        REQUIRE(why);
        CHECK(why->state == breaker_state::open);
        CHECK(why->failures == 2);
        CHECK(down.calls == 2);

        failing_operation uncalled;
        bool is_refused = false;
        try {
            co_await calls_of_b.retry("h", std::ref(uncalled));
        } catch (host_unavailable const&) {
            is_refused = true;
        }
        CHECK(is_refused);
        CHECK(uncalled.calls == 0);
        co_await b.breaker.reset("h");
        {
            int const returned = co_await calls_of_b.retry("h", std::ref(uncalled));
            CHECK(returned == 7);
        }
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_store: a retrier's call that is cancelled in its operation frees its probe's place",
                   "", EACH_TRIP_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> s{context, server.url(), at_the_second<TestType>(50ms)};
        retrier const calls{stop_after_attempt{5}, retry_if_exception<>{}, wait_none{}, s.breaker};
        co_await s.fail("h", 2);
        co_await s.check_becomes_available("h");
        bool is_called = false;
        bool has_ended = false;
        auto const operation = [&]() -> asio::awaitable<void> {
            is_called = true;
            co_await sleep(1h);
        };
        asio::cancellation_signal cancel;
        asio::co_spawn(context, calls.retry("h", std::ref(operation)),
                       asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr thrown) {
                           CHECK(thrown);
                           has_ended = true;
                       }));
        co_await check_eventually([&] { return is_called; });
        co_await s.check_available("h", false);
        cancel.emit(asio::cancellation_type::terminal);
        co_await check_eventually([&] { return has_ended; });
        co_await s.check_becomes_available("h");
    };
    run(context, test());
}

} // namespace redis_store_test
