// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/url.hpp>

#include <catch2/catch_test_macros.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace redis_url_test {

using namespace breakerbox;
using namespace std::string_view_literals;

namespace {

/// What is wrong with it, without the beginning that all such texts share; empty if nothing is.
std::string complaint(std::string_view url) {
    try {
        (void)parse_redis_url(url);
    } catch (std::invalid_argument const& e) {
        std::string const text = e.what();
        std::string const beginning = "breakerbox: the Redis URL";
        REQUIRE(text.starts_with(beginning));
        return text.substr(beginning.size());
    }
    return {};
}

} // namespace

TEST_CASE("parse_redis_url: a host alone has the usual port, no user, no password and no database") {
    auto const address = parse_redis_url("redis://example.com");
    CHECK(address.type == redis_address::kind::tcp);
    CHECK(address.host == "example.com");
    CHECK(address.port == 6379);
    CHECK(address.user.empty());
    CHECK(address.password.empty());
    CHECK_FALSE(address.has_credentials());
    CHECK_FALSE(address.database);
    CHECK(address.path.empty());
}

TEST_CASE("parse_redis_url: reads every part") {
    auto const address = parse_redis_url("redis://alice:secret@10.0.0.1:7000/15");
    CHECK(address.host == "10.0.0.1");
    CHECK(address.port == 7000);
    CHECK(address.user == "alice");
    CHECK(address.password == "secret");
    CHECK(address.has_credentials());
    CHECK(address.database == 15);
}

TEST_CASE("parse_redis_url: the user, the port and the database may be left out") {
    CHECK(parse_redis_url("redis://:secret@localhost").user.empty());
    CHECK(parse_redis_url("redis://:secret@localhost").password == "secret");
    CHECK(parse_redis_url("redis://:secret@localhost").has_credentials());
    CHECK(parse_redis_url("redis://alice:@localhost").has_credentials());
    CHECK_FALSE(parse_redis_url("redis://:@localhost").has_credentials());
    CHECK(parse_redis_url("redis://localhost/3").database == 3);
    CHECK(parse_redis_url("redis://localhost/3").port == 6379);
    CHECK_FALSE(parse_redis_url("redis://localhost:1/").database);
    CHECK(parse_redis_url("redis://localhost:1/0").database == 0);
}

TEST_CASE("parse_redis_url: rediss:// is TLS") {
    auto const address = parse_redis_url("rediss://localhost:6380/1");
    CHECK(address.type == redis_address::kind::tls);
    CHECK(address.host == "localhost");
    CHECK(address.port == 6380);
    CHECK(address.database == 1);
}

TEST_CASE("parse_redis_url: unix:// is a Unix socket with a path, and the database in the query") {
    auto const address = parse_redis_url("unix:///run/redis/redis.sock?db=2");
    CHECK(address.type == redis_address::kind::unix_socket);
    CHECK(address.path == "/run/redis/redis.sock");
    CHECK(address.host.empty());
    CHECK(address.database == 2);
    CHECK_FALSE(parse_redis_url("unix:///redis.sock").database);
    CHECK(parse_redis_url("unix://alice:secret@/redis.sock").user == "alice");
    CHECK(parse_redis_url("unix://alice:secret@/redis.sock").password == "secret");
    CHECK(parse_redis_url("unix:///a%20b%3f").path == "/a b?");
}

TEST_CASE("parse_redis_url: an IPv6 address stands in brackets, and may have a zone") {
    CHECK(parse_redis_url("redis://[::1]").host == "::1");
    CHECK(parse_redis_url("redis://[::1]").port == 6379);
    CHECK(parse_redis_url("redis://:pw@[2001:db8::7]:7000/1").host == "2001:db8::7");
    CHECK(parse_redis_url("redis://:pw@[2001:db8::7]:7000/1").port == 7000);
    CHECK(parse_redis_url("redis://[::ffff:10.0.0.1]").host == "::ffff:10.0.0.1");
    CHECK(parse_redis_url("redis://[fe80::1%25lo]").host == "fe80::1%lo");
}

TEST_CASE("parse_redis_url: a user, a password and a host are percent-decoded") {
    auto const address = parse_redis_url("redis://a%3Ab:%40%2f%3F%23%25%00@my%2dhost");
    CHECK(address.user == "a:b");
    CHECK(address.password == "@/?#%\0"sv);
    CHECK(address.host == "my-host");
}

TEST_CASE("parse_redis_url: the last '@' ends the password, the first ':' begins it") {
    auto const address = parse_redis_url("redis://alice:p@ss:word@localhost:1");
    CHECK(address.user == "alice");
    CHECK(address.password == "p@ss:word");
    CHECK(address.host == "localhost");
}

