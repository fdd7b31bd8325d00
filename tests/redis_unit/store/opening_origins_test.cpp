// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/detail/opening_origins.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

namespace opening_origins_test {

using namespace std::chrono_literals;
using breakerbox::instant;
using breakerbox::detail::opening_origin;
using breakerbox::detail::opening_origins;
using names = std::vector<std::string>;

TEST_CASE("opening_origins: keeps the last one of each host until it is forgotten") {
    opening_origins origins{4};
    CHECK_FALSE(origins.find("a"));
    origins.keep("a", {.number = 1});
    origins.keep("a", {.number = 2});
    REQUIRE(origins.find("a"));
    CHECK(origins.find("a")->number == 2);
    CHECK_FALSE(origins.find("b"));
    origins.forget("a");
    origins.forget("b");
    CHECK_FALSE(origins.find("a"));
}

TEST_CASE("opening_origins: lists all hosts, or those that weren't heard of on this connection") {
    opening_origins origins{4};
    origins.keep("a", {.session = 1});
    origins.keep("b", {.session = 2});
    CHECK(origins.hosts() == names{"b", "a"});
    CHECK(origins.hosts(1) == names{"b"});
    CHECK(origins.hosts(2) == names{"a"});
    CHECK(origins.hosts(3) == names{"b", "a"});
}

TEST_CASE("opening_origins: beyond the bound, those that nothing was heard of for longest go") {
    opening_origins origins{2};
    for (auto const* host : {"a", "b", "a", "c"})
        origins.keep(host, {});
    CHECK(origins.hosts() == names{"c", "a"});
}

TEST_CASE("opening_origin: its age is above zero, whatever the clocks say") {
    opening_origin const known{.learnt_at = 5s};
    CHECK(known.age(7s) == 2s);
    CHECK(known.age(5s) == 1us);
    CHECK(known.age(4s) == 1us);
    CHECK(opening_origin{.learnt_at = instant::min()}.age(instant::max()) == instant::max());
}

} // namespace opening_origins_test
