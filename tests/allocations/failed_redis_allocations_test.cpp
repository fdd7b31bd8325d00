// SPDX-License-Identifier: BSL-1.0
//
// Each allocation of each public step of a connection fails once, with it ready and with it lost. What must hold then:
// who waits is told, or was by an exception; the connection goes on.
#include <breakerbox/redis.hpp>

#include "redis/support/failed_steps.hpp"
#include "redis/support/redis_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace failed_redis_allocations_test {

namespace asio = boost::asio;
namespace bb = breakerbox;
using boost::system::error_code;
using support::most_allocations;
using support::run_until;

namespace {

bb::redis_config const config = [] {
    auto hasty = support::soon_back();
    hasty.command_timeout = hasty.stall_timeout = std::chrono::milliseconds{300};
    return hasty;
}();

bb::redis_command ping() {
    return bb::redis_command{"PING", std::string(200, 'p')};
}

/// How a command ended; nothing where it never did.
std::optional<error_code> end_of_ping(asio::io_context& context, bb::redis_connection connection) {
    std::optional<error_code> end;
    connection.async_execute(ping(), [&](error_code error, bb::redis_reply const&) { end = error; });
    run_until(context, [&] { return end.has_value(); });
    return end;
}

/// Whether a command is answered, be it that a read was lost and others wait in vain before that is noticed.
bool answers(asio::io_context& context, bb::redis_connection const& connection) {
    for (int tries = 0; tries != 5; ++tries) {
        auto const end = end_of_ping(context, connection);
        if (!end || !*end)
            return end.has_value();
    }
    return false;
}

struct caller {
    auto told() {
        return [this](error_code, bb::redis_reply const&) { ++*ends; };
    }
    auto told_or_cancelled() { return asio::bind_cancellation_slot(signal.slot(), told()); }

    bb::redis_connection& connection;
    int* ends = nullptr;
    asio::cancellation_signal signal{};
};

struct step {
    char const* name;
    void (*begin)(caller&);
    bool closes = false;
};

// What nobody waits for is over before the next command.
constexpr step steps[] = {
    {"async_execute", [](caller& c) { c.connection.async_execute(ping(), c.told()); }},
    {"async_execute, cancelled",
     [](caller& c) {
         c.connection.async_execute(ping(), c.told_or_cancelled());
         c.signal.emit(asio::cancellation_type::terminal);
     }},
    {"async_execute, refused",
     [](caller& c) { c.connection.async_execute(bb::redis_command{"MULTI"}, c.told()); }},
    {"async_execute_unless_down",
     [](caller& c) { c.connection.async_execute_unless_down(ping(), c.told()); }},
    {"async_execute_if_cancelled_too",
     [](caller& c) { c.connection.async_execute_if_cancelled_too(ping(), c.told()); }},
    {"async_execute_if_cancelled_too, cancelled",
     [](caller& c) {
         c.connection.async_execute_if_cancelled_too(ping(), c.told_or_cancelled());
         c.signal.emit(asio::cancellation_type::terminal);
     }},
    {"post",
     [](caller& c) {
         c.connection.post(ping());
         c.connection.async_execute(ping(), c.told());
     }},
    {"preload",
     [](caller& c) {
         c.connection.preload(bb::redis_script{"return 'a script that is not known to the server'"});
         c.connection.async_execute(ping(), c.told());
     }},
    {"close",
     [](caller& c) {
         c.connection.async_execute(ping(), c.told());
         c.connection.close();
     },
     true},
};

} // namespace

TEST_CASE("redis_connection: no failed allocation of a step leaves its caller waiting, or stops the "
          "connection") {
    support::redis_server server;
    auto client = server.client();
    for (auto const& step : steps)
        for (bool const is_lost : {false, true}) {
            bool has_failed = true;
            for (int n = 0; has_failed; ++n) {
                REQUIRE(n < most_allocations);
                INFO(step.name << (is_lost ? ", the connection being lost" : "") << ", allocation " << n
                               << " fails");
                asio::io_context context;
                bb::redis_connection connection{context, server.url(), config};
                REQUIRE(run_until(context, [&] { return connection.is_ready(); }));
                if (is_lost)
                    support::lose(context, connection, client);
                support::taken_step taken;
                caller c{connection};
                auto const is_well = [&] {
                    return step.closes ? connection.last_error() == bb::redis_errc::closed
                                       : connection.is_ready() && connection.sessions() >= (is_lost ? 2 : 1);
                };
                support::take_while_failing(
                    n, context, taken,
                    [&](int& ends) {
                        c.ends = &ends;
                        step.begin(c);
                    },
                    is_well);
                has_failed = taken.has_failed;
                if (!step.closes)
                    CHECK(run_until(context, is_well));
                if (step.closes)
                    CHECK(end_of_ping(context, connection));
                else
                    CHECK(answers(context, connection));
                CHECK(taken.is_told());
                if (step.closes && !has_failed)
                    CHECK(connection.last_error() == bb::redis_errc::closed);
            }
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

} // namespace failed_redis_allocations_test
