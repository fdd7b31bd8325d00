// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/recovering.hpp>

#include "property/host_life.hpp"
#include "property/permit_ledger.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <map>
#include <utility>

namespace states_test {

using namespace property;

namespace {

bool may_trip(breakerbox::consecutive_failures const&, breakerbox::ended_call call) {
    return call.result == verdict::failure;
}

bool may_trip(breakerbox::failure_rate const& rule, breakerbox::ended_call call) {
    return call.result == verdict::failure ||
           (call.result == verdict::success && (rule.trip_on_success || is_slow(rule, call)));
}

/// What came back in the present half-open.
struct probe_results {
    std::uint32_t successes = 0;
    std::uint32_t failures = 0;
};

/// Which state a step must lead to from half-open, and counts what it brings.
template <class Trip>
breaker_state after_probe(step const& s, bool counts, Trip const& rule, probe_results& so_far) {
    bool const succeeded = counts && s.call.result == verdict::success && !is_slow(rule, s.call);
    bool const failed = s.what == event::failure_without_permit ||
                        (counts && !succeeded && s.call.result != verdict::neutral);
    so_far.successes += succeeded;
    so_far.failures += failed;
    return so_far.failures == rule.recovery.failures_to_reopen    ? breaker_state::open
           : so_far.successes == rule.recovery.successes_to_close ? breaker_state::closed
                                                                  : breaker_state::half_open;
}

} // namespace

TEST_CASE("property: a host changes its state by the arrows that there are, and by no other") {
    std::map<std::pair<breaker_state, breaker_state>, int> changes;
    int forgotten = 0;
    check_lives(clock_kind::runs_on, [&](auto& host) {
        auto const& rule = host.rules.trip();
        permit_ledger book{host.recovery()};
        probe_results probes;
        auto last = breaker_state::closed;
        while (auto const s = host.next()) {
            auto const open_until = book.open_until();
            book.before(*s);
            auto const from = host.look().state;
            host.must(from == book.state(), "time alone changes a state only where it is forgotten");
            forgotten += int{from != last};

            auto const answer = host.take(*s);

            auto const to = host.look().state;
            book.after(*s, answer, host.look());
            if (s->what == event::reset) {
                host.must(to == breaker_state::closed, "reset closes");
            } else if (s->what == event::force_open || s->what == event::force_open_for) {
                host.must(to == breaker_state::open, "force_open opens");
            } else if (from == breaker_state::open) {
                bool const over = s->what == event::acquire && s->at.now >= open_until;
                host.must(
                    to == (over ? breaker_state::half_open : breaker_state::open),
                    "an open host is half-open once leave is asked after the open time, and not before");
            } else if (from == breaker_state::half_open) {
                host.must(to == after_probe(*s, book.counts(), rule, probes),
                          "probes close a half-open host by their successes and open it by their failures");
            } else {
                bool const may =
                    s->what == event::failure_without_permit || (book.counts() && may_trip(rule, s->call));
                host.must(to == breaker_state::closed || (to == breaker_state::open && may),
                          "a closed host is opened by a call that may trip it, and by nothing else");
            }
            if (to != breaker_state::half_open)
                probes = {};
            ++changes[{from, to}];
            last = to;
        }
    });
    using enum breaker_state;
    for (auto const& [from, to] :
         {std::pair{closed, open}, {open, half_open}, {half_open, open}, {half_open, closed}, {open, closed}})
        CHECK(changes[{from, to}] > 500);
    CHECK(forgotten > 500);
}

} // namespace states_test
