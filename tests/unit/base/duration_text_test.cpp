// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/duration_text.hpp>

#include <catch2/catch_test_macros.hpp>

namespace duration_text_test {

using namespace std::chrono_literals;
using breakerbox::duration;
using breakerbox::detail::duration_text;

TEST_CASE("duration_text: whole numbers in the largest unit that is not above them") {
    CHECK(duration_text(0s) == "0s");
    CHECK(duration_text(1ns) == "1ns");
    CHECK(duration_text(999ns) == "999ns");
    CHECK(duration_text(1us) == "1us");
    CHECK(duration_text(250ms) == "250ms");
    CHECK(duration_text(1s) == "1s");
    CHECK(duration_text(2h) == "7200s");
}

TEST_CASE("duration_text: the exact fraction, without zeros at its end") {
    CHECK(duration_text(1500ms) == "1.5s");
    CHECK(duration_text(1001us) == "1.001ms");
    CHECK(duration_text(1000000001ns) == "1.000000001s");
    CHECK(duration_text(10s + 10ms) == "10.01s");
}

TEST_CASE("duration_text: negative ones, and both ends") {
    CHECK(duration_text(-1500ms) == "-1.5s");
    CHECK(duration_text(duration::max()) == "for ever");
    CHECK(duration_text(duration::max() - 1ns) == "9223372036.854775806s");
    CHECK(duration_text(duration::min()) == "-9223372036.854775808s");
}

} // namespace duration_text_test
