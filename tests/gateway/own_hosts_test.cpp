// SPDX-License-Identifier: BSL-1.0
#include <gateway/own_hosts.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/ip/address.hpp>

#include <string_view>

namespace own_hosts_test {

namespace {

using gateway::own_hosts;
namespace asio = boost::asio;
namespace http = gateway::http;

own_hosts listening_on(char const* address) {
    return {asio::ip::make_address(address), {}};
}

TEST_CASE("the address listened on and localhost are own, with any port or none") {
    auto const own = listening_on("127.0.0.1");
    for (auto const* const host :
         {"127.0.0.1", "127.0.0.1:8080", "127.0.0.1:80", "localhost", "localhost:8080", "LocalHost:8080",
          "localhost.", "localhost.:8080", "localhost:", "[::ffff:127.0.0.1]:8080"})
        CHECK(own.contains(host));
}

TEST_CASE("whatever else a Host may be is foreign") {
    auto const own = listening_on("127.0.0.1");
    for (auto const* const host : {"",
                                   ".",
                                   ":",
                                   ":8080",
                                   "evil.example",
                                   "evil.example:8080",
                                   "localhost.evil.example",
                                   "evil.localhost",
                                   "localhost..",
                                   "localhost@evil.example",
                                   "localhost:80@evil.example",
                                   "evil.example@localhost",
                                   "localhost:x",
                                   "localhost:80:80",
                                   "localhost,evil.example",
                                   "localhost evil.example",
                                   "127.0.0.2",
                                   "127.0.0.1.evil.example",
                                   "127.1",
                                   "2130706433",
                                   "0x7f.0.0.1",
                                   "0.0.0.0",
                                   "[::1]",
                                   "::1",
                                   "[::1",
                                   "[]",
                                   "[127.0.0.1]",
                                   "[::1].",
                                   "127.0.0.1.."})
        CHECK_FALSE(own.contains(host));
}

TEST_CASE("an IPv6 address is own in all its spellings, in brackets") {
    auto const own = listening_on("::1");
    for (auto const* const host :
         {"[::1]", "[::1]:8080", "[0:0:0:0:0:0:0:1]:8080", "[::0001]", "localhost:8080"})
        CHECK(own.contains(host));
    for (auto const* const host : {"::1", "[::2]", "[::1]x", "[::1]8080", "[::1:8080", "127.0.0.1"})
        CHECK_FALSE(own.contains(host));
    CHECK(listening_on("2001:db8::a").contains("[2001:DB8::A]:8080"));
}

TEST_CASE("where all addresses are listened on, each is own, and no name") {
    for (auto const* const all : {"0.0.0.0", "::"}) {
        auto const own = listening_on(all);
        for (auto const* const host :
             {"192.0.2.7:8080", "[2001:db8::1]", "0.0.0.0:8080", "[::]", "localhost"})
            CHECK(own.contains(host));
        for (auto const* const host : {"", "evil.example", "192.0.2.7.evil.example", "[evil.example]"})
            CHECK_FALSE(own.contains(host));
    }
}

TEST_CASE("other names and addresses are own where they are given") {
    own_hosts const own{asio::ip::make_address("127.0.0.1"), {"ops.example", "192.0.2.7", "[2001:db8::1]"}};
    for (auto const* const host :
         {"ops.example", "OPS.example.:443", "192.0.2.7:80", "[2001:db8:0::1]:80", "localhost", "127.0.0.1"})
        CHECK(own.contains(host));
    for (auto const* const host :
         {"example", "x.ops.example", "ops.example.evil", "192.0.2.8", "[2001:db8::2]"})
        CHECK_FALSE(own.contains(host));
}

TEST_CASE("a request is for the authority of its target, or else for its one Host") {
    gateway::request message{http::verb::get, "/metrics", 10};
    CHECK(gateway::authority_of(message).empty());
    message.insert(http::field::host, "a:1");
    CHECK(gateway::authority_of(message) == "a:1");
    message.target("HTTP://b:2/metrics");
    CHECK(gateway::authority_of(message) == "b:2");
    message.target("http://c?x");
    CHECK(gateway::authority_of(message) == "c");
    message.target("/metrics?http://d/");
    CHECK(gateway::authority_of(message) == "a:1");
    message.insert(http::field::host, "b");
    CHECK(gateway::authority_of(message).empty());
}

} // namespace

} // namespace own_hosts_test
