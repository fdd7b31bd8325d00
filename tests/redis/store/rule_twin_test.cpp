// SPDX-License-Identifier: BSL-1.0
// The scripts as production runs them: by the server's clock, with keys that really expire.
#include <breakerbox/redis/store/detail/rule_twin.hpp>

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "redis/support/blocking_client.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/virtual_twin.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace rule_twin_test {

using namespace std::chrono_literals;
using namespace breakerbox;
using breakerbox::detail::rule_twin;
using breakerbox::detail::step_answer;
using breakerbox::detail::step_request;
using breakerbox::detail::twin_step;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using support::plain_reply;

namespace {

std::string const host = "example.com";
std::string const count_key = "circuit-breaker-example.com";
std::string const state_key = "breakerbox:s:{.example.com}";
std::string const tally_key = "breakerbox:w:{.example.com}";
std::string const ring_key = "breakerbox:r:{.example.com}";

/// A process that takes steps.
template <rule Rule>
class process {
public:
    process(support::redis_server const& server, Rule rule)
        : client_(redisConnectUnix(server.socket_path().c_str())), twin_(std::move(rule)) {}

    redis_reply ask(step_request asked, std::string_view of = host) {
        asked.fresh = ++steps_;
        client_.send(twin_.command(asked, of, true));
        return client_.receive();
    }

    step_answer take(step_request const& asked, std::string_view of = host) {
        auto const reply = ask(asked, of);
        INFO(reply.text());
        auto const answer = twin_.read(reply, instant{});
        REQUIRE(answer);
        return *answer;
    }

    step_answer acquire() { return take({.step = twin_step::acquire}); }
    step_answer fail() { return take({.step = twin_step::record, .call = {verdict::failure}}); }
    step_answer look() { return take({.step = twin_step::look}); }
    step_answer reset() { return take({.step = twin_step::reset}); }
    step_answer force_open(std::optional<std::chrono::microseconds> open_for = std::nullopt) {
        return take({.step = twin_step::force_open, .open_for = open_for});
    }
    step_answer report(std::uint64_t number, verdict v) {
        step_request asked{.step = twin_step::report, .number = number};
        asked.call = {v};
        return take(asked);
    }
    step_answer meet(host_status const& known) { return take({.step = twin_step::meet, .known = &known}); }

private:
    support::pipelined_client client_;
    rule_twin<Rule> twin_;
    std::uint64_t steps_ = 1000;
};

/// What any client finds, and how long the key lives still.
std::string value_of(support::blocking_client& other, std::string_view key) {
    return other.text("GET", key);
}
std::chrono::milliseconds life_of(support::blocking_client& other, std::string_view key) {
    return std::chrono::milliseconds{other.integer("PTTL", key)};
}

/// The wait of a host that was to wait so long, a moment ago.
bool is_about(auto found, decltype(found) expected) {
    return found <= expected + 1ms && found > expected - 10s;
}

void check_every_key_expires(support::blocking_client& other) {
    for (auto const& key : other("KEYS", "*").elements) {
        INFO(key.text);
        CHECK(life_of(other, key.text) > 0ms);
    }
}

template <rule Rule>
std::vector<Rule> rules() {
    if constexpr (std::same_as<Rule, failure_count>)
        return {{.max_failures = 1}, {.max_failures = 1, .reset_timeout = std::chrono::microseconds::max()}};
    else if constexpr (std::same_as<Rule, consecutive_failures>)
        return {{.threshold = 2},
                {.threshold = 2,
                 .recovery = {.open_for = std::chrono::microseconds::max(),
                              .max_open_for = std::chrono::microseconds::max(),
                              .forget_after = std::chrono::microseconds::max()}}};
    else
        return {{.minimum_calls = 2, .window = 10, .recovery = {.open_for = 1us}},
                {.minimum_calls = 2, .window = 10s, .recovery = {.open_for = 1us}}};
}

} // namespace

// Keys.

