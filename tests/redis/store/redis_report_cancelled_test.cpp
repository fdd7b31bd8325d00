// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/store.hpp>

#include "redis/support/connection_calls.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/store_calls.hpp"
#include "support/each_rule.hpp"

#include <catch2/catch_message.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace redis_report_cancelled_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;

namespace {

boost::system::error_code code_of(std::exception_ptr const& thrown) {
    try {
        if (thrown)
            std::rethrow_exception(thrown);
        return {};
    } catch (boost::system::system_error const& e) {
        return e.code();
    }
}

/// While it lives, the server reads nothing, and the connection writes what no kernel takes as a whole.
class busy_writing {
public:
    busy_writing(redis_server& server, asio::io_context& context, redis_connection const& connection)
        : server_(server) {
        server_.freeze();
        auto const write = [](redis_connection to, bool& has_ended) -> asio::awaitable<void> {
            auto set = command("SET", "of another", std::string(15'000'000, 'x'));
            co_await ask(std::move(to), std::move(set));
            has_ended = true;
        };
        asio::co_spawn(context, write(connection, has_ended_), asio::detached);
    }
    busy_writing(busy_writing const&) = delete;
    busy_writing& operator=(busy_writing const&) = delete;

    asio::awaitable<void> end() {
        CHECK_FALSE(has_ended_);
        server_.thaw();
        co_await check_eventually([&] { return has_ended_; });
    }

private:
    redis_server& server_;
    bool has_ended_ = false;
};

/// Begins a step, cancels it once it waits to be written, and checks that it ends so while the server holds still.
asio::awaitable<void> check_cancelled(asio::io_context& context, asio::awaitable<void> step) {
    asio::cancellation_signal signal;
    bool has_ended = false;
    std::exception_ptr thrown;
    asio::co_spawn(context, std::move(step),
                   asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) {
                       thrown = std::move(e);
                       has_ended = true;
                   }));
    co_await sleep(50ms);
    CHECK_FALSE(has_ended);
    signal.emit(asio::cancellation_type::terminal);
    co_await check_eventually([&] { return has_ended; });
    CHECK(code_of(thrown) == asio::error::operation_aborted);
}

/// Stops the server, and waits until a service knows.
template <class Rule>
asio::awaitable<void> stop(redis_server& server, service<Rule>& s) {
    server.kill_now();
    co_await check_eventually([&] { return s.breaker.store().connection().is_down(); });
    co_await s.breaker.is_host_available("any");
    CHECK(s.is_failing());
}

} // namespace

TEMPLATE_TEST_CASE("redis_report: cancelled before it was written, a failure counts in Redis all the same",
                   "", EACH_RULE) {
    bool const has_permit = GENERATE(true, false);
    CAPTURE(has_permit);
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> s{context, server.url(), at_the_second<TestType>(1h)};
        service<TestType> other{context, server.url(), at_the_second<TestType>(1h)};
        co_await s.fail("h");
        auto admission = co_await s.breaker.acquire("h");
        REQUIRE(admission);
        busy_writing busy{server, context, s.breaker.store().connection()};
        auto const step = [&]() -> asio::awaitable<void> {
            if (has_permit)
                co_await admission.permit().report(verdict::failure);
            else
                co_await s.breaker.increment_failures_count("h");
        };
        co_await check_cancelled(context, step());
        co_await busy.end();
        co_await s.check_state("h", breaker_state::open);
        co_await other.check_state("h", breaker_state::open);
        CHECK(s.heard.count(heard_breaker::kind::store_failed) == 0);
        auto const seen = co_await other.breaker.snapshot("h");
        CHECK(seen.failures == 2);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_report: cancelled before it was written, a probe's frees its place in Redis", "",
                   EACH_TRIP_RULE) {
    auto const v = GENERATE(verdict::success, verdict::failure, verdict::neutral);
    CAPTURE(to_string(v));
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto rule = at_the_second<TestType>(50ms);
        rule.recovery.growth = 1e6; // a failed probe is seen by the open time that follows
        service<TestType> s{context, server.url(), rule};
        service<TestType> other{context, server.url(), rule};
        co_await s.fail("h", 2);
        co_await s.check_becomes_available("h");
        auto admission = co_await s.breaker.acquire("h");
        REQUIRE(admission);
        REQUIRE(admission.permit().is_probe());
        co_await other.check_available("h", false);
        busy_writing busy{server, context, s.breaker.store().connection()};
        auto const step = [&]() -> asio::awaitable<void> { co_await admission.permit().report(v); };
        co_await check_cancelled(context, step());
        co_await busy.end();
        auto const seen = co_await other.breaker.snapshot("h");
        CHECK(seen.probes.out == 0);
        CHECK(seen.state == (v == verdict::success   ? breaker_state::closed
                             : v == verdict::failure ? breaker_state::open
                                                     : breaker_state::half_open));
        co_await other.check_available("h", v != verdict::failure);
        CHECK(s.heard.count(heard_breaker::kind::store_failed) == 0);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_report: posted while Redis is stopped, failures count in this process", "",
                   EACH_RULE) {
    bool const is_from_redis = GENERATE(true, false);
    CAPTURE(is_from_redis);
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> s{context, server.url(), at_the_second<TestType>(1h)};
        if (!is_from_redis)
            co_await stop(server, s);
        auto first = co_await s.breaker.acquire("h");
        auto second = co_await s.breaker.acquire("h");
        REQUIRE((first && second));
        if (is_from_redis)
            co_await stop(server, s);
        first.permit().post_report(verdict::failure);
        co_await s.check_state("h", breaker_state::closed);
        second.permit().post_report(verdict::failure);
        co_await s.check_state("h", breaker_state::open);
        CHECK(s.heard.changes("closed to open") == 1);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_report: posted, and unanswered where Redis stops, failures count in this process",
                   "", EACH_RULE) {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> s{context, server.url(), at_the_second<TestType>(1h)};
        auto first = co_await s.breaker.acquire("h");
        auto second = co_await s.breaker.acquire("h");
        REQUIRE((first && second));
        server.freeze();
        first.permit().post_report(verdict::failure);
        second.permit().post_report(verdict::failure);
        co_await stop(server, s);
        co_await s.check_state("h", breaker_state::open);
        co_await s.check_state("h", breaker_state::open);
        CHECK(s.heard.changes("closed to open") == 1);
    };
    run(context, test());
}

TEMPLATE_TEST_CASE("redis_report: posted or dropped while Redis is stopped, a probe's frees its place here",
                   "", EACH_TRIP_RULE) {
    auto const v = GENERATE(as<std::optional<verdict>>{}, verdict::success, verdict::failure,
                            verdict::neutral, std::nullopt);
    CAPTURE(v ? to_string(*v) : "dropped");
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        auto rule = at_the_second<TestType>(50ms);
        rule.recovery.growth = 1e6;
        service<TestType> s{context, server.url(), rule};
        co_await stop(server, s);
        co_await s.fail("h", 2);
        co_await s.check_becomes_available("h");
        {
            auto admission = co_await s.breaker.acquire("h");
            REQUIRE(admission);
            REQUIRE(admission.permit().is_probe());
            co_await s.check_available("h", false);
            if (v)
                admission.permit().post_report(*v);
        }
        auto const seen = co_await s.breaker.snapshot("h");
        CHECK(seen.probes.out == 0);
        CHECK(seen.state == (v == verdict::success   ? breaker_state::closed
                             : v == verdict::failure ? breaker_state::open
                                                     : breaker_state::half_open));
        co_await s.check_available("h", v != verdict::failure);
    };
    run(context, test());
}

} // namespace redis_report_cancelled_test
