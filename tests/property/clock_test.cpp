// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/recovering.hpp>

#include "property/host_life.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>

namespace clock_test {

using namespace property;
using namespace std::chrono_literals;

// What a window does where the clock steps back is in counts_test.cpp; that hosts recover all the same and that no
// probe too many is out, in recovery_test.cpp and probes_test.cpp.

TEST_CASE(
    "property: wherever the clock steps back to, an open time is no longer than when it began, and a lease "
    "no longer than a lease") {
    int seen_open_from_before = 0;
    int seen_half_open_from_before = 0;
    check_lives(clock_kind::may_step_back, [&](auto& host) {
        breakerbox::duration open_time{};
        while (auto const s = host.next()) {
            auto const before = host.look();
            host.take(*s);
            auto const after = host.look();
            bool const by_hand = s->what == event::force_open || s->what == event::force_open_for;
            bool const again = s->what == event::failure_without_permit && before.is_available();
            if (after.state == breaker_state::open &&
                (before.state != breaker_state::open || by_hand || again))
                open_time = after.retry_after;
            auto const longest = after.state == breaker_state::open
                                     ? open_time
                                     : breakerbox::duration{host.recovery().probe_lease};

            host.must(after.retry_after != breakerbox::duration::max() ||
                          host.rules.expires_at(host.state) == instant::max(),
                      "a host that is open until reset is never forgotten");
            for (auto const back : {0us, 1us, 20us, host.now}) {
                auto const status = host.rules.look(host.state, host.now - back);
                host.must(status.retry_after <= longest, "nothing is longer than when it began");
                if (after.state == breaker_state::open && host.now - back < after.opened_at) {
                    host.must(status.retry_after == open_time, "an open time begins anew");
                    host.must(status.opened_at == host.now - back, "no host has opened in the future");
                    ++seen_open_from_before;
                }
                seen_half_open_from_before += int{back > 1us && after.probes.out != 0};
            }
        }
    });
    CHECK(seen_open_from_before > 10'000);
    CHECK(seen_half_open_from_before > 1000);
}

TEST_CASE("property: once a refusal has seen that the clock stepped back, its retry_after is right to the "
          "microsecond") {
    int refusals = 0;
    check_lives(clock_kind::may_step_back, [&](auto& host) {
        while (auto const s = host.next()) {
            if (host.take(*s).permit || s->what != event::acquire)
                continue;
            auto const status = host.look();
            if (status.retry_after == breakerbox::duration::max())
                continue;
            auto const at = host.now + std::chrono::duration_cast<microseconds>(status.retry_after);
            auto asked = host.state;
            host.must(host.rules.acquire(asked, host.moment_at(at)).has_value(),
                      "a call passes once retry_after is over");
            asked = host.state;
            host.must(!host.rules.acquire(asked, host.moment_at(at - 1us)),
                      "no call passes before retry_after is over");
            ++refusals;
        }
    });
    CHECK(refusals > 10'000);
}

} // namespace clock_test