TEMPLATE_TEST_CASE("rule twin: after each step every key expires", "", failure_count, consecutive_failures,
                   failure_rate) {
    support::redis_server const server;
    auto other = server.client();
    for (auto const& rule : rules<TestType>()) {
        process one{server, rule};
        host_status const known{.state = breaker_state::open,
                                .cause = trip_cause::failures,
                                .failures = 9,
                                .calls = 9,
                                .retry_after = 1min};
        for (int i = 0; i != 4; ++i) {
            auto const admitted = one.acquire();
            check_every_key_expires(other);
            one.report(admitted.number, i == 0 ? verdict::success : verdict::failure);
            check_every_key_expires(other);
        }
        one.fail();
        check_every_key_expires(other);
        one.force_open(1s);
        check_every_key_expires(other);
        one.force_open();
        check_every_key_expires(other);
        one.reset();
        check_every_key_expires(other);
        one.meet(known);
        check_every_key_expires(other);
        CHECK(other.integer("DBSIZE") > 0);
        one.reset();
        one.meet({});
        check_every_key_expires(other);
        other("FLUSHALL");
    }
}

TEMPLATE_TEST_CASE(
    "rule twin: a look leaves nothing of a host never heard of, nor does a meeting with nothing to tell", "",
    failure_count, consecutive_failures, failure_rate) {
    support::redis_server const server;
    for (auto const& rule : rules<TestType>()) {
        process one{server, rule};
        CHECK(one.look().status.state == breaker_state::closed);
        CHECK(one.meet({}).status.state == breaker_state::closed);
        CHECK(server.client().integer("DBSIZE") == 0);
    }
}

TEST_CASE("rule twin: a healthy host under a rule that counts failures alone is kept nowhere") {
    support::redis_server const server;
    auto other = server.client();
    process one{server, consecutive_failures{}};
    one.report(one.acquire().number, verdict::success);
    CHECK(other.integer("DBSIZE") == 0);
    one.fail();
    CHECK(other.text("HGET", tally_key, "run") == "1");
    one.report(0, verdict::success); // the run has ended, and there is nothing more to remember
    CHECK(other.integer("DBSIZE") == 0);
}

TEST_CASE("rule twin: a host's state is there while it is not closed, its tally while it is") {
    support::redis_server const server;
    auto other = server.client();
    process one{server, failure_rate{.minimum_calls = 2, .window = 4, .recovery = {.open_for = 1us}}};
    one.report(0, verdict::failure);
    CHECK(other.integer("EXISTS", tally_key, ring_key) == 2);
    CHECK(other.integer("EXISTS", state_key) == 0);
    CHECK(one.report(0, verdict::failure).status.state == breaker_state::open);
    CHECK(other.text("HGET", state_key, "state") == "open");
    CHECK(other.integer("EXISTS", tally_key, ring_key) == 0);
    auto const probe = one.acquire();
    REQUIRE(probe.is_probe);
    CHECK(other.text("HGET", state_key, "state") == "half_open");
    CHECK(one.report(probe.number, verdict::success).status.state == breaker_state::closed);
    CHECK(other.integer("EXISTS", state_key) == 0);
    CHECK(other.text("HGET", tally_key, "number") == std::to_string(one.acquire().number));
}

TEST_CASE("rule twin: a host that its first call trips leaves no window behind") {
    support::redis_server const server;
    auto other = server.client();
    process one{server, failure_rate{.minimum_calls = 1, .window = 4}};
    CHECK(one.fail().status.state == breaker_state::open);
    CHECK(other.integer("EXISTS", tally_key, ring_key) == 0);
    check_every_key_expires(other);
}

TEST_CASE("rule twin: keys go a minute after the state means nothing") {
    support::redis_server const server;
    auto other = server.client();
    process one{server,
                consecutive_failures{.threshold = 2, .recovery = {.open_for = 5min, .forget_after = 1h}}};
    one.fail();
    CHECK(is_about(life_of(other, tally_key), 1h + 1min));
    one.fail();
    CHECK(is_about(life_of(other, state_key), 1h + 6min));
}

TEST_CASE("rule twin: a host open until reset waits for ever, and is kept for longer than anybody lives") {
    support::redis_server const server;
    auto other = server.client();
    process one{server, consecutive_failures{}};
    CHECK(one.force_open().status.retry_after == duration::max());
    CHECK(one.look().status.retry_after == duration::max());
    CHECK(life_of(other, state_key) > std::chrono::years{140});
}

