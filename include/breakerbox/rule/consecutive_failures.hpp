// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RULE_CONSECUTIVE_FAILURES_HPP
#define BREAKERBOX_RULE_CONSECUTIVE_FAILURES_HPP

#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>

#include <cstdint>

namespace breakerbox {

/// A host trips at the `threshold`-th failure in a row, and recovers as `recovery` says. A success ends a run;
/// neutral does not.
struct consecutive_failures {
    /// 1 or more.
    std::uint32_t threshold = 5;
    breakerbox::recovery recovery{};

    static constexpr bool counts_successes = false;

    /// The run of failures that goes on.
    struct tally {
        std::uint32_t failures = 0;
    };

    /// Throws std::invalid_argument if a field can't be right.
    void validate() const {
        detail::require(threshold >= 1, "consecutive_failures.threshold", "1 or more", threshold);
        recovery.validate();
    }

    trip_cause count(tally& run, ended_call call, instant) const noexcept {
        run.failures = call.result == verdict::failure ? run.failures + 1 : 0;
        return run.failures >= threshold ? trip_cause::failures : trip_cause::none;
    }

    bool is_slow(ended_call) const noexcept { return false; }

    evidence counted(tally const& run, instant) const noexcept { return {.failures = run.failures}; }

    trip_condition condition() const noexcept {
        return {.what = trip_condition::kind::failures_in_a_row, .threshold = static_cast<double>(threshold)};
    }
};

} // namespace breakerbox

#endif
