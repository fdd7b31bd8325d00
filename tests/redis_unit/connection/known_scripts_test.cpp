// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/known_scripts.hpp>

#include <catch2/catch_test_macros.hpp>

namespace known_scripts_test {

using breakerbox::redis_script;
using breakerbox::detail::known_scripts;

TEST_CASE("known_scripts: a script is kept once") {
    known_scripts scripts;
    auto const* const added = scripts.add(redis_script{"return 1"});
    REQUIRE(added != nullptr);
    CHECK(added->text() == "return 1");
    CHECK(scripts.add(redis_script{"return 2"}) != nullptr);
    CHECK(scripts.add(redis_script{"return 1"}) == nullptr);
    CHECK(scripts.all().size() == 2);
}

TEST_CASE("known_scripts: they are loaded once for all commands that were accepted before") {
    known_scripts scripts;
    CHECK(scripts.are_missing_for(1));
    scripts.on_loaded(7);
    CHECK_FALSE(scripts.are_missing_for(2));
    CHECK_FALSE(scripts.are_missing_for(7));
    CHECK(scripts.are_missing_for(8));
}

} // namespace known_scripts_test
