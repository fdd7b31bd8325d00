// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/version.hpp>

#include <catch2/catch_test_macros.hpp>

namespace version_test {

TEST_CASE("the version is one number made of major, minor and patch") {
    CHECK(BREAKERBOX_VERSION / 10000 == BREAKERBOX_VERSION_MAJOR);
    CHECK(BREAKERBOX_VERSION / 100 % 100 == BREAKERBOX_VERSION_MINOR);
    CHECK(BREAKERBOX_VERSION % 100 == BREAKERBOX_VERSION_PATCH);
}

} // namespace version_test
