// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/store.hpp>

#include <breakerbox/base/error.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include "redis/support/blocking_client.hpp"
#include "redis/support/connection_calls.hpp"
#include "redis/support/free_port.hpp"
#include "redis/support/hostile_server.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/store_calls.hpp"
#include "support/each_rule.hpp"
#include "support/failing_operation.hpp"

#include <catch2/catch_message.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

namespace redis_store_faults_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using namespace support;
using boost::system::error_code;
using std::chrono::steady_clock;
using kind = heard_breaker::kind;

namespace {

/// One way in which a server fails, and comes back.
struct outage {
    redis_config (*config)(redis_server& server);
    void (*begin)(redis_server& server, blocking_client& client);
    void (*end)(redis_server& server, blocking_client& client);
    /// What the breaker tells.
    std::vector<error_code> errors;
    /// Whether it loses the connection, which has to be noticed first.
    bool loses_connection = false;
    bool loses_data = false;
};

redis_config hasty_with(redis_server&) {
    return hasty();
}
redis_config patient_with(redis_server&) {
    return patient();
}

template <class Done>
void wait_until(Done const& done) {
    for (int i = 0; i != 2000 && !done(); ++i)
        std::this_thread::sleep_for(5ms);
}

bool is_refused_with(blocking_client& client, char const* word) {
    return client("GET", "any").text.starts_with(word);
}

/// Checks that while Redis fails the breaker answers as it was told, that nobody waits, and that it recovers by itself.
void check_outage(outage const& fault, when_store_fails mode) {
    CAPTURE(static_cast<int>(mode));
    redis_server server;
    auto client = server.client();
    asio::io_context context;
    auto const rule = at_the_second<consecutive_failures>(1h);
    auto const test = [&]() -> asio::awaitable<void> {
        auto const config = fault.config(server);
        service<consecutive_failures> s{context, server.url(), config, rule, {.when_store_fails = mode}};
        co_await s.fail("known", 2);
        CHECK_FALSE(s.is_failing());
        auto given_before = co_await s.breaker.acquire("fresh");
        REQUIRE(given_before);

        fault.begin(server, client);
        if (fault.loses_connection)
            co_await check_eventually([&] {
                auto const& connection = s.breaker.store().connection();
                return connection.is_down() && std::ranges::count(fault.errors, connection.last_error()) != 0;
            });
        auto begin = steady_clock::now();
        bool const was_open = co_await given_before.permit().report(verdict::failure); // throws in no mode
        CHECK_FALSE(was_open);
        CHECK(steady_clock::now() - begin < 4 * config.command_timeout);
        CHECK(s.is_failing());
        auto const failed = s.heard.all(kind::store_failed);
        REQUIRE(failed.size() == 1);
        CAPTURE(failed[0].printed);
        CHECK(failed[0].host.empty());
        CHECK(std::ranges::count(fault.errors, failed[0].error) == 1);

        begin = steady_clock::now();
        auto& b = s.breaker;
        if (mode == when_store_fails::fail) {
            std::vector<error_code> causes;
            causes.push_back(co_await cause_of(b.acquire("fresh")));
            causes.push_back(co_await cause_of(b.is_host_available("fresh")));
            causes.push_back(co_await cause_of(b.snapshot("known")));
            causes.push_back(co_await cause_of(b.increment_failures_count("fresh")));
            causes.push_back(co_await cause_of(b.force_open("fresh")));
            causes.push_back(co_await cause_of(b.reset("fresh")));
            for (auto const& cause : causes)
                CHECK(std::ranges::count(fault.errors, cause) == 1);
        } else if (mode == when_store_fails::assume_available) {
            co_await s.check_call("known", verdict::failure);
            co_await s.check_state("known", breaker_state::closed);
            co_await s.fail("fresh", 10);
            co_await b.force_open("fresh");
            co_await s.check_available("fresh", true);
            CHECK(s.heard.count(kind::state_changed) == 1); // that of "known" before
        } else {
            co_await s.check_state("known", breaker_state::open);
            auto const refused = co_await b.acquire("known");
            CHECK_FALSE(refused);
            co_await s.check_call("fresh", verdict::failure); // the second one: the first was reported before
            co_await s.check_state("fresh", breaker_state::open);
            CHECK(s.heard.changes("closed to open") == 2);
        }
        CHECK(steady_clock::now() - begin < 4 * short_time);
        CHECK(s.is_failing());

        fault.end(server, client);
        co_await check_eventually([&] { return !s.is_failing(); });
        CHECK(s.heard.count(kind::store_recovered) == 0); // which is told with the next call
        co_await b.is_host_available("another");
        CHECK(s.heard.count(kind::store_recovered) == 1);

        // What another process sees.
        service<consecutive_failures> other{context, server.url(), config, rule};
        co_await other.check_state("fresh", mode == when_store_fails::use_local ? breaker_state::open
                                                                                : breaker_state::closed);
        if (!fault.loses_data)
            co_await other.check_state("known", breaker_state::open);
        co_await s.check_call("third", verdict::failure);
        co_await other.check_call("third", verdict::failure);
        co_await s.check_state("third", breaker_state::open);
        CHECK(endless_keys_of(client).empty());
        CHECK(s.heard.count(kind::store_failed) == 1); // it does not flap
        CHECK(s.heard.count(kind::store_recovered) == 1);
    };
    run(context, test());
}

} // namespace

