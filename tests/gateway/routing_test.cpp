// SPDX-License-Identifier: BSL-1.0
#include <gateway/routing.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>

namespace routing_test {

namespace {

using gateway::route;
using gateway::route_of;
using enum route::kind;

route proxied_to(std::string_view name, std::string rest) {
    return {.where = proxied, .name = name, .rest = std::move(rest)};
}

TEST_CASE("a path's first segment names the upstream, which gets the rest") {
    CHECK(route_of("/orders/1/items") == proxied_to("orders", "/1/items"));
    CHECK(route_of("/orders/1?full=yes&page=/2") == proxied_to("orders", "/1?full=yes&page=/2"));
    CHECK(route_of("/orders/") == proxied_to("orders", "/"));
    CHECK(route_of("/orders//1") == proxied_to("orders", "//1"));
}

TEST_CASE("an upstream's name alone is its root") {
    CHECK(route_of("/orders") == proxied_to("orders", "/"));
    CHECK(route_of("/orders?page=2") == proxied_to("orders", "/?page=2"));
}

TEST_CASE("a whole URL is routed by its path") {
    CHECK(route_of("http://127.0.0.1:8080/orders/1?a=b") == proxied_to("orders", "/1?a=b"));
    CHECK(route_of("HTTP://gateway/orders") == proxied_to("orders", "/"));
    CHECK(route_of("http://gateway").where == page);
    CHECK(route_of("http://gateway?x").where == page);
}

TEST_CASE("the gateway's own paths are no upstream's") {
    CHECK(route_of("/").where == page);
    CHECK(route_of("/?theme=dark").where == page);
    CHECK(route_of("/events").where == events);
    CHECK(route_of("/metrics?x=y").where == metrics);
    CHECK(route_of("/upstreams/orders/open") == route{.where = open, .name = "orders"});
    CHECK(route_of("/upstreams/orders/reset") == route{.where = reset, .name = "orders"});
}

TEST_CASE("what is under the gateway's own paths and means nothing is not found") {
    for (auto const* target :
         {"/upstreams", "/upstreams/", "/upstreams/orders", "/upstreams/orders/", "/upstreams/orders/opens",
          "/upstreams/orders/open/", "/upstreams//open", "/events/1", "/metrics/", "/upstreams/metrics/open"})
        CHECK(route_of(target).where == not_found);
}

TEST_CASE("a name is compared as it is sent") {
    for (auto const* target : {"/Orders/1", "/%6frders/1", "//orders", "/or.ders", "/../orders"})
        CHECK(route_of(target).where == not_found);
}

TEST_CASE("what is neither a path nor a URL is no target") {
    for (auto const* target : {"", "*", "orders", "example.com:443", "https://example.com/"})
        CHECK(route_of(target).where == not_a_target);
}

TEST_CASE("an upstream can't have the name of one of the gateway's own paths") {
    CHECK(gateway::is_upstream_name("orders-2_b"));
    for (auto const* name : {"", "events", "metrics", "upstreams", "Orders", "a/b", "a.b", "a b"})
        CHECK_FALSE(gateway::is_upstream_name(name));
}

} // namespace

} // namespace routing_test
