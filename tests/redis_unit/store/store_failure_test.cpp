// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/detail/store_failure.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace store_failure_test {

using namespace breakerbox;
using detail::failure_scope;

namespace {

failure_scope scope_of(redis_errc error, std::string const& text = {}) {
    return detail::scope_of({make_error_code(error), text});
}

} // namespace

TEST_CASE("store_failure: what is wrong with a host's value or keys is about that host alone") {
    for (auto const error :
         {redis_errc::wrong_type, redis_errc::moved, redis_errc::ask, redis_errc::server_error})
        CHECK(scope_of(error) == failure_scope::one_host);
}

TEST_CASE("store_failure: a step that a bound kept from being sent says nothing of the store") {
    CHECK(scope_of(redis_errc::too_many_commands) == failure_scope::one_step);
    CHECK(scope_of(redis_errc::too_many_bytes) == failure_scope::one_step);
}

TEST_CASE("store_failure: a right that is wanting is about one host where it is about a key") {
    auto const scope = [](std::string const& text) { return scope_of(redis_errc::no_permission, text); };
    CHECK(scope("NOPERM No permissions to access a key") == failure_scope::one_host);
    CHECK(scope("NOPERM this user has no permissions to run the 'evalsha' command") == failure_scope::store);
    CHECK(scope("NOPERM User u has no permissions to run the 'eval' command") == failure_scope::store);
    CHECK(scope("The user executing the script can't run this command or subcommand") ==
          failure_scope::store);
    CHECK(scope("") == failure_scope::one_host);
}

TEST_CASE("store_failure: all else is about the store as a whole") {
    for (auto const error : {redis_errc::timed_out, redis_errc::not_connected, redis_errc::read_only,
                             redis_errc::loading, redis_errc::no_script, redis_errc::cluster_down})
        CHECK(scope_of(error) == failure_scope::store);
    CHECK(detail::scope_of({}) == failure_scope::store);
}

} // namespace store_failure_test
