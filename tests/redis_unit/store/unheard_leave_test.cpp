// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/detail/unheard_leave.hpp>

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>

#include <catch2/catch_test_macros.hpp>

namespace unheard_leave_test {

using namespace breakerbox;
using detail::giving_back;
using detail::may_be_taken;
using detail::twin_step;

TEST_CASE("unheard leave: a step may have been taken where nobody waited for the reply to its end") {
    CHECK(may_be_taken(boost::asio::error::operation_aborted));
    CHECK(may_be_taken(make_error_code(redis_errc::timed_out)));
    CHECK_FALSE(may_be_taken(make_error_code(redis_errc::not_connected)));
    CHECK_FALSE(may_be_taken(make_error_code(redis_errc::too_many_commands)));
    CHECK_FALSE(may_be_taken({}));
}

TEST_CASE("unheard leave: is given back by a neutral report, under the number of the request") {
    auto const given_back =
        giving_back<consecutive_failures>({.step = twin_step::acquire, .fresh = 7, .number = 1});
    REQUIRE(given_back);
    CHECK(given_back->step == twin_step::report);
    CHECK(given_back->number == 7);
    CHECK_FALSE(given_back->any_number);
    CHECK(given_back->call.result == verdict::neutral);
}

TEST_CASE("unheard leave: none is given back for other steps, nor by a rule without probes") {
    for (auto const step : {twin_step::report, twin_step::renew, twin_step::record, twin_step::look,
                            twin_step::force_open, twin_step::reset, twin_step::meet})
        CHECK_FALSE(giving_back<consecutive_failures>({.step = step, .fresh = 7}));
    CHECK_FALSE(giving_back<failure_count>({.step = twin_step::acquire, .fresh = 7}));
}

} // namespace unheard_leave_test
