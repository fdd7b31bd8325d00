// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/detail/changed_hosts.hpp>

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace changed_hosts_test {

using breakerbox::detail::changed_hosts;
using names = std::vector<std::string>;

TEST_CASE("changed_hosts: a change that arrives is told once") {
    changed_hosts hosts{16};
    hosts.note("a");
    {
        auto change = hosts.take("a");
        REQUIRE(change);
        CHECK_FALSE(hosts.contains("a"));
        CHECK_FALSE(hosts.take("a")); // it is on its way
        change->arrive();
    }
    CHECK_FALSE(hosts.contains("a"));
    CHECK(hosts.all().empty());
}

TEST_CASE("changed_hosts: a change that doesn't arrive is noted again") {
    changed_hosts hosts{16};
    hosts.note("a");
    hosts.take("a");
    CHECK(hosts.all() == names{"a"});
}

TEST_CASE("changed_hosts: a change that is noted while one is on its way stays, when that arrives") {
    changed_hosts hosts{16};
    hosts.note("a");
    {
        auto change = hosts.take("a");
        hosts.note("a");
        change->arrive();
    }
    CHECK(hosts.all() == names{"a"});
}

TEST_CASE("changed_hosts: a change that is moved is noted again once, by the last one that has it") {
    changed_hosts hosts{16};
    hosts.note("a");
    auto first = hosts.take("a");
    {
        auto const last = std::move(first);
        first.reset();
        CHECK_FALSE(hosts.contains("a"));
    }
    CHECK(hosts.contains("a"));
}

TEST_CASE("changed_hosts: a change may be on its way longer than there are hosts") {
    std::optional<changed_hosts> hosts{std::in_place, 16U};
    hosts->note("a");
    auto const change = hosts->take("a");
    hosts.reset();
    CHECK(change);
}

TEST_CASE("changed_hosts: beyond the bound, none is noted") {
    changed_hosts hosts{2};
    for (auto const* host : {"a", "b", "c"})
        hosts.note(host);
    CHECK(hosts.all().size() == 2);
    CHECK_FALSE(hosts.contains("c"));
    hosts.forget("a");
    hosts.note("c");
    CHECK(hosts.contains("c"));
}

TEST_CASE("changed_hosts: of a host that has not changed nothing is on its way") {
    changed_hosts hosts{2};
    CHECK_FALSE(hosts.take("a"));
    hosts.note("b");
    CHECK_FALSE(hosts.take("a"));
    CHECK(hosts.all() == names{"b"});
}

} // namespace changed_hosts_test