TEST_CASE("redis_store faults: a server that is killed") {
    auto const mode =
        GENERATE(when_store_fails::use_local, when_store_fails::assume_available, when_store_fails::fail);
    check_outage({.config = patient_with,
                  .begin = [](redis_server& server, blocking_client&) { server.kill_now(); },
                  .end =
                      [](redis_server& server, blocking_client& client) {
                          server.restart();
                          client = server.client();
                      },
                  .errors = {boost::asio::error::eof, boost::asio::error::connection_reset,
                             boost::asio::error::connection_refused},
                  .loses_connection = true,
                  .loses_data = true},
                 mode);
}

TEST_CASE("redis_store faults: a server that is hanging") {
    auto const mode =
        GENERATE(when_store_fails::use_local, when_store_fails::assume_available, when_store_fails::fail);
    check_outage({.config = hasty_with,
                  .begin = [](redis_server& server, blocking_client&) { server.freeze(); },
                  .end = [](redis_server& server, blocking_client&) { server.thaw(); },
                  .errors = {redis_errc::timed_out}},
                 mode);
}

TEST_CASE("redis_store faults: a server that is out of memory") {
    auto const mode =
        GENERATE(when_store_fails::use_local, when_store_fails::assume_available, when_store_fails::fail);
    check_outage(
        {.config = patient_with,
         .begin = [](redis_server&, blocking_client& client) { client("CONFIG", "SET", "maxmemory", "1"); },
         .end = [](redis_server&, blocking_client& client) { client("CONFIG", "SET", "maxmemory", "0"); },
         .errors = {redis_errc::out_of_memory}},
        mode);
}

TEST_CASE("redis_store faults: a server that is made a read-only replica") {
    auto const mode =
        GENERATE(when_store_fails::use_local, when_store_fails::assume_available, when_store_fails::fail);
    check_outage({.config = patient_with,
                  .begin =
                      [](redis_server&, blocking_client& client) {
                          client("REPLICAOF", "127.0.0.1", std::to_string(free_port()));
                      },
                  .end = [](redis_server&, blocking_client& client) { client("REPLICAOF", "NO", "ONE"); },
                  .errors = {redis_errc::read_only}},
                 mode);
}

