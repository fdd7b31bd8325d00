// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RULE_FAILURE_RATE_HPP
#define BREAKERBOX_RULE_FAILURE_RATE_HPP

#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/rule/call_window.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>

#include <chrono>
#include <cstdint>

namespace breakerbox {

/// Which calls are slow, and how many of them trip a host. By default none is.
struct slow_call {
    /// A call is slow if it takes longer than this, from its permit to its report; more than zero.
    std::chrono::microseconds longer_than = std::chrono::microseconds::max();
    /// The share of slow calls that trips; above 0, at most 1.
    double threshold = 0.5;
};

/// A host trips when, among the calls in the window, the share of failures or of slow calls reaches its
/// threshold, and recovers as `recovery` says.
///
/// Shares are compared as they are, without rounding. A failure trips on the share of failures, a slow call, a
/// successful one too, on that of slow calls. Neutral calls are not counted. A slow probe has failed.
struct failure_rate {
    /// The share of failures that trips; above 0, at most 1.
    double threshold = 0.5;
    /// How many calls must be in the window before anything trips; 1 or more, and no more than the window holds.
    std::uint32_t minimum_calls = 20;
    /// A number of calls, or a time.
    window_size window = std::chrono::seconds{30};
    breakerbox::slow_call slow_call{};
    /// Whether any call may trip, a quick success too, where it completes `minimum_calls`.
    bool trip_on_success = false;
    breakerbox::recovery recovery{};

    static constexpr bool counts_successes = true;
    using tally = call_window;

    /// Throws std::invalid_argument if a field can't be right.
    void validate() const {
        detail::require(threshold > 0 && threshold <= 1, "failure_rate.threshold", "above 0 and at most 1",
                        threshold);
        detail::require(minimum_calls >= 1, "failure_rate.minimum_calls", "1 or more", minimum_calls);
        window.validate("failure_rate.window");
        detail::require(!window.in_calls() || minimum_calls <= window.calls(), "failure_rate.minimum_calls",
                        "failure_rate.window or less, since no more calls are looked at", minimum_calls);
        detail::require(slow_call.longer_than.count() > 0, "slow_call.longer_than", "more than zero",
                        slow_call.longer_than);
        detail::require(slow_call.threshold > 0 && slow_call.threshold <= 1, "slow_call.threshold",
                        "above 0 and at most 1", slow_call.threshold);
        recovery.validate();
    }

    trip_cause count(tally& calls, ended_call call, instant now) const {
        bool const failed = call.result == verdict::failure;
        bool const slow = is_slow(call);
        calls.record(window, failed, slow, now);
        if (!failed && !slow && !trip_on_success)
            return trip_cause::none;
        auto const all = calls.totals(window, now);
        if (all.calls < minimum_calls)
            return trip_cause::none;
        if ((failed || trip_on_success) && reaches(all.failures, all.calls, threshold))
            return trip_cause::failures;
        if ((slow || trip_on_success) && rates_slow_calls() &&
            reaches(all.slow_calls, all.calls, slow_call.threshold))
            return trip_cause::slow_calls;
        return trip_cause::none;
    }

    bool is_slow(ended_call call) const noexcept { return call.took > slow_call.longer_than; }

    evidence counted(tally const& calls, instant now) const noexcept { return calls.totals(window, now); }

    trip_condition condition() const noexcept {
        return {.what = trip_condition::kind::rate,
                .threshold = threshold,
                .slow_threshold = rates_slow_calls() ? slow_call.threshold : 0,
                .minimum_calls = minimum_calls};
    }

private:
    bool rates_slow_calls() const noexcept {
        return slow_call.longer_than != std::chrono::microseconds::max();
    }

    static bool reaches(std::uint64_t some, std::uint64_t all, double share) noexcept {
        return static_cast<double>(some) / static_cast<double>(all) >= share;
    }
};

} // namespace breakerbox

#endif
