// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/recovering.hpp>

#include "property/host_life.hpp"
#include "property/permit_ledger.hpp"

#include <catch2/catch_test_macros.hpp>

namespace late_reports_test {

using namespace property;

// The clock runs on: a late report may be what tells a state that the clock has stepped back.

TEST_CASE(
    "property: a report from before the last change of state, or of a probe that has reported or was given "
    "up, changes nothing, then or later") {
    int late = 0;
    check_lives(clock_kind::runs_on, [&](auto& host) {
        permit_ledger book{host.recovery()};
        auto without_late_reports = host.state;
        while (auto const s = host.next()) {
            book.before(*s);
            auto const before = host.look();

            auto const answer = host.take(*s);

            book.after(*s, answer, host.look());
            host.must(answer.counted == book.counts(), "a report is told whether it was worth anything");
            if (s->what == event::report && !book.counts()) {
                host.must(host.look() == before, "a late report changes nothing");
                ++late;
            } else {
                host.must(host.take(*s, without_late_reports) == answer,
                          "late reports change no later answer");
            }
            host.must(host.rules.look(without_late_reports, host.now) == host.look(),
                      "late reports change no later state");
        }
    });
    CHECK(late > 10'000);
}

} // namespace late_reports_test
