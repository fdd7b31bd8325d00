// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/joined.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace joined_test {

using breakerbox::detail::joined;

TEST_CASE("joined: has the parts in their order, empty ones too") {
    CHECK(joined({}).empty());
    CHECK(joined({"", ""}).empty());
    CHECK(joined({"a", std::string(100, 'b'), "", "c"}) == "a" + std::string(100, 'b') + "c");
}

} // namespace joined_test
