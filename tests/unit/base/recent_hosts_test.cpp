// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/recent_hosts.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace recent_hosts_test {

using breakerbox::detail::recent_hosts;

TEST_CASE("recent_hosts: keeps a value for each host written to") {
    recent_hosts<int> r{2};
    r["a"] = 1;
    r["b"] = 2;
    r["a"] += 10;
    REQUIRE(r.find("a"));
    CHECK(*r.find("a") == 11);
    CHECK(*r.find("b") == 2);
    CHECK(r.find("c") == nullptr);
}

TEST_CASE("recent_hosts: the host that nothing was written to for longest goes for a new one") {
    recent_hosts<int> r{2};
    r["a"] = 1;
    r["b"] = 2;
    r["a"] = 3;
    r["c"] = 4;
    CHECK(r.size() == 2);
    CHECK(r.find("b") == nullptr);
    CHECK(*r.find("a") == 3);
    CHECK(*r.find("c") == 4);
}

TEST_CASE("recent_hosts: keeps names of any length itself, and lets hosts go") {
    recent_hosts<int> r{10};
    auto name = std::string(100, 'x');
    r[name] = 1;
    name.assign(100, 'y');
    CHECK(r.find(std::string(100, 'x')));
    r.erase(std::string(100, 'x'));
    r.erase("never heard of");
    CHECK(r.size() == 0);
    CHECK_FALSE(r.find(std::string(100, 'x')));
}

TEST_CASE("recent_hosts: a host that comes into the place of another has nothing of its value") {
    recent_hosts<std::string> r{1};
    for (auto const* const host : {"a", "b", "c", "d"}) {
        CHECK(r[host].empty());
        r[host] = host;
    }
    r.erase("d");
    CHECK(r["e"].empty());
}

} // namespace recent_hosts_test
