// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/handshake.hpp>

#include <breakerbox/redis/connection/detail/reply_reader.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace handshake_test {

using namespace breakerbox;
using detail::handshake;

namespace {

redis_reply reply(std::string_view bytes) {
    detail::reply_reader reader{1000, 10};
    reader.feed(bytes);
    auto read = reader.next();
    REQUIRE(read.has_value());
    REQUIRE(read->has_value());
    return std::move(**read);
}

template <class... Commands>
std::string bytes_of_all(Commands const&... commands) {
    return (std::string{} + ... + std::string{commands.bytes()});
}

} // namespace

TEST_CASE("handshake: says what there is to say, in one write, and PING at the end") {
    CHECK(handshake{{}, "", {}}.unwritten() == bytes_of_all(redis_command{"PING"}));
    redis_address address;
    address.user = "somebody";
    address.password = "secret";
    address.database = 0;
    redis_script const script{"return 1"};
    CHECK(handshake{address, "me", {script}}.unwritten() ==
          bytes_of_all(redis_command{"AUTH", "somebody", "secret"}, redis_command{"SELECT", "0"},
                       redis_command{"CLIENT", "SETNAME", "me"}, redis_command{"SCRIPT", "LOAD", "return 1"},
                       redis_command{"PING"}));
    address.user.clear();
    address.database.reset();
    CHECK(handshake{address, "", {}}.unwritten() ==
          bytes_of_all(redis_command{"AUTH", "secret"}, redis_command{"PING"}));
}

TEST_CASE("handshake: a minimal one says who it is and which database it wants, or nothing") {
    redis_address address;
    handshake const nothing{address, "me", {redis_script{"return 1"}}, redis_handshake::minimal};
    CHECK(nothing.unwritten().empty());
    CHECK(nothing.is_empty());
    CHECK(nothing.is_done());
    address.password = "secret";
    address.database = 1;
    handshake const some{address, "me", {redis_script{"return 1"}}, redis_handshake::minimal};
    CHECK(some.unwritten() == bytes_of_all(redis_command{"AUTH", "secret"}, redis_command{"SELECT", "1"}));
    CHECK_FALSE(some.is_empty());
    CHECK_FALSE(some.is_done());
}

TEST_CASE("handshake: is done when all is answered") {
    redis_address address;
    address.database = 1;
    handshake hello{address, "", {}};
    hello.wrote(hello.unwritten().size());
    CHECK_FALSE(hello.is_done());
    CHECK_FALSE(hello.on_reply(reply("+OK\r\n")));
    CHECK_FALSE(hello.is_done());
    CHECK_FALSE(hello.on_reply(reply("+PONG\r\n")));
    CHECK(hello.is_done());
}

TEST_CASE("handshake: what is written in pieces leaves the rest") {
    handshake hello{{}, "", {}};
    auto const all = bytes_of_all(redis_command{"PING"});
    hello.wrote(3);
    CHECK(hello.unwritten() == all.substr(3));
    hello.wrote(all.size() - 3);
    CHECK(hello.unwritten().empty());
}

TEST_CASE("handshake: a last answer that comes before all is written is none") {
    for (auto const* const bytes : {"+PONG\r\n", "-NOPERM no\r\n"}) {
        handshake hello{{}, "", {}};
        hello.wrote(hello.unwritten().size() - 1);
        CHECK(hello.on_reply(reply(bytes)) == redis_errc::protocol_error);
        CHECK(hello.text().empty());
    }
}

TEST_CASE("handshake: a refusal of AUTH or SELECT ends it, one of the name, a script or PING does not") {
    redis_address address;
    address.password = "secret";
    address.database = 1;
    handshake refused{address, "me", {}};
    CHECK(refused.on_reply(reply("-WRONGPASS invalid\r\n")) == redis_errc::wrong_password);
    CHECK(refused.text() == "WRONGPASS");

    handshake elsewhere{address, "me", {redis_script{"return 1"}}};
    CHECK_FALSE(elsewhere.on_reply(reply("+OK\r\n")));
    CHECK(elsewhere.on_reply(reply("-ERR DB index is out of range\r\n")) == redis_errc::server_error);

    handshake restricted{address, "me", {redis_script{"return 1"}}};
    restricted.wrote(restricted.unwritten().size());
    for (auto const* const bytes :
         {"+OK\r\n", "+OK\r\n", "-NOPERM no\r\n", "-NOPERM no\r\n", "-NOPERM no\r\n"})
        CHECK_FALSE(restricted.on_reply(reply(bytes)));
    CHECK(restricted.is_done());
}

TEST_CASE("handshake: a server that takes no commands ends it, whatever it says that to") {
    for (auto const* const bytes :
         {"-LOADING is loading\r\n", "-NOAUTH required\r\n", "-ERR max number of clients reached\r\n",
          "-MASTERDOWN is down\r\n", "-DENIED protected mode\r\n"}) {
        handshake hello{{}, "me", {}};
        CHECK(hello.on_reply(reply(bytes)));
        CHECK(bytes == '-' + hello.text() + "\r\n");
    }
}

TEST_CASE("handshake: where the server knows a password, only what its words are recognised by is told") {
    redis_address address;
    address.password = "a secret that is longer than what a server repeats";
    for (bool const has_user : {false, true}) {
        if (has_user)
            address.user = "somebody";
        for (auto const* const bytes :
             {"-ERR unknown command 'AUTH', with args beginning with: 'a secret that'\r\n",
              "-ERR unknown command `AUTH`, with args beginning with: `a sec\r\n"}) {
            handshake hello{address, "", {}};
            CHECK(hello.on_reply(reply(bytes)) == redis_errc::unknown_command);
            CHECK(hello.text() == "ERR unknown command");
        }
        handshake hello{address, "", {}};
        CHECK(hello.on_reply(reply("-ERR a secret\r\n")) == redis_errc::server_error);
        CHECK(hello.text().find("a secret") == std::string::npos);
        CHECK_FALSE(hello.text().empty());
        CHECK(hello.told_of("WRONGPASS a secret") == "WRONGPASS");
    }
    address.password.clear();
    CHECK(handshake{address, "", {}}.told_of("NOPERM somebody") == "NOPERM");
    CHECK(handshake{{}, "", {}}.told_of("ERR all of it") == "ERR all of it");
}

} // namespace handshake_test
