// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/detail/stand_in.hpp>

#include <breakerbox/rule/consecutive_failures.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace stand_in_test {

using namespace breakerbox;
using namespace std::chrono_literals;

namespace {

struct fixture {
    explicit fixture(when_store_fails mode) : stand_in{mode, view} {
        view.take_in({make_error_code(redis_errc::timed_out), "slow"}, "a", 1s, changes);
    }

    detail::store_view<consecutive_failures> view{{.threshold = 1}, 16, true};
    detail::stand_in<consecutive_failures> stand_in;
    change_queue changes{true};
};

using ticket = detail::redis_ticket<consecutive_failures>;

} // namespace

TEST_CASE("stand_in: under use_local, the rule goes on here") {
    fixture f{when_store_fails::use_local};
    auto const granted = f.stand_in.acquire("a", f.changes, {});
    CHECK_FALSE(granted.refusal);
    CHECK(granted.ticket.given_by == ticket::giver::this_process);
    auto const result = f.stand_in.report(granted.ticket, "a", verdict::failure, f.changes);
    CHECK(result.counted);
    CHECK(result.is_open);
    CHECK(f.stand_in.look("a").state == breaker_state::open);
    CHECK(f.stand_in.acquire("a", f.changes, {}).refusal);
    f.stand_in.reset("a", f.changes);
    CHECK(f.stand_in.look("a").state == breaker_state::closed);
    CHECK(f.stand_in.record("a", {verdict::failure}, f.changes).state == breaker_state::open);
    f.stand_in.force_open("b", 1h, f.changes);
    CHECK(f.stand_in.look("b").state == breaker_state::open);
}

TEST_CASE("stand_in: under use_local, a call that Redis gave a permit for counts here") {
    fixture f{when_store_fails::use_local};
    CHECK(f.stand_in.report(ticket{}, "a", verdict::failure, f.changes).is_open);
    CHECK(f.view.local().changed().contains("a"));
}

TEST_CASE("stand_in: under assume_available, all hosts are available, and nothing is counted") {
    fixture f{when_store_fails::assume_available};
    f.stand_in.force_open("a", 1h, f.changes);
    CHECK(f.stand_in.record("a", {verdict::failure}, f.changes).state == breaker_state::closed);
    auto const granted = f.stand_in.acquire("a", f.changes, {});
    CHECK_FALSE(granted.refusal);
    CHECK(granted.ticket.given_by == ticket::giver::nobody);
    CHECK_FALSE(f.stand_in.report(ticket{}, "a", verdict::failure, f.changes).counted);
    CHECK(f.stand_in.look("a").state == breaker_state::closed);
    CHECK(f.view.local().changed().all().empty());
}

TEST_CASE("stand_in: under fail, each step throws what went wrong, but for a report") {
    fixture f{when_store_fails::fail};
    try {
        f.stand_in.acquire("a", f.changes, {});
        FAIL("nothing was thrown");
    } catch (store_error const& e) {
        CHECK(e.cause() == redis_errc::timed_out);
        CHECK(std::string{e.what()}.find("slow") != std::string::npos);
    }
    CHECK_THROWS_AS(f.stand_in.record("a", {verdict::failure}, f.changes), store_error);
    CHECK_THROWS_AS(f.stand_in.look("a"), store_error);
    CHECK_THROWS_AS(f.stand_in.force_open("a", 1h, f.changes), store_error);
    CHECK_THROWS_AS(f.stand_in.reset("a", f.changes), store_error);
    CHECK_FALSE(f.stand_in.report(ticket{}, "a", verdict::failure, f.changes).counted);
}

} // namespace stand_in_test
