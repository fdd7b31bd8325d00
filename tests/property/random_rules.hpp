// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_PROPERTY_RANDOM_RULES_HPP
#define BREAKERBOX_TESTS_PROPERTY_RANDOM_RULES_HPP

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_rate.hpp>
#include <breakerbox/rule/recovery.hpp>

#include "property/random_script.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ostream>

// Rules of small numbers, so that random steps do reach what they count to. Their times are a few microseconds, so
// that random steps of time end on a boundary, or one microsecond from it, as a matter of course.

namespace property {

using std::chrono::microseconds;

template <std::size_t N>
double one_of(double const (&values)[N], choices& from) {
    return values[from.below(N)];
}

inline breakerbox::recovery random_recovery(script const& s) {
    choices how_long{s.for_rule[0]};
    choices how_many{s.for_rule[1]};
    breakerbox::recovery r{.open_for = microseconds{1 + how_long.below(20)},
                           .growth = one_of({1, 1.1, 1.5, 2, 3}, how_many),
                           .jitter = one_of({0, 0.1, 0.5, 1}, how_many),
                           .probes = 1 + how_many.below(4),
                           .successes_to_close = 1 + how_many.below(3),
                           .failures_to_reopen = 1 + how_many.below(3),
                           .probe_lease = microseconds{1 + how_long.below(20)}};
    if (auto const more = how_long.below(80); more % 2 != 0)
        r.max_open_for = r.open_for + microseconds{more};
    if (auto const most = how_long.below(200); most % 2 != 0)
        r.forget_after = microseconds{most};
    return r;
}

inline breakerbox::consecutive_failures random_consecutive_failures(script const& s) {
    choices counts{s.for_rule[2]};
    return {.threshold = 1 + counts.below(4), .recovery = random_recovery(s)};
}

inline breakerbox::failure_rate random_failure_rate(script const& s) {
    choices counts{s.for_rule[2]};
    auto const calls = 1 + counts.below(8);
    auto const span = microseconds{1 + counts.below(60)};
    breakerbox::failure_rate rule{.threshold = one_of({0.5, 0.01, 0.25, 1.0 / 3, 0.75, 1}, counts),
                                  .minimum_calls = 1 + counts.below(5),
                                  .window = span,
                                  .trip_on_success = counts.below(4) == 3,
                                  .recovery = random_recovery(s)};
    if (counts.below(2) == 0) {
        rule.window = calls;
        rule.minimum_calls = std::min(rule.minimum_calls, calls);
    }
    if (counts.below(2) == 1)
        rule.slow_call = {.longer_than = microseconds{1 + counts.below(4)},
                          .threshold = one_of({0.5, 0.01, 1.0 / 3, 1}, counts)};
    return rule;
}

inline std::ostream& operator<<(std::ostream& out, breakerbox::recovery const& r) {
    return out << "open_for=" << r.open_for.count() << "us growth=" << r.growth
               << " max_open_for=" << r.max_open_for.count() << "us jitter=" << r.jitter
               << " probes=" << r.probes << " successes_to_close=" << r.successes_to_close
               << " failures_to_reopen=" << r.failures_to_reopen << " probe_lease=" << r.probe_lease.count()
               << "us forget_after=" << r.forget_after.count() << "us";
}

inline std::ostream& operator<<(std::ostream& out, breakerbox::consecutive_failures const& rule) {
    return out << "consecutive_failures threshold=" << rule.threshold << ' ' << rule.recovery;
}

inline std::ostream& operator<<(std::ostream& out, breakerbox::failure_rate const& rule) {
    out << "failure_rate threshold=" << rule.threshold << " minimum_calls=" << rule.minimum_calls
        << " window=";
    if (rule.window.in_calls())
        out << rule.window.calls() << " calls";
    else
        out << rule.window.span().count() << "us";
    if (rule.slow_call.longer_than != microseconds::max())
        out << " slow_call=" << rule.slow_call.longer_than.count()
            << "us slow_threshold=" << rule.slow_call.threshold;
    return out << (rule.trip_on_success ? " trip_on_success " : " ") << rule.recovery;
}

} // namespace property

#endif