TEST_CASE("rule twin: hosts of any bytes are kept apart, in one slot each") {
    support::redis_server const server{{"cluster-enabled yes"}};
    auto other = server.client();
    for (auto const& name : {std::string{"}"}, std::string{"{}"}, std::string{"a}b{"},
                             std::string{"\0\r\n", 3}, std::string{"'\" ]]"}, std::string(5000, 'x')}) {
        rule_twin const twin{failure_rate{.window = 10}};
        auto const keys = twin.keys(name);
        auto const slot = other.integer("CLUSTER", "KEYSLOT", keys[0]);
        CHECK(other.integer("CLUSTER", "KEYSLOT", keys[1]) == slot);
        CHECK(other.integer("CLUSTER", "KEYSLOT", keys[2]) == slot);
    }
    support::redis_server const plain;
    process one{plain, failure_count{}};
    one.take({.step = twin_step::record, .call = {verdict::failure}}, std::string{"\0a", 2});
    one.take({.step = twin_step::record, .call = {verdict::failure}}, std::string{"\0b", 2});
    CHECK(one.take({.step = twin_step::look}, std::string{"\0a", 2}).status.failures == 1);
    CHECK(plain.client().text("GET", std::string{"circuit-breaker-\0b", 18}) == "1");
}

// Time.

TEST_CASE("rule twin: time is the server's") {
    support::redis_server const server;
    process one{server, consecutive_failures{.threshold = 1, .recovery = {.open_for = 100ms}}};
    auto const opened = one.fail();
    CHECK(opened.from == breaker_state::closed);
    CHECK(opened.status.state == breaker_state::open);
    CHECK(opened.status.retry_after == 100ms);
    CHECK(opened.status.opened_at == instant{});
    CHECK_FALSE(one.acquire().done);
    std::this_thread::sleep_for(110ms);
    auto const tried = one.acquire();
    CHECK(tried.is_probe);
    CHECK(tried.from == breaker_state::open);
    CHECK(*tried.status.opened_at <= -110ms); // on the clock here, which shows zero
    CHECK(*tried.status.opened_at > -60s);
}

// With the Python library.

TEST_CASE("failure_count in Redis: the Python library sees what C++ counts") {
    support::redis_server const server;
    auto python = server.client();
    process one{server, failure_count{.max_failures = 2, .reset_timeout = 30s}};
    CHECK(one.fail().status.failures == 1);
    CHECK(value_of(python, count_key) == "1");
    CHECK(is_about(life_of(python, count_key), 30s));
    one.force_open(1h);
    CHECK(value_of(python, count_key) == "3");
    CHECK(is_about(life_of(python, count_key), 1h));
    one.reset();
    CHECK(value_of(python, count_key) == "0");
    CHECK(is_about(life_of(python, count_key), 1h));
    CHECK(python.integer("INCR", count_key) == 1);
    one.reset();
    CHECK(python("GET", count_key).is == plain_reply::kind::nil);
}

TEST_CASE("failure_count in Redis: C++ sees what the Python library counts") {
    support::redis_server const server;
    auto python = server.client();
    process one{server, failure_count{.max_failures = 1, .reset_timeout = 1h}};
    auto const count = [&] {
        python("INCR", count_key);
        python("EXPIRE", count_key, "30");
    };
    count();
    CHECK(one.acquire().done);
    count();
    auto const refused = one.acquire();
    CHECK_FALSE(refused.done);
    CHECK(refused.status.failures == 2);
    CHECK(is_about(std::chrono::floor<std::chrono::milliseconds>(refused.status.retry_after), 30s));
    CHECK(one.fail().status.failures == 3);
    CHECK(value_of(python, count_key) == "3");
    CHECK(is_about(life_of(python, count_key), 1h));
    python("DEL", count_key);
    CHECK(one.acquire().done);
}

TEST_CASE("failure_count in Redis: an increment never shortens an expiry") {
    support::redis_server const server;
    auto python = server.client();
    process one{server, failure_count{.max_failures = 1, .reset_timeout = 30s}};
    python("SET", count_key, "1", "EX", "3600");
    CHECK(one.fail().status.failures == 2);
    CHECK(is_about(life_of(python, count_key), 1h));
    one.force_open(1min);
    CHECK(is_about(life_of(python, count_key), 1h));
}

