// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/number_text.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <locale>
#include <sstream>

namespace number_text_test {

using breakerbox::detail::number_text;

TEST_CASE("number_text: integers of any type are told in full") {
    CHECK(number_text(0) == "0");
    CHECK(number_text(-7) == "-7");
    CHECK(number_text(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(number_text(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(number_text(std::size_t{12}) == "12");
    CHECK(number_text(std::uint8_t{200}) == "200");
}

TEST_CASE("number_text: other numbers are told as a stream in the classic locale tells them") {
    for (double const value : {0.0, -0.5, 12.5, 100.0, 33.333333333, 1e6, 123456789.0, 1e-9,
                               std::numeric_limits<double>::infinity(), std::numeric_limits<double>::max()}) {
        std::ostringstream expected;
        expected.imbue(std::locale::classic());
        expected << value;
        CHECK(number_text(value) == expected.str());
    }
}

} // namespace number_text_test
