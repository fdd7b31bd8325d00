// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/server_errors.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <initializer_list>

namespace server_errors_test {

using namespace breakerbox;

namespace {

bool is_one_of(redis_errc error, std::initializer_list<redis_errc> some) {
    return std::ranges::find(some, error) != some.end();
}

} // namespace

TEST_CASE(
    "server_errors: a refusal, a replica and a master that was cut off are told by their errors alone") {
    using enum redis_errc;
    for (int value = 1; value <= static_cast<int>(server_error); ++value) {
        auto const error = static_cast<redis_errc>(value);
        INFO(redis_category().message(value));
        CHECK(detail::is_refusal(error) ==
              is_one_of(error, {wrong_password, authentication_required, no_permission}));
        CHECK(detail::is_of_a_replica(error) == is_one_of(error, {read_only, master_down}));
        CHECK(detail::is_of_a_cut_off_master(error) == is_one_of(error, {not_enough_replicas}));
    }
}

} // namespace server_errors_test
