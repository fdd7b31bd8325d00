// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/budget/detail/millionths.hpp>

#include <catch2/catch_test_macros.hpp>

namespace millionths_test {

using breakerbox::detail::millionths;
using breakerbox::detail::one_token;

TEST_CASE("millionths: what a double can't hold exactly is exact") {
    for (int tenths = 0; tenths <= 10'000; ++tenths)
        CHECK(millionths(tenths / 10.0) * 10 == tenths * one_token);
}

TEST_CASE("millionths: rounds to the nearest one") {
    CHECK(millionths(0.0000014) == 1);
    CHECK(millionths(0.0000016) == 2);
    CHECK(millionths(0.0000004) == 0);
}

TEST_CASE("millionths: the largest number is exact") {
    CHECK(millionths(4e9) == 4'000'000'000 * one_token);
}

} // namespace millionths_test
