// SPDX-License-Identifier: BSL-1.0
// The tests' own servers: what tests of the library stand on.
#include "redis/support/blocking_client.hpp"
#include "redis/support/certificate.hpp"
#include "redis/support/child_process.hpp"
#include "redis/support/free_port.hpp"
#include "redis/support/hostile_script.hpp"
#include "redis/support/hostile_server.hpp"
#include "redis/support/redis_server.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <chrono>
#include <sys/wait.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace redis_server_fixture_test {

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using namespace support;

TEST_CASE("redis server: answers on its port and on its socket, and they are one server") {
    redis_server server;
    blocking_client on_port{"127.0.0.1", server.port()};
    blocking_client on_socket{server.socket_path()};
    CHECK(on_port("SET", "key", std::string{"a\0b", 3}).text == "OK");
    CHECK(on_socket.text("GET", "key") == std::string{"a\0b", 3});
    CHECK(on_socket("GET", "other").is == plain_reply::kind::nil);
    CHECK(on_socket.integer("EXISTS", "key", "other") == 1);
    CHECK(on_socket("MGET", "other", "key").elements.size() == 2);
    CHECK_THAT(on_socket("GET").text, StartsWith("ERR wrong number"));
    CHECK_THROWS_AS(on_socket.integer("GET", "key"), std::runtime_error);
}

TEST_CASE("redis server: two run beside each other") {
    redis_server one;
    redis_server other;
    CHECK(one.port() != other.port());
    one.client()("SET", "key", "value");
    CHECK(other.client()("GET", "key").is == plain_reply::kind::nil);
}

TEST_CASE("redis server: takes lines of configuration, and counts as started where it wants a password") {
    redis_server server{{"requirepass secret", "maxmemory 3mb"}};
    auto client = server.client();
    CHECK_THAT(client("PING").text, StartsWith("NOAUTH"));
    CHECK(client.text("AUTH", "secret") == "OK");
    CHECK(client("CONFIG", "GET", "maxmemory").elements.at(1).text == "3145728");
}

TEST_CASE("redis server: a line that it doesn't know is told") {
    CHECK_THROWS_WITH(redis_server{{"no-such-line 1"}}, ContainsSubstring("no-such-line"));
}

TEST_CASE("redis server: frozen it answers nothing, thawed all that it was asked") {
    redis_server server;
    auto client = server.client(50ms);
    server.freeze();
    client.send({"INCR", "key"});
    CHECK_THROWS_WITH(client.receive(), ContainsSubstring("no reply"));
    server.thaw();
    auto other = server.client();
    CHECK(other.integer("INCR", "key") == 2);
}

TEST_CASE("redis server: killed it is gone, and a write to it is an error of the client's") {
    redis_server server;
    auto client = server.client();
    server.kill_now();
    CHECK_FALSE(server.is_running());
    CHECK_THROWS_AS(server.client(), std::runtime_error);
    CHECK_THROWS_AS(client("PING"), std::runtime_error);
    CHECK_THROWS_AS(client("PING"), std::runtime_error);
}

TEST_CASE("redis server: starts again on the same port, with nothing in it") {
    redis_server server;
    auto const port = server.port();
    blocking_client{"127.0.0.1", port}("SET", "key", "value");
    server.restart();
    CHECK(server.port() == port);
    CHECK(blocking_client{"127.0.0.1", port}("GET", "key").is == plain_reply::kind::nil);
}