TEST_CASE("parse_redis_url: names may have letters beyond ASCII and underscores") {
    CHECK(parse_redis_url("redis://redis_1.m\xc3\xbcller").host == "redis_1.m\xc3\xbcller");
}

TEST_CASE("parse_redis_url: another scheme, or none, is refused") {
    std::string const expected =
        "'s scheme must be redis://, rediss:// or unix://, but is none of them (character 1)";
    for (auto const* const url :
         {"", "localhost", "localhost:6379", "http://localhost", "redis:/localhost", "redis:localhost",
          "REDIS://localhost", "redis+tls://localhost", "//localhost"})
        CHECK(complaint(url) == expected);
}

TEST_CASE("parse_redis_url: a host must be given, and look like one") {
    for (auto const* const url : {"redis://", "redis:///0", "redis://:6379", "redis://?db=1"})
        CHECK(complaint(url) == "'s host must be given, but is empty (character 9)");
    CHECK(complaint("redis://alice:secret@") == "'s host must be given, but is empty (character 22)");
    CHECK(complaint("redis://a\\b") ==
          "'s host must be of letters, digits, '-', '.' and '_', but has another character (character 9)");
    CHECK(complaint("redis://a%00b").starts_with("'s host must be of letters"));
    CHECK(complaint("redis://a]").starts_with("'s host must be of letters"));
}

TEST_CASE("parse_redis_url: a port must be a number from 1 to 65535") {
    std::string const expected = "'s port must be a number from 1 to 65535, but ";
    CHECK(complaint("redis://localhost:") == expected + "is empty (character 19)");
    CHECK(complaint("redis://localhost:/0") == expected + "is empty (character 19)");
    CHECK(complaint("redis://localhost:63x9") ==
          expected + "has a character that is no digit (character 21)");
    CHECK(complaint("redis://localhost:-1") == expected + "has a character that is no digit (character 19)");
    CHECK(complaint("redis://localhost:+1") == expected + "has a character that is no digit (character 19)");
    for (auto const* const port : {"0", "65536", "4294967297", "99999999999999999999999999"})
        CHECK(complaint(std::string("redis://localhost:") + port) ==
              expected + "is out of that range (character 19)");
    CHECK(parse_redis_url("redis://localhost:65535").port == 65535);
    CHECK(parse_redis_url("redis://localhost:1").port == 1);
}

TEST_CASE("parse_redis_url: a database must be a number that SELECT takes") {
    std::string const expected = "'s database must be a number from 0 to 2147483647, but ";
    CHECK(complaint("redis://localhost/x") == expected + "has a character that is no digit (character 19)");
    CHECK(complaint("redis://localhost/0/") == expected + "has a character that is no digit (character 20)");
    CHECK(complaint("redis://localhost/-1") == expected + "has a character that is no digit (character 19)");
    CHECK(complaint("redis://localhost/1?x=1") ==
          expected + "has a character that is no digit (character 20)");
    CHECK(complaint("redis://localhost/2147483648") == expected + "is out of that range (character 19)");
    CHECK(complaint("unix:///s?db=") == expected + "is empty (character 14)");
    CHECK(complaint("unix:///s?db=1&x=2") == expected + "has a character that is no digit (character 15)");
    CHECK(parse_redis_url("redis://localhost/2147483647").database == 2147483647);
}

TEST_CASE("parse_redis_url: what follows the port must be the database") {
    CHECK(complaint("redis://localhost?db=1") ==
          " must end with its port or /database, but goes on (character 18)");
    CHECK(complaint("redis://localhost#x") ==
          " must end with its port or /database, but goes on (character 18)");
}

TEST_CASE("parse_redis_url: an IPv6 address must be one, in two brackets, with a port or nothing behind") {
    CHECK(complaint("redis://[::1") == "'s IPv6 address must end with a ']', but doesn't (character 9)");
    CHECK(complaint("redis://[::1:6379/0]") ==
          "'s IPv6 address must end with a ']', but doesn't (character 9)");
    for (auto const* const host :
         {"[]", "[localhost]", "[10.0.0.1]", "[1::2::3]", "[::1%00]", "[::1%25a%20b]"})
        CHECK(complaint(std::string("redis://") + host) ==
              " must have an IPv6 address between '[' and ']', but has none (character 9)");
    CHECK(complaint("redis://[::1]6379") ==
          "'s IPv6 address must be followed by a ':', a '/' or nothing, but isn't (character 14)");
    CHECK(complaint("redis://::1") == "'s host must be given, but is empty (character 9)");
    CHECK(complaint("redis://fe80::1") ==
          "'s host must be in brackets where it is an IPv6 address, but has more "
          "than one ':' without them (character 14)");
    CHECK(complaint("redis://[::1]:").starts_with("'s port must be"));
}

