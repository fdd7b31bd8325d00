// SPDX-License-Identifier: BSL-1.0
#include <gateway/command_line.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace command_line_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using gateway::parse_command_line;
using namespace std::chrono_literals;

TEST_CASE("an upstream is a name and a URL, whose path its own ones begin with") {
    auto const parsed = parse_command_line(
        {"--upstream", "orders=http://127.0.0.1:9001", "--upstream", "s=http://stock/api/"});
    REQUIRE(parsed);
    REQUIRE(parsed->upstreams.size() == 2);
    auto const& orders = parsed->upstreams[0];
    CHECK(orders.name == "orders");
    CHECK(orders.host == "127.0.0.1");
    CHECK(orders.port == "9001");
    CHECK(orders.authority == "127.0.0.1:9001");
    CHECK(orders.base.empty());
    CHECK(parsed->upstreams[1].port == "80");
    CHECK(parsed->upstreams[1].base == "/api");
    CHECK(parsed->address.is_loopback());
}

TEST_CASE("every flag sets what it names") {
    auto const parsed = parse_command_line({"--upstream", "a=http://b",
                                            "--listen",   "::1",
                                            "--port",     "0",
                                            "--attempts", "5",
                                            "--timeout",  "250ms",
                                            "--deadline", "3s",
                                            "--drain",    "0s",
                                            "--store",    "redis://localhost",
                                            "--host",     "Ops.example.",
                                            "--host",     "[2001:DB8::1]"});
    REQUIRE(parsed);
    CHECK(parsed->address.to_string() == "::1");
    CHECK(parsed->port == 0);
    CHECK(parsed->attempts == 5);
    CHECK(parsed->attempt_timeout == 250ms);
    CHECK(parsed->deadline == 3s);
    CHECK(parsed->drain_time == 0s);
    CHECK(parsed->store == "redis://localhost");
    CHECK(parsed->hosts == std::vector<std::string>{"ops.example", "[2001:db8::1]"});
}

TEST_CASE("help comes before all else") {
    CHECK_FALSE(parse_command_line({"--port", "1", "--help", "--nonsense"}));
}

TEST_CASE("what can't be right is refused by name") {
    auto const refused = [](std::vector<std::string_view> arguments, std::string const& words) {
        CHECK_THROWS_MATCHES(parse_command_line(arguments), std::invalid_argument,
                             MessageMatches(ContainsSubstring(words)));
    };
    refused({}, "expected an --upstream");
    refused({"--upstream"}, "needs a value");
    refused({"--upstream", "orders"}, "NAME=URL");
    refused({"--upstream", "metrics=http://a"}, "not one of the gateway's own paths");
    refused({"--upstream", "a=ftp://b"}, "http://");
    refused({"--upstream", "a=http://b?c"}, "without a query");
    refused({"--upstream", "a=http://b", "--upstream", "a=http://c"}, "two upstreams with the name 'a'");
    refused({"--port", "65536"}, "from 0 to 65535");
    refused({"--port", "x"}, "from 0 to 65535");
    refused({"--listen", "localhost"}, "an IP address");
    for (auto const* const host :
         {"", "ops.example:80", "http://ops.example", "*.example", "127.0.0.1:80", "[::1"})
        refused({"--host", host}, "without a port");
    refused({"--timeout", "0s"}, "more than zero");
    refused({"--deadline", "5"}, "whole number with its unit");
    refused({"--verbose"}, "not a flag");
}

} // namespace

} // namespace command_line_test