TEST_CASE("redis server: leaves no process and no file, though it was frozen") {
    std::string folder;
    {
        redis_server server;
        folder = std::filesystem::path{server.socket_path()}.parent_path();
        CHECK(std::filesystem::exists(folder));
        server.freeze();
    }
    CHECK_FALSE(std::filesystem::exists(folder));
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("redis server: a program that isn't there is told") {
    CHECK_THROWS_WITH((child_process{{"/no/such/program"}, {}, "/dev/null"}),
                      ContainsSubstring("/no/such/program"));
}

TEST_CASE("redis server: ends with the thread that started it") {
    std::unique_ptr<child_process> process;
    std::thread{[&] {
        process = std::make_unique<child_process>(std::vector<std::string>{"sleep"},
                                                  std::vector<std::string>{"600"}, "/dev/null");
    }}.join();
    CHECK_FALSE(process->wait_for_end());
}

TEST_CASE("redis server: speaks TLS with a certificate of the test's") {
    certificate const certificate;
    redis_server const server{certificate.server_lines()};
    child_process openssl{{"openssl"},
                          {"s_client", "-connect", "127.0.0.1:" + std::to_string(server.tls_port()),
                           "-CAfile", certificate.path(), "-verify_return_error", "-verify_ip", "127.0.0.1"},
                          "/dev/null"};
    CHECK(openssl.wait_for_end());
}

TEST_CASE("hostile server: is polite in the hand-shake, then does as its script says") {
    hostile_server server{after_handshake([](hostile_request const& request) {
        return request.number == 0 ? integer(1) : raw("garbage\r\n");
    })};
    blocking_client client{"127.0.0.1", server.port()};
    CHECK(client.text("AUTH", "user", "password") == "OK");
    CHECK(client.text("SCRIPT", "LOAD", "return 1") == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
    CHECK(client.text("PING") == "PONG");
    CHECK(client.integer("INCR", "key") == 1);
    CHECK_THROWS_WITH(client("INCR", "key"), ContainsSubstring("Protocol error"));
    REQUIRE(server.wait_for_requests(5));
    CHECK(server.requests().back().arguments == std::vector<std::string>{"INCR", "key"});
    CHECK(server.requests().back().number == 1);
}

TEST_CASE("hostile server: closes or resets a connection after half a reply") {
    hostile_server server{[](hostile_request const& request) {
        auto const half = cut(bulk("value"), 6);
        return request.is("CLOSE") ? closing(half) : resetting(half);
    }};
    blocking_client closed{"127.0.0.1", server.port()};
    CHECK_THROWS_WITH(closed("CLOSE"), ContainsSubstring("closed"));
    blocking_client reset{"127.0.0.1", server.port()};
    CHECK_THROWS_WITH(reset("RESET"), ContainsSubstring("reset"));
    CHECK(server.connections() == 2);
    CHECK(server.closed_by_client() == 0);
}

TEST_CASE("hostile server: holds a reply until the test lets it go") {
    hostile_server server{[](auto&) { return held(status("OK")); }};
    blocking_client client{"127.0.0.1", server.port()};
    client.send({"GET", "one"});
    client.send({"GET", "two"});
    REQUIRE(server.wait_for_requests(1));
    server.let_go();
    CHECK(client.receive().text == "OK");
    REQUIRE(server.wait_for_requests(2));
    server.let_go();
    CHECK(client.receive().text == "OK");
}

TEST_CASE("hostile server: never answers, says what nobody asked for, and sees that the client went") {
    hostile_server server{[](auto&) { return silence(); }};
    {
        blocking_client client{"127.0.0.1", server.port()};
        client.send({"GET", "key"});
        REQUIRE(server.wait_for_requests(1));
        server.say("+unasked\r\n");
        CHECK(client.receive().text == "unasked");
    }
    CHECK(server.wait_for_closed_by_client(1));
}

TEST_CASE("hostile server: floods a client until it has enough") {
    hostile_server server{[](auto&) { return flooding(raw("$1000000000\r\n")); }};
    {
        blocking_client client{"127.0.0.1", server.port(), 5s};
        client.send({"GET", "key"});
        REQUIRE(server.wait_for_requests(1));
    }
    CHECK(server.wait_for_closed_by_client(1));
}

TEST_CASE("hostile server: ends all connections at the test's word, refuses new ones, and takes them again") {
    hostile_server server{polite};
    blocking_client closed{"127.0.0.1", server.port()};
    CHECK(closed.text("PING") == "PONG");
    server.close_connections();
    CHECK_THROWS_AS(closed("PING"), std::runtime_error);
    blocking_client reset{"127.0.0.1", server.port()};
    CHECK(reset.text("PING") == "PONG");
    server.stop_listening();
    server.reset_connections();
    CHECK_THROWS_AS(reset("PING"), std::runtime_error);
    CHECK_THROWS_AS((blocking_client{"127.0.0.1", server.port()}), std::runtime_error);
    server.listen_again();
    blocking_client again{"127.0.0.1", server.port()};
    CHECK(again.text("PING") == "PONG");
}

TEST_CASE("hostile server: writes a reply piece by piece") {
    hostile_server server{[](auto&) { return in_pieces(bulk("value"), 1); }};
    CHECK(blocking_client{"127.0.0.1", server.port()}.text("GET", "key") == "value");
}

} // namespace redis_server_fixture_test