TEST_CASE("failure_count in Redis: a count without an expiry gets one at the next acquire or increment, not "
          "at a look") {
    support::redis_server const server;
    auto python = server.client();
    process one{server, failure_count{.max_failures = 1, .reset_timeout = 30s}};
    for (auto const* count : {"1", "2"})
        for (auto const step :
             {twin_step::acquire, twin_step::record, twin_step::force_open, twin_step::meet}) {
            python("SET", count_key, count);
            auto const looked = one.look().status;
            CHECK((looked.state == breaker_state::open) == (looked.failures == 2));
            CHECK(looked.retry_after == (looked.failures == 2 ? duration{30s} : duration{}));
            CHECK(python.integer("PTTL", count_key) == -1);
            host_status const known;
            one.take({.step = step, .call = {verdict::failure}, .open_for = 30s, .known = &known});
            CHECK(is_about(life_of(python, count_key), 30s));
        }
}

TEST_CASE("failure_count in Redis: a value that is no count is told, left alone, and healed by a reset") {
    support::redis_server const server;
    auto python = server.client();
    process one{server, failure_count{}};
    for (auto const* value :
         {"", "many", "1.5", "-1", " 1", "01", "1e3", "9007199254740993", "99999999999999999999"}) {
        INFO(value);
        python("SET", count_key, value);
        host_status const known{.state = breaker_state::open, .failures = 9};
        for (auto const step : {twin_step::acquire, twin_step::report, twin_step::record, twin_step::look,
                                twin_step::force_open, twin_step::meet}) {
            auto const reply = one.ask({.step = step, .call = {verdict::failure}, .known = &known});
            CHECK(reply.is_error());
            CHECK_THAT(std::string{reply.text()},
                       StartsWith("ERR breakerbox: what is kept of the host can not be read: the count"));
        }
        CHECK(value_of(python, count_key) == value);
        CHECK(one.reset().status.state == breaker_state::closed);
        CHECK(one.fail().status.failures == 1);
    }
    python("DEL", count_key);
    python("RPUSH", count_key, "1");
    CHECK_THAT(std::string{one.ask({.step = twin_step::look}).text()}, ContainsSubstring("WRONGTYPE"));
    one.reset();
    CHECK(one.fail().status.failures == 1);
}

TEST_CASE("failure_count in Redis: counting ends where it does in C++, and a greater count stays") {
    support::redis_server const server;
    auto python = server.client();
    process one{server, failure_count{}};
    python("SET", count_key, "4294967294");
    CHECK(one.fail().status.failures == 4294967295);
    CHECK(one.fail().status.failures == 4294967295);
    python("SET", count_key, "9007199254740991");
    CHECK(one.fail().status.failures == 9007199254740991);
    CHECK(is_about(life_of(python, count_key), 30s));
}

TEST_CASE(
    "failure_count in Redis: coming back brings the greater count and the later expiry, and lifts no ban") {
    support::redis_server const server;
    auto python = server.client();
    process one{server, failure_count{.max_failures = 1, .reset_timeout = 30s}};
    host_status const open{
        .state = breaker_state::open, .cause = trip_cause::failures, .failures = 3, .retry_after = 1min};
    for (int i = 0; i != 2; ++i) { // the second time nothing more
        CHECK(one.meet(open).status.failures == 3);
        CHECK(is_about(life_of(python, count_key), 1min));
    }
    python("SET", count_key, "7", "EX", "3600");
    CHECK(one.meet(open).status.failures == 7);
    CHECK(is_about(life_of(python, count_key), 1h));
    host_status const closed{.failures = 1};
    CHECK(one.meet(closed).status.failures == 7);
    python("DEL", count_key);
    CHECK(one.meet(closed).status.failures == 1);
    CHECK(is_about(life_of(python, count_key), 30s));
}

// What may be wrong with what is kept.