TEST_CASE("redis_store faults: a server that is a replica without its master") {
    auto const mode =
        GENERATE(when_store_fails::use_local, when_store_fails::assume_available, when_store_fails::fail);
    check_outage({.config = patient_with,
                  .begin =
                      [](redis_server&, blocking_client& client) {
                          client("CONFIG", "SET", "replica-serve-stale-data", "no");
                          client("REPLICAOF", "127.0.0.1", std::to_string(free_port()));
                          wait_until([&] { return is_refused_with(client, "MASTERDOWN"); });
                      },
                  .end = [](redis_server&, blocking_client& client) { client("REPLICAOF", "NO", "ONE"); },
                  .errors = {redis_errc::master_down}},
                 mode);
}

TEST_CASE("redis_store faults: a server that is unable to save") {
    auto const mode =
        GENERATE(when_store_fails::use_local, when_store_fails::assume_available, when_store_fails::fail);
    check_outage(
        {.config = patient_with,
         .begin =
             [](redis_server& server, blocking_client& client) {
                 client("CONFIG", "SET", "save", "3600 1000000");
                 // Where the file is to be, a folder is.
                 std::filesystem::create_directory(
                     std::filesystem::path{server.socket_path()}.replace_filename("dump.rdb"));
                 client("BGSAVE");
                 wait_until([&] {
                     return client.text("INFO", "persistence").find("rdb_last_bgsave_status:err") !=
                            std::string::npos;
                 });
             },
         .end = [](redis_server&,
                   blocking_client& client) { client("CONFIG", "SET", "stop-writes-on-bgsave-error", "no"); },
         .errors = {redis_errc::misconfigured}},
        mode);
}

TEST_CASE("redis_store faults: a server that is busy with a script") {
    auto const mode =
        GENERATE(when_store_fails::use_local, when_store_fails::assume_available, when_store_fails::fail);
    check_outage({.config = hasty_with,
                  .begin =
                      [](redis_server& server, blocking_client& client) {
                          client("CONFIG", "SET", "lua-time-limit", "1");
                          server.client().send({"EVAL", "while true do end", "0"});
                          wait_until([&] { return is_refused_with(client, "BUSY"); });
                      },
                  .end =
                      [](redis_server&, blocking_client& client) {
                          client("SCRIPT", "KILL");
                          wait_until([&] { return !is_refused_with(client, "BUSY"); });
                      },
                  .errors = {redis_errc::busy}},
                 mode);
}

TEST_CASE("redis_store faults: a server that is wanting a password") {
    auto const mode =
        GENERATE(when_store_fails::use_local, when_store_fails::assume_available, when_store_fails::fail);
    check_outage(
        {.config = patient_with,
         .begin =
             [](redis_server&, blocking_client& client) {
                 client("CONFIG", "SET", "requirepass", "secret");
                 client("CLIENT", "KILL", "TYPE", "normal");
             },
         .end = [](redis_server&, blocking_client& client) { client("CONFIG", "SET", "requirepass", ""); },
         .errors = {redis_errc::authentication_required},
         .loses_connection = true},
        mode);
}

TEST_CASE("redis_store faults: a server that is with another password") {
    auto const mode =
        GENERATE(when_store_fails::use_local, when_store_fails::assume_available, when_store_fails::fail);
    check_outage({.config =
                      [](redis_server& server) {
                          server.client()("CONFIG", "SET", "requirepass", "secret");
                          auto config = patient();
                          config.password = "secret";
                          return config;
                      },
                  .begin =
                      [](redis_server&, blocking_client& client) {
                          client("AUTH", "secret");
                          client("CONFIG", "SET", "requirepass", "changed");
                          client("CLIENT", "KILL", "TYPE", "normal");
                      },
                  .end = [](redis_server&,
                            blocking_client& client) { client("CONFIG", "SET", "requirepass", "secret"); },
                  .errors = {redis_errc::wrong_password},
                  .loses_connection = true},
                 mode);
}

