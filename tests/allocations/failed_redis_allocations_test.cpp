// SPDX-License-Identifier: BSL-1.0
//
// Each allocation of a command and of a store's step fails once. What must hold then: who waits is told, or was by an
// exception; the connection goes on, and so does the store.
#include <breakerbox/redis.hpp>

#include "redis/support/redis_server.hpp"
#include "support/allocation_counts.hpp"

#include <breakerbox/circuit_breaker.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <exception>
#include <new>
#include <string>

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using boost::system::error_code;

namespace {

constexpr int most_allocations = 1000;

bb::redis_config const config{
    .connect_timeout = 300ms, .command_timeout = 2s, .reconnect_min = 1ms, .reconnect_max = 10ms};

/// Runs the context until `is_done`, whatever comes out of it, or for five seconds. Returns whether it was done.
template <class IsDone>
bool run_until(asio::io_context& context, IsDone is_done) {
    auto const end = std::chrono::steady_clock::now() + 5s;
    while (!is_done() && std::chrono::steady_clock::now() < end)
        try {
            context.restart();
            context.run_one_for(10ms);
        } catch (std::bad_alloc const&) {
        }
    return is_done();
}

bb::redis_command ping() {
    return bb::redis_command{"PING", std::string(200, 'p')};
}

/// Whether a command gets its reply.
bool answers(asio::io_context& context, bb::redis_connection connection) {
    bool has_ended = false;
    error_code ended_as;
    connection.async_execute(ping(), [&](error_code error, bb::redis_reply const&) {
        has_ended = true;
        ended_as = error;
    });
    return run_until(context, [&] { return has_ended; }) && !ended_as;
}

} // namespace

TEST_CASE("redis_connection: no failed allocation of a command leaves its caller waiting, or stops the "
          "connection") {
    support::redis_server server;
    bool has_failed = true;
    for (int n = 0; has_failed; ++n) {
        REQUIRE(n < most_allocations);
        INFO("allocation " << n << " fails");
        asio::io_context context;
        bb::redis_connection connection{context, server.url(), config};
        REQUIRE(run_until(context, [&] { return connection.is_ready(); }));
        int ends = 0;
        bool has_thrown = false;
        {
            support::failing_allocation const failing{n, true};
            try {
                connection.async_execute(ping(), [&](error_code, bb::redis_reply const&) { ++ends; });
            } catch (std::bad_alloc const&) {
                has_thrown = true;
            }
            run_until(context, [&] { return ends != 0 || has_thrown; });
            has_failed = failing.has_failed();
        }
        CHECK(ends == (has_thrown ? 0 : 1));
        CHECK(answers(context, connection));
    }
}

TEST_CASE("redis_connection: no failed allocation keeps it from being made") {
    support::redis_server server;
    bool has_failed = true;
    for (int n = 0; has_failed; ++n) {
        REQUIRE(n < most_allocations);
        INFO("allocation " << n << " fails");
        asio::io_context context;
        bb::redis_connection const connection{context, server.url(), config};
        {
            support::failing_allocation const failing{n, true};
            run_until(context, [&] { return connection.is_ready(); });
            has_failed = failing.has_failed();
        }
        CHECK(run_until(context, [&] { return connection.is_ready(); }));
        CHECK(answers(context, connection));
    }
}

TEST_CASE("redis_store: no failed allocation of a step stops the store, or keeps it local for ever") {
    support::redis_server server;
    for (bool const is_lost : {false, true}) {
        bool has_failed = true;
        for (int n = 0; has_failed; ++n) {
            REQUIRE(n < most_allocations);
            INFO("allocation " << n << " fails" << (is_lost ? ", the connection being lost" : ""));
            asio::io_context context;
            bb::redis_connection const connection{context, server.url(), config};
            REQUIRE(run_until(context, [&] { return connection.is_ready(); }));
            bb::circuit_breaker breaker{
                bb::redis_store{bb::consecutive_failures{.threshold = 2}, connection}};
            auto const host = "host" + std::to_string(n);
            auto const fail = [&] {
                bool has_ended = false;
                asio::co_spawn(context, breaker.increment_failures_count(host),
                               [&](std::exception_ptr, auto&&...) { has_ended = true; });
                return run_until(context, [&] { return has_ended; });
            };
            if (is_lost)
                (void)server.client()("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            {
                support::failing_allocation const failing{n, true};
                try {
                    asio::co_spawn(context, breaker.increment_failures_count(host),
                                   [](std::exception_ptr, auto&&...) {});
                } catch (std::bad_alloc const&) {
                }
                auto const end = std::chrono::steady_clock::now() + 30ms;
                run_until(context, [&] { return std::chrono::steady_clock::now() > end; });
                has_failed = failing.has_failed();
            }
            CHECK(fail());
            CHECK(run_until(context, [&] { return !breaker.store().is_failing() && connection.is_ready(); }));
            CHECK(fail());
            CHECK(fail());
            bool is_open = false;
            asio::co_spawn(context, breaker.snapshot(host),
                           [&](std::exception_ptr, bb::snapshot const& seen) {
                               is_open = seen.state == bb::breaker_state::open;
                           });
            CHECK(run_until(context, [&] { return is_open; }));
        }
    }
}
