// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/compact_name.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace compact_name_test {

using breakerbox::detail::compact_name;

TEST_CASE("compact_name: keeps a name of any length and any bytes") {
    for (std::size_t const size : {0U, 1U, 22U, 23U, 24U, 300U}) {
        auto original = std::string(size, '\0') + (size == 0 ? "" : "x");
        compact_name const name{original};
        auto const expected = original;
        original.assign(original.size(), '?');
        CHECK(std::string_view{name} == expected);
        CHECK(name.empty() == expected.empty());
    }
}

TEST_CASE("compact_name: is moved, short or long, and leaves an empty one") {
    for (std::size_t const size : {5U, 23U, 24U}) {
        auto const text = std::string(size, 'a');
        compact_name from{text};
        compact_name to{std::move(from)};
        CHECK(std::string_view{to} == text);
        CHECK(from.empty());
        compact_name assigned{std::string(30, 'b')};
        assigned = std::move(to);
        CHECK(std::string_view{assigned} == text);
        CHECK(to.empty());
        auto& itself = assigned;
        assigned = std::move(itself);
        CHECK(std::string_view{assigned} == text);
        assigned = {};
        CHECK(assigned.empty());
    }
}

} // namespace compact_name_test
