// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/text_view.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>
#include <type_traits>

namespace text_view_test {

using breakerbox::text_view;

static_assert(std::is_trivially_copyable_v<text_view>);
static_assert(std::is_trivially_destructible_v<text_view>);
static_assert(!std::is_constructible_v<text_view, int>);

TEST_CASE("text_view: looks at whatever a string_view can look at") {
    std::string const owned = "owned";
    char const array[] = "array";
    char const* const pointer = "pointer";
    CHECK(std::string_view{text_view{owned}} == "owned");
    CHECK(std::string_view{text_view{array}} == "array");
    CHECK(std::string_view{text_view{pointer}} == "pointer");
    CHECK(std::string_view{text_view{std::string_view{owned}}} == "owned");
    CHECK(std::string_view{text_view{owned}}.data() == owned.data());
}

TEST_CASE("text_view: nothing, and the null that getenv gives, are no text") {
    char const* const unset = nullptr;
    CHECK(text_view{}.empty());
    CHECK(text_view{unset}.empty());
    CHECK_FALSE(text_view{"x"}.empty());
}

} // namespace text_view_test
