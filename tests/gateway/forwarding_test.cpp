// SPDX-License-Identifier: BSL-1.0
#include <gateway/forwarding.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>

#include <string>
#include <utility>

namespace forwarding_test {

namespace {

namespace http = gateway::http;
using gateway::request;
using gateway::response;

auto const client = boost::asio::ip::make_address("192.0.2.7");
gateway::upstream_address const orders{
    .name = "orders", .host = "10.0.0.1", .port = "9001", .authority = "10.0.0.1:9001", .base = ""};

request sent_on(request message, std::string const& rest = "/1") {
    return gateway::to_upstream(std::move(message), rest, client, orders);
}

TEST_CASE("a request is sent on with the upstream's path and host") {
    request message{http::verb::get, "/orders/1?x", 11};
    message.set(http::field::host, "gateway:8080");
    auto const sent = sent_on(message, "/1?x");
    CHECK(sent.target() == "/1?x");
    CHECK(sent[http::field::host] == "10.0.0.1:9001");

    auto based = orders;
    based.base = "/api/v2";
    CHECK(gateway::to_upstream(message, "/1?x", client, based).target() == "/api/v2/1?x");
}

TEST_CASE("fields of one connection alone are dropped, those that Connection names too") {
    request message{http::verb::get, "/orders/1", 11};
    message.insert(http::field::connection, "close, X-Session");
    message.insert(http::field::connection, "x-other");
    message.set("X-Session", "1");
    message.set("X-Other", "2");
    message.set(http::field::keep_alive, "timeout=5");
    message.set(http::field::te, "trailers");
    message.set(http::field::upgrade, "websocket");
    message.set(http::field::proxy_authorization, "Basic x");
    message.set(http::field::expect, "100-continue");
    message.set(http::field::accept, "*/*");
    auto const sent = sent_on(message);
    for (auto const* name : {"Connection", "X-Session", "X-Other", "Keep-Alive", "TE", "Upgrade",
                             "Proxy-Authorization", "Expect"})
        CHECK(sent.count(name) == 0);
    CHECK(sent[http::field::accept] == "*/*");
    CHECK(sent.keep_alive());
}

TEST_CASE("Connection can't take the length or the host from a request") {
    request message{http::verb::post, "/orders", 11, "body"};
    message.set(http::field::connection, "content-length, host");
    message.prepare_payload();
    auto const sent = sent_on(message);
    CHECK(sent[http::field::content_length] == "4");
    CHECK(sent[http::field::host] == "10.0.0.1:9001");
}

TEST_CASE("the client's address and this proxy are added to those before") {
    request message{http::verb::get, "/orders/1", 10};
    CHECK(sent_on(message)["X-Forwarded-For"] == "192.0.2.7");
    CHECK(sent_on(message)[http::field::via] == "1.0 breakerbox-gateway");

    message.version(11);
    message.insert("X-Forwarded-For", "198.51.100.1");
    message.insert("X-Forwarded-For", "198.51.100.2");
    message.set(http::field::via, "1.1 cdn");
    auto const sent = sent_on(message);
    CHECK(sent["X-Forwarded-For"] == "198.51.100.1, 198.51.100.2, 192.0.2.7");
    CHECK(sent.count("X-Forwarded-For") == 1);
    CHECK(sent[http::field::via] == "1.1 cdn, 1.1 breakerbox-gateway");
}

TEST_CASE("a body that came in chunks goes on with its length") {
    request message{http::verb::put, "/orders/1", 11, "12345"};
    message.chunked(true);
    auto const sent = sent_on(message);
    CHECK_FALSE(sent.chunked());
    CHECK(sent[http::field::content_length] == "5");

    response answer{http::status::ok, 11, "123"};
    answer.chunked(true);
    auto const passed = gateway::to_client(answer, http::verb::get);
    CHECK_FALSE(passed.chunked());
    CHECK(passed[http::field::content_length] == "3");
}

TEST_CASE("an answer without a body keeps the length that it tells of") {
    response answer{http::status::ok, 11};
    answer.set(http::field::content_length, "1234");
    CHECK(gateway::to_client(answer, http::verb::head)[http::field::content_length] == "1234");

    response const nothing{http::status::no_content, 11};
    CHECK(gateway::to_client(nothing, http::verb::get).count(http::field::content_length) == 0);
}

TEST_CASE("an answer is passed on without the upstream's connection fields") {
    response answer{http::status::not_found, 10, "no"};
    answer.set(http::field::connection, "close");
    answer.set(http::field::keep_alive, "timeout=5");
    answer.set(http::field::etag, "\"1\"");
    auto const passed = gateway::to_client(answer, http::verb::get);
    CHECK(passed.result() == http::status::not_found);
    CHECK(passed.version() == 11);
    CHECK(passed.count(http::field::connection) == 0);
    CHECK(passed.count(http::field::keep_alive) == 0);
    CHECK(passed[http::field::etag] == "\"1\"");
    CHECK(passed[http::field::via] == "1.0 breakerbox-gateway");
}

} // namespace

} // namespace forwarding_test