TEMPLATE_TEST_CASE("rule twin: a state that can't be read is told, left alone, and healed by a reset", "",
                   consecutive_failures, failure_rate) {
    support::redis_server const server;
    auto other = server.client();
    for (auto const& rule : rules<TestType>()) {
        process one{server, rule};
        auto const must_be_told = [&](std::string const& what) {
            INFO(what);
            host_status const known{.state = breaker_state::open};
            for (auto const step : {twin_step::acquire, twin_step::report, twin_step::record, twin_step::look,
                                    twin_step::force_open, twin_step::meet}) {
                auto const reply = one.ask({.step = step, .call = {verdict::failure}, .known = &known});
                CHECK(reply.is_error());
                CHECK_THAT(std::string{reply.text()}, ContainsSubstring(what));
            }
            CHECK(one.reset().status.state == breaker_state::closed);
            CHECK(one.look().status.state == breaker_state::closed);
            one.take({.step = twin_step::record, .call = {verdict::failure}});
            CHECK(one.look().status.failures == 1);
            other("FLUSHALL");
        };
        auto const spoil_state = [&](std::string_view field, std::string_view value) {
            one.force_open();
            other("HSET", state_key, field, value);
            must_be_told("can not be read: " + std::string{field});
        };
        spoil_state("state", "ajar");
        spoil_state("cause", "");
        for (auto const* field : {"failures", "calls", "slow_calls", "open_time", "opened_at", "open_until",
                                  "touched_at", "probe_successes", "probe_failures"})
            spoil_state(field, "1x");
        one.force_open();
        other("HDEL", state_key, "touched_at");
        must_be_told("can not be read: touched_at");
        one.fail();
        other("HSET", tally_key, "touched_at", "now");
        must_be_told("can not be read: touched_at");
        one.fail();
        other("HSET", tally_key, "number", "-3");
        must_be_told("can not be read: number");
        for (auto const& key : {state_key, tally_key}) {
            other("SET", key, "text");
            must_be_told("WRONGTYPE");
        }
    }
}

TEST_CASE("failure_rate in Redis: a window that can't be read is told") {
    support::redis_server const server;
    auto other = server.client();
    auto const spoil = [&](failure_rate const& rule, std::string_view field, std::string_view value,
                           std::string const& what) {
        process one{server, rule};
        one.fail();
        other("HSET", tally_key, field, value);
        auto const reply = one.ask({.step = twin_step::record, .call = {verdict::failure}});
        INFO(field);
        CHECK_THAT(std::string{reply.text()}, ContainsSubstring("can not be read: " + what));
        other("FLUSHALL");
    };
    for (auto const* field : {"calls", "failures", "slow_calls", "place"})
        spoil({.window = 30}, field, "x", field);
    spoil({.window = 30s}, "start", "", "start");
    spoil({.window = 30s}, "newest", "-1", "newest");
    spoil({.window = 30s}, "newest", "9007199254740991", "bucket");
    spoil({.window = 30s}, "bucket0", "1 1", "bucket");
}

TEST_CASE("failure_rate in Redis: where one of its keys was let go, counting starts anew") {
    support::redis_server const server;
    auto other = server.client();
    process one{server, failure_rate{.window = 20}};
    for (int i = 0; i != 3; ++i)
        one.fail();
    CHECK(one.look().status.calls == 3);
    other("DEL", ring_key);
    CHECK(one.fail().status.calls == 1);
    other("DEL", tally_key);
    CHECK(one.fail().status.calls == 1);
    CHECK(one.fail().status.calls == 2);
}

TEST_CASE("failure_rate in Redis: with another window counting starts anew, and the host's state is shared "
          "all the same") {
    support::redis_server const server;
    process calls{server, failure_rate{.minimum_calls = 10, .window = 20}};
    process more_calls{server, failure_rate{.minimum_calls = 10, .window = 30}};
    process span{server, failure_rate{.minimum_calls = 10, .window = 30s}};
    process run{server, consecutive_failures{.threshold = 10}};
    for (int i = 0; i != 3; ++i)
        calls.fail();
    CHECK(more_calls.look().status.calls == 0);
    CHECK(more_calls.fail().status.calls == 1);
    CHECK(more_calls.fail().status.calls == 2);
    CHECK(span.fail().status.calls == 1);
    CHECK(span.fail().status.calls == 2);
    CHECK(run.fail().status.failures == 1);
    CHECK(calls.fail().status.calls == 1);
    run.force_open();
    CHECK(calls.look().status.state == breaker_state::open);
    CHECK(span.look().status.state == breaker_state::open);
}

