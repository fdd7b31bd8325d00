// SPDX-License-Identifier: BSL-1.0
// What the scripts do under a user of Redis whose rights are few.
#include <breakerbox/redis/store/detail/rule_twin.hpp>

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>

#include <catch2/catch_message.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include "redis/support/blocking_client.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/virtual_twin.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rule_twin_rights_test {

using namespace std::chrono_literals;
using namespace breakerbox;
using breakerbox::detail::rule_twin;
using breakerbox::detail::step_request;
using breakerbox::detail::twin_step;

namespace {

template <class Rule>
std::vector<Rule> rules() {
    if constexpr (std::same_as<Rule, failure_count>)
        return {{.max_failures = 1}};
    else if constexpr (std::same_as<Rule, consecutive_failures>)
        return {{.threshold = 2, .recovery = {.open_for = 1us}}};
    else
        return {{.minimum_calls = 2, .window = 10, .recovery = {.open_for = 1us}},
                {.minimum_calls = 2, .window = 10s, .recovery = {.open_for = 1us}}};
}

/// A user with a connection of its own, made anew for each set of rights.
class user {
public:
    user(support::redis_server const& server, std::vector<std::string> const& rights)
        : client_(redisConnectUnix(server.socket_path().c_str())) {
        std::vector<std::string_view> all{"ACL", "SETUSER", "few", "reset", "on", ">secret", "resetchannels"};
        all.insert(all.end(), rights.begin(), rights.end());
        auto const set = server.client().execute(all);
        INFO(set.text);
        REQUIRE(set.is == support::plain_reply::kind::text);
        REQUIRE_FALSE(client_({"AUTH", "few", "secret"}).is_error());
    }

    support::pipelined_client& client() { return client_; }

private:
    support::pipelined_client client_;
};

void check_every_key_expires(support::blocking_client& client) {
    for (auto const& key : client("KEYS", "*").elements) {
        INFO(key.text);
        CHECK(client.integer("PTTL", key.text) > 0);
    }
}

/// Has every step of a rule taken, each from several states of a host, after each of which every key must expire.
/// Returns the errors.
template <rule Rule>
class all_steps {
public:
    all_steps(user& by, support::blocking_client& watcher, Rule const& rule)
        : by_(by), watcher_(watcher), twin_(rule) {}

    /// As Redis 6.2 runs them, where a script can't ask for a right.
    std::vector<std::string> take_in_redis_6() {
        auto text = script_.text();
        std::string const asks = "redis.acl_check_cmd";
        for (auto at = text.find(asks); at != text.npos; at = text.find(asks))
            text.replace(at, asks.size(), "redis.unknown");
        script_ = redis_script{text};
        return take();
    }

    std::vector<std::string> take() {
        host_status const open{.state = breaker_state::open,
                               .cause = trip_cause::failures,
                               .failures = 9,
                               .calls = 9,
                               .retry_after = 1min};
        host_status const closed;
        auto const meet = [&](host_status const& known) { step({.step = twin_step::meet, .known = &known}); };
        auto const report = [&](verdict v) {
            step_request asked{.step = twin_step::report, .number = number_};
            asked.call = {v};
            step(asked);
        };
        step({.step = twin_step::look});
        meet(closed);
        for (int i = 0; i != 4; ++i) { // trips, then fails as a probe
            step({.step = twin_step::acquire});
            report(verdict::failure);
            meet(closed);
        }
        step({.step = twin_step::acquire});
        report(verdict::success); // closes
        report(verdict::success);
        step({.step = twin_step::record, .call = {verdict::failure}});
        step({.step = twin_step::acquire});
        step({.step = twin_step::force_open, .open_for = 1s});
        step({.step = twin_step::force_open});
        step({.step = twin_step::look});
        step({.step = twin_step::reset});
        meet(open);
        meet(open);
        step({.step = twin_step::reset});
        meet(closed);
        return errors_;
    }

private:
    void step(step_request asked) {
        asked.fresh = ++fresh_;
        by_.client().send(
            rule_twin<Rule>::command_for(script_, true, twin_.keys("h"), twin_.arguments(asked)));
        auto const reply = by_.client().receive();
        INFO(to_string(asked.step));
        check_every_key_expires(watcher_);
        if (reply.is_error())
            errors_.push_back(std::string{to_string(asked.step)} + ": " + std::string{reply.text()});
        else if (asked.step == twin_step::acquire)
            if (auto const answer = twin_.read(reply, instant{}))
                number_ = answer->number;
    }

    user& by_;
    support::blocking_client& watcher_;
    rule_twin<Rule> twin_;
    redis_script script_ = rule_twin<Rule>::script();
    std::uint64_t fresh_ = 1000;
    std::uint64_t number_ = 0;
    std::vector<std::string> errors_;
};

} // namespace

TEMPLATE_TEST_CASE("rule twin: whatever command a user lacks, nothing is left without an expiry", "",
                   failure_count, consecutive_failures, failure_rate) {
    support::redis_server const server;
    auto client = server.client();
    for (auto const& rule : rules<TestType>())
        for (std::string const lacks : {"-pexpire", "-pttl", "-del", "-set", "-get", "-incrby", "-hset",
                                        "-hgetall", "-bitfield", "-exists", "-hincrby", "-hdel"})
            for (std::string const and_lacks : {"+del", "-del"}) {
                CAPTURE(lacks, and_lacks);
                user few{server, {"~*", "+@all", lacks, lacks == "-del" ? lacks : and_lacks}};
                all_steps{few, client, rule}.take();
                client("FLUSHALL");
            }
}

TEMPLATE_TEST_CASE(
    "rule twin: in Redis 6.2 too, nothing is left without an expiry where the user may set none", "",
    failure_count, consecutive_failures, failure_rate) {
    support::redis_server const server;
    auto client = server.client();
    for (auto const& rule : rules<TestType>()) {
        user few{server, {"~*", "+@all", "-pexpire"}};
        all_steps{few, client, rule}.take_in_redis_6();
        client("FLUSHALL");
    }
}

TEMPLATE_TEST_CASE("rule twin: the rights that README names are enough, and each of them is needed", "",
                   failure_count, consecutive_failures, failure_rate) {
    support::redis_server const server;
    auto client = server.client();
    for (auto const& rule : rules<TestType>()) {
        std::vector<std::string> rights{"~breakerbox:*", "+eval",    "+time", "+hgetall",
                                        "+hset",         "+pexpire", "+del"};
        if constexpr (std::same_as<TestType, failure_count>)
            rights = {"~circuit-breaker-*", "+eval", "+time", "+get", "+set", "+pttl", "+del"};
        else if constexpr (std::same_as<TestType, failure_rate>)
            if (rule.window.in_calls())
                rights.insert(rights.end(), {"+bitfield", "+exists"});
        {
            user few{server, rights};
            CHECK(all_steps{few, client, rule}.take() == std::vector<std::string>{});
        }
        for (std::size_t i = 0; i != rights.size(); ++i) {
            CAPTURE(rights[i]);
            auto fewer = rights;
            fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
            user few{server, fewer};
            CHECK_FALSE(all_steps{few, client, rule}.take().empty());
            client("FLUSHALL");
        }
    }
}

} // namespace rule_twin_rights_test
