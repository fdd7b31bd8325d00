// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/detail/redis_ticket.hpp>

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>

#include <catch2/catch_test_macros.hpp>

namespace redis_ticket_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using detail::is_worth_reporting;
using ticket = detail::redis_ticket<consecutive_failures>;
using count_ticket = detail::redis_ticket<failure_count>;

TEST_CASE("redis_ticket: what changes nothing is not worth reporting") {
    ticket plain;
    CHECK(is_worth_reporting(plain, verdict::success));
    CHECK(is_worth_reporting(plain, verdict::failure));
    CHECK_FALSE(is_worth_reporting(plain, verdict::neutral));
    ticket probe;
    probe.is_probe = true; // its place is to be freed
    CHECK(is_worth_reporting(probe, verdict::neutral));
}

TEST_CASE("redis_ticket: under failure_count, failures alone are worth reporting") {
    count_ticket const plain;
    CHECK(is_worth_reporting(plain, verdict::failure));
    CHECK_FALSE(is_worth_reporting(plain, verdict::success));
    CHECK_FALSE(is_worth_reporting(plain, verdict::neutral));
}

TEST_CASE("redis_ticket: nothing is worth reporting of a permit that nobody gave") {
    ticket nobodys;
    nobodys.given_by = ticket::giver::nobody;
    nobodys.is_probe = true;
    for (auto const v : {verdict::success, verdict::failure, verdict::neutral})
        CHECK_FALSE(is_worth_reporting(nobodys, v));
}

TEST_CASE("redis_ticket: the report tells the permit's number, and how long the call took") {
    ticket granted;
    granted.number = 7;
    granted.granted_at = 5s;
    auto const asked = report_request(granted, verdict::failure, 8s);
    CHECK(asked.step == detail::twin_step::report);
    CHECK(asked.number == 7);
    CHECK_FALSE(asked.any_number);
    CHECK(asked.call.result == verdict::failure);
    CHECK(asked.call.took == 3s);
    CHECK(asked.fresh != 0);
}

TEST_CASE("redis_ticket: the number of a permit that this process gave says nothing in Redis") {
    ticket own;
    own.given_by = ticket::giver::this_process;
    CHECK(report_request(own, verdict::success, 1s).any_number);
}

} // namespace redis_ticket_test