TEST_CASE("parse_redis_url: a '%' must have two hexadecimal digits behind it, wherever it stands") {
    std::string const expected = " must have two hexadecimal digits after each '%', but hasn't (character ";
    CHECK(complaint("redis://a%:b@localhost") == "'s user" + expected + "10)");
    CHECK(complaint("redis://a:b%4@localhost") == "'s password" + expected + "12)");
    CHECK(complaint("redis://a:b%4g@localhost") == "'s password" + expected + "12)");
    CHECK(complaint("redis://a:b%-1@localhost") == "'s password" + expected + "12)");
    CHECK(complaint("redis://a:b%@localhost") == "'s password" + expected + "12)");
    CHECK(complaint("redis://localhost%") == "'s host" + expected + "18)");
    CHECK(complaint("unix:///a%zz") == "'s path" + expected + "10)");
    CHECK(complaint("redis://[::1%lo]") == "'s IPv6 address" + expected + "13)");
}

TEST_CASE("parse_redis_url: a user without a password is refused, since some read it as the password") {
    CHECK(complaint("redis://secret@localhost") ==
          " must have a ':' before the password, as in user:password@ or :password@, but has none (character "
          "9)");
}

TEST_CASE("parse_redis_url: a '/', '?' or '#' in a password must be percent-encoded, and an '@' behind it") {
    std::string const expected =
        " must have no '@' behind a '/', '?' or '#', which a password has as %2F, %3F and %23, but has one";
    CHECK(complaint("redis://:a/b@localhost") == expected + " (character 13)");
    CHECK(complaint("redis://:a?b@localhost") == expected + " (character 13)");
    CHECK(complaint("redis://:a@b#c@localhost") == expected + " (character 15)");
    CHECK(complaint("unix:///tmp/a@b") == expected + " (character 14)");
    CHECK(parse_redis_url("unix:///tmp/a%40b").path == "/tmp/a@b");
}

TEST_CASE("parse_redis_url: spaces and control characters must be percent-encoded") {
    CHECK(complaint("redis://localhost\n") ==
          " must have no spaces or control characters, but has one (character 18)");
    CHECK(complaint("redis://:a b@localhost") ==
          " must have no spaces or control characters, but has one (character 11)");
    CHECK(complaint("redis://local\0host"sv).starts_with(" must have no spaces"));
}

TEST_CASE("parse_redis_url: a Unix socket has a path that fits, and no host") {
    CHECK(complaint("unix://run/redis.sock") ==
          " must have no host for a Unix socket, as in unix:///path, but has one (character 8)");
    CHECK(complaint("unix://").starts_with("'s path must have from 1 to "));
    CHECK(complaint("unix://?db=1").starts_with("'s path must have from 1 to "));
    CHECK(complaint("unix:///a%00b").starts_with("'s path must have from 1 to "));
    CHECK(complaint("unix:///" + std::string(200, 'x')).starts_with("'s path must have from 1 to "));
    CHECK(complaint("unix:///s?database=1") ==
          " must end with its path or ?db=database, but goes on (character 10)");
    CHECK(complaint("unix:///s#1") == " must end with its path or ?db=database, but goes on (character 10)");
}

TEST_CASE("parse_redis_url: never shows a password, however malformed the URL is around it") {
    // Each as a person may write it by mistake, with a password of one mark.
    for (std::string url : {"redis://:MARK",
                            "redis://alice:MARK",
                            "redis://MARK@",
                            "redis://MARK@localhost",
                            "redis://:a/MARK@localhost",
                            "redis://:MARK/b@localhost",
                            "redis://:a?MARK@localhost",
                            "redis://:a#MARK@localhost:1/2",
                            "redis://:MARK%zz@localhost",
                            "redis://:%zzMARK@localhost",
                            "redis://:MARK@localhost:x",
                            "redis://:MARK@localhost:99999",
                            "redis://:MARK@:1",
                            "redis://:MARK@[::1",
                            "redis://:MARK@local host",
                            "redis://:MA RK@localhost",
                            "redis:/:MARK@localhost",
                            "redis:alice:MARK@localhost",
                            "MARK@localhost",
                            "alice:MARK@localhost",
                            "MARK://localhost",
                            "alice:MARK://x@localhost",
                            "redis//:MARK@localhost",
                            "redis://[MARK@localhost",
                            "redis://alice:1234/MARK",
                            "redis://alice:MARK:x",
                            "unix://MARK@/s",
                            "unix://:MARK@s",
                            "unix://:MARK/b@/s",
                            "unix:///s?db=MARK",
                            "redis://a:[MARK]@localhost:x"}) {
        auto const text = complaint(url);
        CAPTURE(url, text);
        CHECK_FALSE(text.empty());
        CHECK(text.find("MARK") == std::string::npos);
        CHECK(text.find("RK") == std::string::npos);
    }
}

} // namespace redis_url_test
