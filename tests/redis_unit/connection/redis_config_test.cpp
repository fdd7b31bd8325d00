// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/config.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace redis_config_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using breakerbox::detail::checked_address;
using Catch::Matchers::Message;

// It owns nothing, so that it may stand in a co_await expression under any compiler.
static_assert(std::is_aggregate_v<redis_config> && std::is_trivially_destructible_v<redis_config>);

namespace {

template <class Change>
void check_refused(Change change, std::string const& message) {
    redis_config config;
    change(config);
    CHECK_THROWS_MATCHES(checked_address("redis://localhost", config), std::invalid_argument,
                         Message("breakerbox: " + message));
}

} // namespace

TEST_CASE("redis_config: as it is by default, it adds nothing to the URL") {
    auto const address = checked_address("redis://localhost", {});
    CHECK(address.type == redis_address::kind::tcp);
    CHECK(address.host == "localhost");
    CHECK(address.port == 6379);
    CHECK_FALSE(address.has_credentials());
    CHECK_FALSE(address.database);
}

TEST_CASE("redis_config: the URL's user, password and database hold unless there are others") {
    auto const* const url = "redis://alice:secret@example.com:7000/2";
    redis_config config;
    auto address = checked_address(url, config);
    CHECK(address.user == "alice");
    CHECK(address.password == "secret");
    CHECK(address.database == 2);

    config.user = "bob";
    config.password = "hidden";
    config.database = 0;
    address = checked_address(url, config);
    CHECK(address.user == "bob");
    CHECK(address.password == "hidden");
    CHECK(address.database == 0);
    CHECK(address.host == "example.com");
    CHECK(address.port == 7000);
}

TEST_CASE("redis_config: times must be more than zero, and in their order") {
    check_refused([](auto& c) { c.connect_timeout = 0s; },
                  "redis_config.connect_timeout must be more than zero, but is 0s");
    check_refused([](auto& c) { c.command_timeout = -1ms; },
                  "redis_config.command_timeout must be more than zero, but is -1ms");
    check_refused([](auto& c) { c.stall_timeout = 499ms; },
                  "redis_config.stall_timeout must be redis_config.command_timeout or more, but is 499ms");
    check_refused([](auto& c) { c.idle_ping_after = 0s; },
                  "redis_config.idle_ping_after must be more than zero, but is 0s");
    check_refused([](auto& c) { c.reconnect_min = 0s; },
                  "redis_config.reconnect_min must be more than zero, but is 0s");
    check_refused([](auto& c) { c.reconnect_max = 49ms; },
                  "redis_config.reconnect_max must be redis_config.reconnect_min or more, but is 49ms");
    check_refused([](auto& c) { c.reconnect_after_refusal = -1s; },
                  "redis_config.reconnect_after_refusal must be more than zero, but is -1s");
    check_refused([](auto& c) { c.max_connection_age = 0s; },
                  "redis_config.max_connection_age must be more than zero, but is 0s");
}

TEST_CASE("redis_config: a time may be for ever") {
    redis_config config;
    config.command_timeout = config.stall_timeout = config.idle_ping_after = config.reconnect_max =
        duration::max();
    CHECK_NOTHROW(checked_address("redis://localhost", config));
}

TEST_CASE("redis_config: bounds must let something through") {
    check_refused([](auto& c) { c.max_waiting_commands = 0; },
                  "redis_config.max_waiting_commands must be 1 or more, but is 0");
    check_refused([](auto& c) { c.max_unwritten_bytes = 0; },
                  "redis_config.max_unwritten_bytes must be 1 or more, but is 0");
    check_refused([](auto& c) { c.max_reply_bytes = 0; },
                  "redis_config.max_reply_bytes must be 1 or more, but is 0");
    check_refused([](auto& c) { c.max_reply_elements = 0; },
                  "redis_config.max_reply_elements must be 1 or more, but is 0");
}

TEST_CASE("redis_config: a client name must be one that CLIENT SETNAME takes, or empty") {
    check_refused(
        [](auto& c) { c.client_name = "my app"; },
        "redis_config.client_name must be of printable ASCII characters without spaces, but is my app");
    redis_config config;
    for (auto const* const name : {"", "a", "my-app:1~!"}) {
        config.client_name = name;
        CHECK_NOTHROW(checked_address("redis://localhost", config));
    }
    for (auto const* const name : {"a\n", "\x7f", "\xc3\xbc"}) {
        config.client_name = name;
        CHECK_THROWS_AS(checked_address("redis://localhost", config), std::invalid_argument);
    }
}

TEST_CASE("redis_config: a database must be one that SELECT takes") {
    check_refused([](auto& c) { c.database = 2147483648U; },
                  "redis_config.database must be from 0 to 2147483647, but is 2147483648");
    redis_config config;
    config.database = 2147483647U;
    CHECK(checked_address("redis://localhost", config).database == 2147483647U);
}

TEST_CASE("redis_config: what is wrong with the URL is told, and no password is") {
    CHECK_THROWS_MATCHES(checked_address("redis://:secret@localhost:x", {}), std::invalid_argument,
                         Message("breakerbox: the Redis URL's port must be a number from 1 to 65535, but has "
                                 "a character that is no digit "
                                 "(character 27)"));
    redis_config config;
    config.password = "hidden";
    config.command_timeout = 0s;
    try {
        checked_address("redis://:secret@localhost", config);
        FAIL("it was taken");
    } catch (std::invalid_argument const& e) {
        std::string const text = e.what();
        CHECK(text.find("secret") == std::string::npos);
        CHECK(text.find("hidden") == std::string::npos);
    }
}

} // namespace redis_config_test