TEST_CASE("redis_store faults: each error of the server is named, and the store comes back when it is over") {
    auto const [words, code] = GENERATE(table<char const*, redis_errc>(
        {{"LOADING Redis is loading the dataset in memory", redis_errc::loading},
         {"CLUSTERDOWN The cluster is down", redis_errc::cluster_down},
         {"BUSY Redis is busy running a script.", redis_errc::busy},
         {"NOAUTH Authentication required.", redis_errc::authentication_required},
         {"OOM command not allowed when used memory > 'maxmemory'.", redis_errc::out_of_memory},
         {"ERR max number of clients reached", redis_errc::too_many_clients}}));
    // Names of their own: a lambda can't capture those of a binding.
    auto const* const reply = words;
    auto const expected = code;
    CAPTURE(reply);
    std::atomic<bool> is_over = false;
    hostile_server server{
        after_handshake([&](auto&) { return is_over ? raw(closed_answer) : error(reply); })};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<failure_count> s{context, server.url(), patient(), at_the_second<failure_count>()};
        co_await s.check_available("h", true);
        auto const heard = s.heard.all();
        REQUIRE(heard.size() == 1);
        CHECK(heard[0].what == kind::store_failed);
        CHECK(heard[0].error == expected);
        CHECK(heard[0].printed.find(std::string_view{reply}.substr(0, 12)) != std::string::npos);
        is_over = true;
        co_await check_eventually([&] { return !s.is_failing(); });
        co_await s.check_available("h", true);
        CHECK(s.heard.all().size() == 2);
    };
    run(context, test());
}

TEST_CASE(
    "redis_store faults: a server that isn't there costs the first caller its time at most, others nothing") {
    asio::io_context context;
    auto const mode =
        GENERATE(when_store_fails::use_local, when_store_fails::assume_available, when_store_fails::fail);
    refusing_port const nobody;
    auto const config = hasty();
    auto const test = [&]() -> asio::awaitable<void> {
        service<failure_count> s{
            context, nobody.url(), config, at_the_second<failure_count>(1h), {.when_store_fails = mode}};
        auto const begin = steady_clock::now();
        auto const first = co_await cause_of(s.breaker.acquire("h"));
        CHECK(static_cast<bool>(first) == (mode == when_store_fails::fail));
        for (int i = 0; i != 100; ++i)
            (void)co_await cause_of(s.breaker.increment_failures_count("h"));
        CHECK(steady_clock::now() - begin < 4 * short_time);
        CHECK(s.heard.count(kind::store_failed) == 1);
        if (mode == when_store_fails::use_local)
            co_await s.check_available("h", false);
    };
    run(context, test());
}

TEST_CASE(
    "redis_store faults: of many callers at once, none waits for a hanging server longer than its time") {
    redis_server server;
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<consecutive_failures> s{context, server.url(), hasty(),
                                        at_the_second<consecutive_failures>(1h)};
        co_await s.check_available("h", true);
        server.freeze();
        auto const begin = steady_clock::now();
        std::size_t ended = 0;
        auto const call = [&](int i) -> asio::awaitable<void> {
            co_await s.call("host " + std::to_string(i % 10), verdict::failure);
            ++ended;
        };
        for (int i = 0; i != 500; ++i)
            asio::co_spawn(context, call(i), asio::detached);
        co_await check_eventually([&] { return ended == 500; });
        CHECK(steady_clock::now() - begin < 4 * short_time);
        CHECK(s.heard.count(kind::store_failed) == 1);
        CHECK(s.heard.changes("closed to open") == 10);
        co_await sleep(3 * short_time); // until the connection is given up, too
        co_await s.check_available("host 1", false);
        server.thaw();
        co_await check_eventually([&] { return !s.is_failing(); });
        co_await s.check_state("host 9", breaker_state::open);
        CHECK(s.heard.count(kind::store_recovered) == 1);
    };
    run(context, test());
}

