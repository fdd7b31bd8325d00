// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_PROPERTY_NAIVE_COUNTS_HPP
#define BREAKERBOX_TESTS_PROPERTY_NAIVE_COUNTS_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_rate.hpp>

#include "property/permit_ledger.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

// What a rule should have counted, from a list of all calls, gone through anew each time.

namespace property {

using breakerbox::trip_cause;

struct counted_call {
    instant at;
    bool failed;
    bool slow;
};

inline breakerbox::evidence sum_of(std::vector<counted_call> const& calls, std::size_t first = 0) {
    breakerbox::evidence sum;
    for (; first < calls.size(); ++first) {
        ++sum.calls;
        sum.failures += calls[first].failed;
        sum.slow_calls += calls[first].slow;
    }
    return sum;
}

/// A run is as long as the list, from its end, has failures.
inline breakerbox::evidence naive_count(breakerbox::consecutive_failures const&,
                                        std::vector<counted_call> const& calls, instant) {
    breakerbox::evidence run;
    for (auto n = calls.size(); n != 0 && calls[n - 1].failed; --n)
        ++run.failures;
    return run;
}

/// A tenth of the span, numbered from the start: floor((now - start) * 10 / span).
inline std::int64_t tenth(microseconds span, instant start, instant now) {
    return (now - start) * 10 / span;
}

/// Those of the calls that are in the window of a span, where the last call was made: the window starts with the
/// first call after it was empty, and a call for which the clock has stepped back counts as made with the one
/// before, unless that is before the window's start, where it starts anew.
inline std::vector<counted_call> in_span(microseconds span, std::vector<counted_call> const& calls,
                                         instant now) {
    std::vector<counted_call> in;
    auto const leave = [&](instant t) {
        if (in.empty())
            return;
        auto const start = in.front().at;
        if (t < start || tenth(span, start, t) >= tenth(span, start, in.back().at) + 10)
            in.clear();
    };
    for (auto call : calls) {
        leave(call.at);
        if (!in.empty())
            call.at = std::max(call.at, in.back().at);
        in.push_back(call);
    }
    leave(now);
    if (in.empty())
        return in;
    auto const start = in.front().at;
    auto const newest = tenth(span, start, std::max(now, in.back().at));
    std::erase_if(in, [&](counted_call const& c) { return tenth(span, start, c.at) <= newest - 10; });
    return in;
}

inline breakerbox::evidence naive_count(breakerbox::failure_rate const& rule,
                                        std::vector<counted_call> const& calls, instant now) {
    if (!rule.window.in_calls())
        return sum_of(in_span(rule.window.span(), calls, now));
    auto const most = static_cast<std::size_t>(rule.window.calls());
    return sum_of(calls, calls.size() - std::min(calls.size(), most));
}

/// Why the last of the calls trips the host, if it does.
inline trip_cause naive_cause(breakerbox::consecutive_failures const& rule,
                              std::vector<counted_call> const& calls, instant now) {
    auto const run = naive_count(rule, calls, now).failures;
    return calls.back().failed && run >= rule.threshold ? trip_cause::failures : trip_cause::none;
}

inline trip_cause naive_cause(breakerbox::failure_rate const& rule, std::vector<counted_call> const& calls,
                              instant now) {
    auto const all = naive_count(rule, calls, now);
    if (all.calls < rule.minimum_calls)
        return trip_cause::none;
    auto const rate = [&](std::uint64_t some) { return double(some) / double(all.calls); };
    if ((calls.back().failed || rule.trip_on_success) && rate(all.failures) >= rule.threshold)
        return trip_cause::failures;
    if ((calls.back().slow || rule.trip_on_success) && all.slow_calls != 0 &&
        rate(all.slow_calls) >= rule.slow_call.threshold)
        return trip_cause::slow_calls;
    return trip_cause::none;
}

} // namespace property

#endif
