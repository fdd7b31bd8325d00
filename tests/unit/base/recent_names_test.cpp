// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/recent_names.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

namespace recent_names_test {

using breakerbox::detail::recent_names;

TEST_CASE("recent_names: each name has a place, and keeps it") {
    recent_names names{3};
    auto const a = names.write("a");
    auto const b = names.write("b");
    CHECK(a.is_new);
    CHECK(a.place != b.place);
    CHECK_FALSE(names.write("a").is_new);
    CHECK(names.write("a").place == a.place);
    CHECK(names.find("b") == b.place);
    CHECK_FALSE(names.find("c"));
}

TEST_CASE("recent_names: places are used again, so that there are never many more than names") {
    recent_names names{2};
    for (int i = 0; i != 100; ++i) {
        CHECK(names.write(std::to_string(i)).is_new);
        CHECK(names.size() == (i == 0 ? 1 : 2));
        CHECK(names.places() <= 3);
    }
    auto const place = names.find("99");
    CHECK(names.erase("99") == place);
    CHECK_FALSE(names.erase("99"));
    CHECK(names.write("new").place == place);
}

TEST_CASE("recent_names: the most recent comes first") {
    recent_names names{3};
    for (auto const* const name : {"a", "b", "c", "a"})
        names.write(name);
    std::vector<std::string> seen;
    names.for_each([&](std::string const& name, std::size_t) { seen.push_back(name); });
    CHECK(seen == std::vector<std::string>{"a", "c", "b"});
}

} // namespace recent_names_test