TEST_CASE("redis_store faults: a connection that is cut is made again, and the store with it") {
    redis_server server;
    auto client = server.client();
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        heard_events connection;
        auto config = patient();
        config.observer = std::ref(connection);
        service<failure_count> s{context, server.url(), config, at_the_second<failure_count>(1h)};
        for (std::size_t i = 1; i != 4; ++i) {
            co_await s.fail("h");
            client("CLIENT", "KILL", "TYPE", "normal");
            co_await check_eventually(
                [&] { return connection.count(redis_connection_event::kind::lost) == i; });
            co_await s.fail("h");
            co_await check_eventually([&] { return !s.is_failing(); });
            auto const seen = co_await s.breaker.snapshot("h");
            CHECK(seen.failures == 2 * i);
            CHECK(s.heard.count(kind::store_failed) == s.heard.count(kind::store_recovered));
        }
    };
    run(context, test());
}

TEST_CASE("redis_store faults: a retrier's call ends with the store's error where that is to fail") {
    asio::io_context context;
    refusing_port const nobody;
    auto const config = hasty();
    auto const test = [&]() -> asio::awaitable<void> {
        service<failure_count> s{context,
                                 nobody.url(),
                                 config,
                                 at_the_second<failure_count>(1h),
                                 {.when_store_fails = when_store_fails::fail}};
        retrier const calls{stop_after_attempt{5}, retry_if_exception<>{}, wait_none{}, s.breaker};
        failing_operation operation;
        error_code code;
        try {
            (void)co_await calls.retry("h", std::ref(operation));
        } catch (store_error const& e) {
            code = e.code();
        }
        CHECK(code == errc::store_failed);
        CHECK(operation.calls == 0);
    };
    run(context, test());
}

TEST_CASE("redis_store faults: where there is no server from the beginning, the event says why not") {
    asio::io_context context;
    refusing_port const nobody;
    auto const config = hasty();
    auto const test = [&]() -> asio::awaitable<void> {
        service<failure_count> s{context, nobody.url(), config, at_the_second<failure_count>(1h)};
        co_await s.check_available("h", true); // asked before the first attempt to connect has failed
        auto const failed = s.heard.all(kind::store_failed);
        REQUIRE(failed.size() == 1);
        CHECK_THAT(failed[0].printed, Catch::Matchers::ContainsSubstring("Connection refused"));
    };
    run(context, test());
}

// --- a host whose own value is broken

TEMPLATE_TEST_CASE(
    "redis_store faults: a value of another type under a host's key is that host's trouble alone", "",
    EACH_RULE) {
    redis_server server;
    auto client = server.client();
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<TestType> s{context, server.url(), patient(), at_the_second<TestType>(1h)};
        std::string const key =
            std::is_same_v<TestType, failure_count> ? "circuit-breaker-bad" : "breakerbox:s:{.bad}";
        client("RPUSH", key, "not", "a", "state");
        co_await s.check_call("good", verdict::failure);
        co_await s.check_call("bad", verdict::failure);
        CHECK_FALSE(s.is_failing());
        auto const failed = s.heard.all();
        REQUIRE(failed.size() == 1);
        CHECK(failed[0].what == kind::store_failed);
        CHECK(failed[0].host == "bad");
        CHECK(failed[0].error == redis_errc::wrong_type);

        co_await s.check_call("bad", verdict::failure); // the second one here
        co_await s.check_available("bad", false);
        co_await s.check_call("good", verdict::failure);
        co_await s.check_available("good", false);
        CHECK(s.heard.count(kind::store_failed) == 1);

        client("DEL", key);
        co_await s.check_available("bad", false); // what it did meanwhile is not forgotten
        CHECK(s.heard.count(kind::store_recovered) == 1);
        CHECK(s.heard.all(kind::store_recovered)[0].host == "bad");
        service<TestType> other{context, server.url(), patient(), at_the_second<TestType>(1h)};
        co_await other.check_available("bad", false);
    };
    run(context, test());
}

