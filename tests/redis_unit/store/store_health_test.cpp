// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/detail/store_health.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

namespace store_health_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using detail::store_health;

namespace {

auto fail(store_health& health, instant now, redis_errc error, std::string const& host = {},
          std::string const& text = {}) {
    return health.on_failure({make_error_code(error), text}, host, now);
}

} // namespace

TEST_CASE("store_health: begins well, and success is no news") {
    store_health health;
    CHECK_FALSE(health.is_failing());
    CHECK_FALSE(health.on_success("a", 1s));
    CHECK_FALSE(health.is_failing());
}

TEST_CASE(
    "store_health: the first failure is news, with the error and the server's words; later ones are not") {
    store_health health;
    auto const change = fail(health, 5s, redis_errc::read_only, "a", "READONLY No");
    REQUIRE(change);
    CHECK(change->failed);
    CHECK(change->host.view().empty()); // it is about all of them
    CHECK(change->error == redis_errc::read_only);
    CHECK(change->text == "READONLY No");
    CHECK(change->at == 5s);
    CHECK(health.is_failing());
    CHECK_FALSE(fail(health, 6s, redis_errc::timed_out, "b"));
    CHECK(health.last_failure().error == redis_errc::timed_out);
}

TEST_CASE("store_health: that it recovers is news, and so is the next failure") {
    store_health health;
    fail(health, 1s, redis_errc::timed_out);
    auto const change = health.recover(2s);
    CHECK_FALSE(change.failed);
    CHECK(change.host.view().empty());
    CHECK_FALSE(change.error);
    CHECK(change.at == 2s);
    CHECK_FALSE(health.is_failing());
    CHECK(fail(health, 3s, redis_errc::timed_out));
}

TEST_CASE("store_health: an error about one host leaves the other hosts alone") {
    store_health health;
    for (auto const error : {redis_errc::wrong_type, redis_errc::no_permission, redis_errc::moved,
                             redis_errc::ask, redis_errc::server_error}) {
        auto const host = std::to_string(static_cast<int>(error));
        auto const change = fail(health, 1s, error, host, "words");
        REQUIRE(change);
        CHECK(change->failed);
        CHECK(change->host == host);
        CHECK(change->text == "words");
        CHECK_FALSE(health.is_failing());
        CHECK(health.is_failing(host));
        CHECK_FALSE(health.is_failing("other"));
        CHECK_FALSE(fail(health, 2s, error, host)); // known
    }
    CHECK_FALSE(health.on_success("other", 3s));
}

TEST_CASE(
    "store_health: a command that the user may not run is the whole store's trouble, keys are their host's") {
    for (auto const* const words :
         {"NOPERM User some has no permissions to run the 'evalsha' command",
          "NOPERM this user has no permissions to run the 'evalsha' command or its subcommand",
          "ERR ACL failure in script: User some has no permissions to run the 'hset' command script: 0a",
          "ERR The user executing the script can't run this command or subcommand script: 0a"}) {
        store_health health;
        CHECK(fail(health, 1s, redis_errc::no_permission, "a", words));
        CHECK_FALSE(fail(health, 1s, redis_errc::no_permission, "b", words));
        CHECK(health.is_failing());
    }
    for (auto const* const words :
         {"NOPERM No permissions to access a key",
          "NOPERM this user has no permissions to access one of the keys used as arguments",
          "ERR The user executing the script can't access at least one of the keys mentioned"}) {
        store_health health;
        CHECK(fail(health, 1s, redis_errc::no_permission, "a", words));
        CHECK_FALSE(health.is_failing());
    }
}

TEST_CASE("store_health: a host that failed alone recovers with its next success, once") {
    store_health health;
    fail(health, 1s, redis_errc::wrong_type, "a");
    fail(health, 1s, redis_errc::wrong_type, "b");
    auto const change = health.on_success("a", 2s);
    REQUIRE(change);
    CHECK_FALSE(change->failed);
    CHECK(change->host == "a");
    CHECK_FALSE(health.is_failing("a"));
    CHECK(health.is_failing("b"));
    CHECK_FALSE(health.on_success("a", 3s));
    CHECK(health.on_success("b", 3s));
    CHECK(fail(health, 4s, redis_errc::wrong_type, "a"));
}

TEST_CASE(
    "store_health: a step beyond a bound of the connection is no news of the store, but is why it failed") {
    store_health health;
    for (auto const error : {redis_errc::too_many_commands, redis_errc::too_many_bytes}) {
        CHECK_FALSE(fail(health, 1s, error, "a"));
        CHECK_FALSE(health.is_failing());
        CHECK_FALSE(health.is_failing("a"));
        CHECK(health.last_failure().error == error);
    }
}

TEST_CASE("store_health: all other errors are about the store as a whole") {
    for (auto const error :
         {redis_errc::not_connected, redis_errc::connection_lost, redis_errc::timed_out,
          redis_errc::reply_too_large, redis_errc::protocol_error, redis_errc::closed, redis_errc::loading,
          redis_errc::read_only, redis_errc::out_of_memory, redis_errc::authentication_required,
          redis_errc::wrong_password, redis_errc::busy, redis_errc::master_down, redis_errc::misconfigured,
          redis_errc::cluster_down, redis_errc::too_many_clients, redis_errc::no_script,
          redis_errc::not_enough_replicas, redis_errc::unknown_command}) {
        store_health health;
        auto const change = fail(health, 1s, error, "a");
        REQUIRE(change);
        CHECK(change->host.view().empty());
        CHECK(health.is_failing());
    }
}

TEST_CASE(
    "store_health: hosts that fail alone are known up to a bound; beyond it the failure is told again") {
    store_health health;
    for (int i = 0; i != 1000; ++i)
        CHECK(fail(health, 1s, redis_errc::wrong_type, "host " + std::to_string(i)));
    CHECK_FALSE(fail(health, 2s, redis_errc::wrong_type, "host 999"));
    CHECK(fail(health, 2s, redis_errc::wrong_type, "host 0"));
    CHECK(health.on_success("host 999", 3s));
    CHECK_FALSE(health.on_success("host 1", 3s));
}

} // namespace store_health_test