// Coming back.

TEST_CASE("rule twin: coming back opens a closed host for the rest of the time, with the evidence") {
    support::redis_server const server;
    process one{server, consecutive_failures{}};
    host_status const known{
        .state = breaker_state::open, .cause = trip_cause::failed_probes, .failures = 5, .retry_after = 1min};
    one.fail();
    auto const met = one.meet(known);
    CHECK(met.from == breaker_state::closed);
    CHECK(met.status.state == breaker_state::open);
    CHECK(met.status.cause == trip_cause::failed_probes);
    CHECK(met.status.failures == 5);
    CHECK(met.status.retry_after == 1min);
    // Again, as where the answer was lost, or another process knows the same.
    auto const again = one.meet(known);
    CHECK(again.from == breaker_state::open);
    CHECK(is_about(std::chrono::floor<std::chrono::milliseconds>(again.status.retry_after), 1min));
}

TEST_CASE("rule twin: coming back lifts no ban, and one until reset stays") {
    support::redis_server const server;
    process one{server, consecutive_failures{}};
    host_status known{.state = breaker_state::open, .cause = trip_cause::failures, .retry_after = 1s};
    one.force_open(1h);
    CHECK(one.meet(known).status.cause == trip_cause::by_hand);
    CHECK(one.look().status.retry_after > 59min);
    CHECK(one.meet({}).status.retry_after > 59min);
    one.force_open();
    CHECK(one.meet(known).status.retry_after == duration::max());
    one.reset();
    known.retry_after = duration::max();
    CHECK(one.meet(known).status.retry_after == duration::max());
}

TEST_CASE("rule twin: coming back does not make the next open time longer") {
    support::redis_server const server;
    process one{server, consecutive_failures{.threshold = 1, .recovery = {.open_for = 1s, .growth = 2}}};
    host_status const known{
        .state = breaker_state::open, .cause = trip_cause::failures, .retry_after = duration{0}};
    one.meet(known);
    auto const probe = one.acquire();
    REQUIRE(probe.is_probe);
    CHECK(one.report(probe.number, verdict::failure).status.retry_after == 2s);
}

// Where Redis does not take writes.

TEMPLATE_TEST_CASE("rule twin: a replica can be looked at, but a meeting finds out that it takes no writes",
                   "", failure_count, consecutive_failures, failure_rate) {
    // Of a master that is away.
    support::redis_server const replica{{"replicaof 127.0.0.1 1"}};
    for (auto const& rule : rules<TestType>()) {
        process one{replica, rule};
        CHECK(one.look().status.state == breaker_state::closed);
        host_status const known;
        for (auto const step : {twin_step::record, twin_step::force_open, twin_step::meet}) {
            auto const reply = one.ask({.step = step, .call = {verdict::failure}, .known = &known});
            CHECK(reply.is_error());
            CHECK_THAT(std::string{reply.text()}, ContainsSubstring("READONLY"));
        }
    }
}

TEMPLATE_TEST_CASE("rule twin: a step that Redis has no memory for changes nothing", "", failure_count,
                   consecutive_failures, failure_rate) {
    support::redis_server const server{{"maxmemory 1"}};
    for (auto const& rule : rules<TestType>()) {
        process one{server, rule};
        host_status const known;
        for (auto const step : {twin_step::record, twin_step::force_open, twin_step::meet}) {
            auto const reply = one.ask({.step = step, .call = {verdict::failure}, .known = &known});
            CHECK(reply.is_error());
            CHECK_THAT(std::string{reply.text()}, ContainsSubstring("OOM"));
        }
        CHECK(one.look().status.state == breaker_state::closed);
        CHECK(server.client().integer("DBSIZE") == 0);
    }
}

TEST_CASE("rule twin: a host opens though Redis has no memory left, since its tally makes place") {
    support::redis_server const server;
    auto other = server.client();
    process one{server, consecutive_failures{.threshold = 2}};
    one.fail();
    other("CONFIG", "SET", "maxmemory", "1");
    CHECK(one.fail().status.state == breaker_state::open);
    CHECK(one.look().status.state == breaker_state::open);
    check_every_key_expires(other);
}

} // namespace rule_twin_test