TEST_CASE("redis_store faults: a count that is no number is its host's trouble alone, which a reset mends") {
    redis_server server;
    auto client = server.client();
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<failure_count> s{context, server.url(), patient(), at_the_second<failure_count>(1h)};
        client("SET", "circuit-breaker-bad", "many");
        co_await s.check_call("bad", verdict::failure);
        auto const failed = s.heard.all();
        REQUIRE(failed.size() == 1);
        CHECK(failed[0].host == "bad");
        CHECK(failed[0].error == redis_errc::server_error);
        CHECK_FALSE(s.is_failing());
        co_await s.breaker.reset("bad");
        co_await s.check_available("bad", true);
        CHECK(s.heard.count(kind::store_recovered) == 1);
        co_await s.check_call("bad", verdict::failure);
        CHECK(client.text("GET", "circuit-breaker-bad") == "1");
    };
    run(context, test());
}

TEST_CASE(
    "redis_store faults: hosts that the user may not touch, and hosts of another node, fail each alone") {
    redis_server server;
    auto client = server.client();
    client("ACL", "SETUSER", "some", "on", ">secret", "~circuit-breaker-mine*", "+@all");
    asio::io_context context;
    auto const mode =
        GENERATE(when_store_fails::use_local, when_store_fails::assume_available, when_store_fails::fail);
    auto const test = [&]() -> asio::awaitable<void> {
        auto config = patient();
        config.user = "some";
        config.password = "secret";
        service<failure_count> s{
            context, server.url(), config, at_the_second<failure_count>(1h), {.when_store_fails = mode}};
        for (int i = 0; i != 3; ++i) {
            co_await s.check_call("mine", verdict::success);
            auto const cause = co_await cause_of(s.breaker.increment_failures_count("other's"));
            CHECK(cause == (mode == when_store_fails::fail ? redis_errc::no_permission : error_code{}));
            co_await sleep(150ms); // longer than a store that fails as a whole is left alone
        }
        CHECK_FALSE(s.is_failing());
        auto const heard = s.heard.all();
        CHECK(heard.back().what ==
              (mode == when_store_fails::use_local ? kind::state_changed : kind::store_failed));
        CHECK(s.heard.count(kind::store_failed) == 1); // it does not flap
        CHECK(s.heard.all(kind::store_failed)[0].host == "other's");
        CHECK(s.heard.count(kind::store_recovered) == 0);
        if (mode == when_store_fails::use_local)
            co_await s.check_available("other's", false);
        co_await s.fail("mine");
        CHECK(client.text("GET", "circuit-breaker-mine") == "1");
    };
    run(context, test());
}

TEST_CASE("redis_store faults: no reply, however broken, does more than fail") {
    auto const reply =
        GENERATE(as<std::string>{}, "+OK\r\n", "$-1\r\n", "*-1\r\n", "*0\r\n", ":7\r\n", "*1\r\n:1\r\n",
                 "*18\r\n:2\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:-1\r\n:"
                 "0\r\n:0\r\n:0\r\n:0\r\n:-1\r\n",
                 "*18\r\n:1\r\n:0\r\n:0\r\n:0\r\n:9\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:-1\r\n:"
                 "0\r\n:0\r\n:0\r\n:0\r\n:-1\r\n",
                 "*18\r\n:1\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:-5\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:-1\r\n:-"
                 "9\r\n:0\r\n:0\r\n:0\r\n:-1\r\n",
                 "*18\r\n$1\r\nx\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:-"
                 "1\r\n:0\r\n:0\r\n:0\r\n:0\r\n:-1\r\n",
                 "*2147483647\r\n", "$999999999999\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", "\r\n\r\n",
                 std::string("\0\0\0", 3), "-\r\n", "+OK\r\n+OK\r\n");
    CAPTURE(reply);
    hostile_server server{after_handshake([&](auto&) { return raw(reply); })};
    asio::io_context context;
    auto const test = [&]() -> asio::awaitable<void> {
        service<consecutive_failures> s{context, server.url(), hasty(),
                                        at_the_second<consecutive_failures>(1h)};
        co_await s.check_call("h", verdict::failure);
        co_await s.check_call("h", verdict::failure);
        co_await s.check_available("h", false);
        CHECK(s.heard.count(kind::store_failed) >= 1);
        CHECK(s.heard.changes("closed to open") == 1);
    };
    run(context, test());
}

} // namespace redis_store_faults_test
