// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/call_window.hpp>

#include <breakerbox/rule/recovering.hpp>

#include "property/host_life.hpp"
#include "property/naive_counts.hpp"
#include "property/permit_ledger.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <tuple>
#include <vector>

namespace counts_test {

using namespace property;
using breakerbox::evidence;

namespace {

bool same(evidence const& a, evidence const& b) {
    return std::tie(a.failures, a.calls, a.slow_calls) == std::tie(b.failures, b.calls, b.slow_calls);
}

evidence counts_of(host_status const& s) {
    return {.failures = s.failures, .calls = s.calls, .slow_calls = s.slow_calls};
}

} // namespace

TEST_CASE(
    "property: a closed host counts what a list of all its calls says, trips where that says so, and its "
    "evidence is frozen then") {
    int trips = 0;
    int slow_trips = 0;
    check_lives(clock_kind::runs_on, [&](auto& host) {
        auto const& rule = host.rules.trip();
        permit_ledger book{host.recovery()};
        std::vector<counted_call> calls; // since the host was last as new, or closed
        evidence tripped_by;
        while (auto const s = host.next()) {
            book.before(*s);
            if (book.was_forgotten() || s->what == event::reset)
                calls.clear();
            bool const was_closed = book.state() == breaker_state::closed;

            auto const answer = host.take(*s);

            auto const status = host.look();
            book.after(*s, answer, status);
            auto why = trip_cause::none;
            bool const unpermitted = s->what == event::failure_without_permit;
            if (was_closed && (unpermitted || (book.counts() && s->call.result != verdict::neutral))) {
                calls.push_back({.at = s->at.now,
                                 .failed = unpermitted || s->call.result == verdict::failure,
                                 .slow = !unpermitted && is_slow(rule, s->call)});
                why = naive_cause(rule, calls, s->at.now);
                host.must(status.cause == why, "a host trips where its calls say so, and for that cause");
            }
            if (was_closed && status.state == breaker_state::open) {
                tripped_by = naive_count(rule, calls, s->at.now);
                calls.clear();
                trips += int{why == trip_cause::failures};
                slow_trips += int{why == trip_cause::slow_calls};
            }
            host.must(same(counts_of(status), status.state == breaker_state::closed
                                                  ? naive_count(rule, calls, s->at.now)
                                                  : tripped_by),
                      "the counts are those of a list of all calls, or of the trip");
        }
    });
    CHECK(trips > 10'000);
    CHECK(slow_trips > 500);
}

TEST_CASE("property: a window counts what a list of all calls says, whatever the clock does") {
    int starts_anew = 0;
    check_scripts([&](script const& s) {
        auto const rule = random_failure_rate(s);
        breakerbox::failure_rate::tally tally;
        std::vector<counted_call> calls;
        instant now = std::chrono::seconds{1};
        for (auto const number : s.steps) {
            choices from{number};
            auto const how = from.below(32);
            microseconds const some{from.below(128)};
            now += how < 16 ? some / 16 : how < 24 ? microseconds{1} : how < 29 ? some : -some / 2;
            auto const result = from.below(2) == 0 ? verdict::success : verdict::failure;
            breakerbox::ended_call const call{result, microseconds{from.below(8)}};

            calls.push_back({now, result == verdict::failure, is_slow(rule, call)});
            auto const cause = rule.count(tally, call, now);

            auto const later = now + microseconds{from.below(64)} - microseconds{from.below(8)};
            if (!same(rule.counted(tally, now), naive_count(rule, calls, now)) ||
                !same(rule.counted(tally, later), naive_count(rule, calls, later)) ||
                cause != naive_cause(rule, calls, now))
                RC_FAIL("the window counts otherwise than a list of all calls");
            starts_anew += int{rule.counted(tally, now).calls == 1 && calls.size() > 1};
        }
    });
    CHECK(starts_anew > 10'000);
}

} // namespace counts_test
