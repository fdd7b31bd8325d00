// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/recovery.hpp>

#include <breakerbox/rule/recovering.hpp>

#include "property/host_life.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace recovery_test {

using namespace property;
using namespace std::chrono_literals;

TEST_CASE(
    "property: whatever has happened, after some time calls pass, and enough successes close the host") {
    int recovered = 0;
    int forced = 0;
    check_lives(clock_kind::may_step_back, [&](auto& host) {
        while (auto const s = host.next())
            host.take(*s);
        if (host.look().retry_after == breakerbox::duration::max()) {
            auto const later = host.moment_at(host.now + std::chrono::years{100});
            host.must(!host.rules.acquire(host.state, later), "opened by hand, a host is open until reset");
            host.rules.reset(host.state, later);
            host.must(host.rules.acquire(host.state, later).has_value(), "after a reset calls pass");
            ++forced;
            return;
        }
        if (host.look().state == breaker_state::closed)
            return;
        // By a refusal a state learns of a clock that has stepped back, so that its retry_after holds from now on.
        auto m = host.moment_at(host.now);
        if (!host.look().is_available())
            host.rules.acquire(host.state, m);
        for (auto n = host.recovery().successes_to_close; n != 0; --n) {
            m.now += std::chrono::duration_cast<microseconds>(host.rules.look(host.state, m.now).retry_after);
            ++m.fresh;
            auto const probe = host.rules.acquire(host.state, m);
            host.must(probe.has_value(), "a call passes once retry_after is over");
            host.rules.report(host.state, *probe, {}, m);
            if (host.rules.state_at(host.state, m.now) == breaker_state::closed)
                break;
        }
        host.must(host.rules.state_at(host.state, m.now) == breaker_state::closed,
                  "as many successes as are asked for close the host");
        ++recovered;
    });
    CHECK(recovered > 1000);
    CHECK(forced > 100);
}

namespace {

/// The open time after `previous`, as design and documentation have it: floor(previous * growth), capped.
microseconds next_open_time(breakerbox::recovery const& r, microseconds previous) {
    if (previous == 0us)
        return r.open_for;
    return std::min(r.max_open_for,
                    microseconds{std::llround(std::floor(double(previous.count()) * r.growth))});
}

} // namespace

TEST_CASE(
    "property: open times grow from opening to opening, are jittered and capped, and begin anew when the "
    "host has closed") {
    int grown = 0;
    int jittered = 0;
    check_lives(clock_kind::runs_on, [&](auto& host) {
        auto const& r = host.recovery();
        microseconds previous{}; // without jitter; zero while closed
        while (auto const s = host.next()) {
            auto const before = host.look();
            if (before.state == breaker_state::closed)
                previous = {};

            host.take(*s);

            auto const after = host.look();
            bool const by_hand = s->what == event::force_open || s->what == event::force_open_for;
            bool const again = s->what == event::failure_without_permit &&
                               before.state == breaker_state::open && before.is_available();
            if (after.state == breaker_state::closed)
                previous = {};
            if (after.state != breaker_state::open ||
                (before.state == breaker_state::open && !by_hand && !again))
                continue;
            auto const plain = next_open_time(r, previous);
            grown += int{plain > previous && previous != 0us};
            previous = plain;
            host.must(after.opened_at == s->at.now, "an opening is told with its time");
            auto open_time = after.retry_after;
            if (s->what == event::force_open) {
                host.must(open_time == breakerbox::duration::max(), "force_open has no end");
            } else if (by_hand) {
                auto const left =
                    before.state == breaker_state::open ? before.retry_after : breakerbox::duration::zero();
                host.must(open_time == std::max<breakerbox::duration>(left, s->open_for),
                          "force_open lasts as long as it is told, or as the open time left");
            } else {
                std::chrono::duration<double, std::nano> const longest{double(plain.count()) * 1000 *
                                                                       (1 + r.jitter)};
                host.must(open_time >= plain && open_time <= r.max_open_for && open_time <= longest,
                          "an open time is as long as the growth says, and longer by the jitter at most");
                auto const exact = std::floor(double(plain.count()) * (1 + r.jitter * s->at.jitter));
                host.must(open_time == std::min<breakerbox::duration>(r.max_open_for,
                                                                      microseconds{std::llround(exact)}),
                          "the jitter is what the moment says");
                jittered += int{open_time > plain};
            }
        }
    });
    CHECK(grown > 1000);
    CHECK(jittered > 1000);
}

} // namespace recovery_test
