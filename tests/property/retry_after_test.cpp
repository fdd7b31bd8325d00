// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/recovering.hpp>

#include "property/host_life.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>

namespace retry_after_test {

using namespace property;
using namespace std::chrono_literals;

TEST_CASE("property: retry_after is zero exactly where acquire gives leave, and a look changes nothing") {
    check_lives(clock_kind::may_step_back, [&](auto& host) {
        auto unseen = host.state;
        while (auto const s = host.next()) {
            auto asked = host.state;
            auto const leave = host.rules.acquire(asked, s->at);
            host.must(host.look().is_available() == leave.has_value(), "a look says what acquire does");
            host.must(host.rules.state_at(host.state, host.now) == host.look().state,
                      "a look tells the state, with the evidence and without");

            host.must(host.take(*s) == host.take(*s, unseen), "looks change no later answer");
        }
        host.must(host.rules.look(unseen, host.now) == host.look(), "looks change no state");
    });
}

TEST_CASE("property: a call passes once retry_after is over, and not a microsecond earlier") {
    int open = 0;
    int half_open = 0;
    check_lives(clock_kind::runs_on, [&](auto& host) {
        while (auto const s = host.next()) {
            host.take(*s);
            auto const status = host.look();
            host.must(status.retry_after >= 0ns, "retry_after is never negative");
            host.must(status.retry_after == breakerbox::duration::max() || status.retry_after % 1us == 0ns,
                      "retry_after is in whole microseconds");
            if (status.is_available() || status.retry_after == breakerbox::duration::max())
                continue;
            auto const at = host.now + std::chrono::duration_cast<microseconds>(status.retry_after);
            auto asked = host.state;
            host.must(host.rules.acquire(asked, host.moment_at(at)).has_value(),
                      "a call passes once retry_after is over");
            asked = host.state;
            host.must(!host.rules.acquire(asked, host.moment_at(at - 1us)),
                      "no call passes before retry_after is over");
            ++(status.state == breaker_state::open ? open : half_open);
        }
    });
    CHECK(open > 10'000);
    CHECK(half_open > 1000);
}

} // namespace retry_after_test
