// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/unshareable_commands.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace unshareable_commands_test {

using namespace breakerbox;
using detail::unshareable_part;

namespace {

template <class... Words>
std::string_view part_of(Words const&... words) {
    return unshareable_part(redis_command{std::string_view{words}...});
}

} // namespace

TEST_CASE("unshareable_commands: what reads or writes values, or runs a script, is for everybody") {
    for (auto const* const name : {"GET", "INCR", "EVALSHA", "EVAL", "PING", "XREAD", "CLIENT", "SCRIPT", "",
                                   "GETSELECT", "SELECTED", "W"})
        CHECK(part_of(name).empty());
    CHECK(part_of("GET", "SELECT").empty());
    CHECK(part_of("CLIENT", "LIST").empty());
    CHECK(part_of("CLIENT", "PAUSE", "10").empty());
    CHECK(part_of("SCRIPT", "LOAD", "return 1").empty());
    CHECK(part_of("EVAL", "SUBSCRIBE", "0").empty());
    CHECK(part_of(std::string(100'000, 'x')).empty());
}

TEST_CASE(
    "unshareable_commands: what changes the connection, or blocks it, is named, however it is written") {
    for (std::string const name :
         {"SELECT",      "AUTH",         "HELLO",        "MULTI",      "EXEC",     "DISCARD", "WATCH",
          "UNWATCH",     "SUBSCRIBE",    "PSUBSCRIBE",   "SSUBSCRIBE", "RESET",    "QUIT",    "MONITOR",
          "UNSUBSCRIBE", "BLPOP",        "BRPOP",        "BRPOPLPUSH", "BLMOVE",   "BLMPOP",  "BZPOPMIN",
          "BZPOPMAX",    "BZMPOP",       "WAIT",         "WAITAOF",    "SYNC",     "PSYNC",   "ASKING",
          "READONLY",    "PUNSUBSCRIBE", "SUNSUBSCRIBE", "REPLCONF",   "READWRITE"}) {
        CHECK(part_of(name) == name);
        std::string small;
        for (char const c : name)
            small += static_cast<char>(c - 'A' + 'a');
        CHECK(part_of(small, "argument") == name);
    }
}

TEST_CASE("unshareable_commands: of CLIENT, SCRIPT and XREAD it depends on the arguments") {
    CHECK(part_of("client", "reply", "skip") == "CLIENT REPLY");
    CHECK(part_of("CLIENT", "TRACKING", "ON") == "CLIENT TRACKING");
    CHECK(part_of("CLIENT", "no-evict", "on") == "CLIENT NO-EVICT");
    CHECK(part_of("CLIENT", "SETNAME", "other") == "CLIENT SETNAME");
    CHECK(part_of("SCRIPT", "DEBUG", "YES") == "SCRIPT DEBUG");
    CHECK(part_of("XREAD", "COUNT", "1", "BLOCK", "0", "STREAMS", "s", "$") == "XREAD BLOCK");
    CHECK(part_of("xreadgroup", "group", "g", "c", "block", "0", "streams", "s", ">") == "XREADGROUP BLOCK");
    CHECK(part_of("XREADGROUP", "GROUP", "BLOCK", "BLOCK", "STREAMS", "BLOCK", ">").empty());
    CHECK(part_of("XREAD", "STREAMS", "BLOCK", "0").empty());
}

TEST_CASE("unshareable_commands: a command that was moved away has no words") {
    redis_command command{"SELECT", "1"};
    auto const moved = std::move(command);
    CHECK(unshareable_part(command).empty()); // NOLINT(bugprone-use-after-move)
    CHECK(unshareable_part(moved) == "SELECT");
}

TEST_CASE("unshareable_commands: the refusal is an error reply that names the command") {
    auto const reply = detail::refusal_of("CLIENT REPLY");
    CHECK(reply.is_error());
    CHECK(reply.text() == "ERR CLIENT REPLY would change the connection for all who share it");
}

} // namespace unshareable_commands_test
