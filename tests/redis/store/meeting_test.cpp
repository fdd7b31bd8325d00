// SPDX-License-Identifier: BSL-1.0
// The rule of the meeting in Lua: the same cases as in C++.
#include <breakerbox/redis/store/detail/meeting.hpp>

#include <breakerbox/rule/consecutive_failures.hpp>

#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>

#include "redis/support/meeting_cases.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/virtual_twin.hpp"

#include <chrono>

namespace meeting_test {

using namespace std::chrono_literals;
using namespace breakerbox;
using detail::step_request;
using detail::twin_step;

namespace {

constexpr instant now = std::chrono::years{56};

} // namespace

TEST_CASE("meeting in Redis: what is brought in, case by case") {
    support::redis_server const server;
    support::pipelined_client client{redisConnectUnix(server.socket_path().c_str())};
    using twin_type = support::virtual_twin<consecutive_failures>;
    twin_type::load(client);
    twin_type twin{client, consecutive_failures{.threshold = 1}};
    for (auto const& each : support::meeting_cases()) {
        CAPTURE(each.what);
        auto const& shared = each.shared;
        twin.send_forget("h");
        client.receive();
        if (shared.closed_ago)
            twin.take({.step = twin_step::reset, .fresh = 1}, "h", now - *shared.closed_ago);
        if (shared.state != breaker_state::closed) {
            // What was left is over where it is half-open.
            auto const opened = now - 1s;
            step_request force{.step = twin_step::force_open, .fresh = shared.number};
            if (shared.left)
                force.open_for = *shared.left + 1s;
            twin.take(force, "h", opened);
        }
        if (shared.state == breaker_state::half_open)
            REQUIRE(twin.take({.step = twin_step::acquire, .fresh = 2}, "h", now).is_probe);
        host_status known{.state = breaker_state::open, .cause = trip_cause::failures, .failures = 77};
        known.retry_after = each.brought.left ? duration{*each.brought.left} : duration::max();
        auto const before = twin.take({.step = twin_step::look}, "h", now);
        auto const met = twin.take({.step = twin_step::meet,
                                    .fresh = 3,
                                    .known = &known,
                                    .opening = each.brought.number,
                                    .learnt_ago = each.brought.learnt_ago},
                                   "h", now);
        CHECK((met.status.failures == 77) == each.is_brought_in);
        if (each.is_brought_in) {
            CHECK(met.status.state == breaker_state::open);
            CHECK(met.status.retry_after == known.retry_after);
            CHECK(met.opening == (each.brought.number != 0 ? each.brought.number : 3));
        } else {
            CHECK(met.status == before.status);
            CHECK(met.opening == before.opening);
        }
        CHECK(met.closed_ago == shared.closed_ago);
        if (before.status.state == breaker_state::open)
            CHECK(met.status.retry_after >= before.status.retry_after); // nobody is let through
    }
}

} // namespace meeting_test
