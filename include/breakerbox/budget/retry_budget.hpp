// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BUDGET_RETRY_BUDGET_HPP
#define BREAKERBOX_BUDGET_RETRY_BUDGET_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/budget/detail/millionths.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>

namespace breakerbox {

/// Retries are a share of the calls: each call pays `ratio` in, each retry takes 1 out, and beside that there
/// are `min_per_second` a second for clients that call little or have just begun. Payments and retries alike
/// are forgotten with the window. The rule of Finagle's RetryBudget.
///
/// Counts in whole millionths, to which `ratio` and `min_per_second` times `window` are rounded: 10,000 calls
/// in a window pay, at a ratio of 0.6, for exactly 6,000 retries. How attempts end changes nothing.
///
/// Pure functions of a state and the time. They never throw; a `shared_budget` makes them safe to share.
struct retry_budget {
    /// The retries that each call pays for; from 0 to 1000.
    double ratio = 0.2;
    /// The retries that no call has to pay for: `min_per_second` times `window` in each window, at once if
    /// need be; from 0 to 1,000,000.
    double min_per_second = 10;
    /// How far back calls and retries count; more than zero, at most an hour. They are forgotten by tenths of
    /// the window, so that each counts for nine tenths of it at least.
    duration window = std::chrono::seconds{10};

    /// The most calls that count in a tenth of the window; beyond it, they pay for nothing.
    static constexpr std::uint32_t most_calls_in_slice = 900'000'000;

    /// The window, in tenths of it.
    struct state {
        /// What began within one tenth.
        struct slice {
            std::uint32_t calls = 0;
            std::uint32_t retries = 0;
        };

        std::array<slice, 10> slices{}; // a ring
        std::size_t newest = 0;
        duration newest_began = duration::min();
    };

    /// Throws std::invalid_argument if a field can't be right.
    void validate() const {
        detail::require(ratio >= 0 && ratio <= highest_ratio, "retry_budget.ratio", "from 0 to 1000", ratio);
        detail::require(min_per_second >= 0 && min_per_second <= highest_min_per_second,
                        "retry_budget.min_per_second", "from 0 to 1000000", min_per_second);
        detail::require(window > window.zero() && window <= longest_window, "retry_budget.window",
                        "more than zero and at most an hour", window);
    }

    /// Pays for a call that begins.
    void on_call(state& s, duration now) const noexcept {
        auto& newest = move_to(s, now);
        if (newest.calls < most_calls_in_slice)
            ++newest.calls;
    }

    void on_success(state&, duration) const noexcept {}
    void on_failure(state&, duration) const noexcept {}

    /// Takes a retry out, if there is one. Returns whether there was.
    bool take(state& s, duration now) const noexcept {
        auto& newest = move_to(s, now);
        if (available(s, now) == 0 || newest.retries == std::numeric_limits<std::uint32_t>::max())
            return false;
        ++newest.retries;
        return true;
    }

    /// How many retries could be taken now.
    std::uint64_t available(state const& s, duration now) const noexcept {
        std::int64_t calls = 0;
        std::int64_t retries = 0;
        for (auto age = slices_left(s, now); age-- != 0;) {
            calls += s.slices[place_of(s, age)].calls;
            retries += s.slices[place_of(s, age)].retries;
        }
        auto const balance = unpaid_for() + calls * detail::millionths(ratio) - retries * detail::one_token;
        return static_cast<std::uint64_t>(std::max<std::int64_t>(balance, 0) / detail::one_token);
    }

private:
    static constexpr std::int64_t count = std::tuple_size_v<decltype(state::slices)>;
    static constexpr double highest_ratio = 1000;
    static constexpr double highest_min_per_second = 1'000'000;
    static constexpr std::chrono::seconds longest_window = std::chrono::hours{1};

    static_assert(count * most_calls_in_slice <=
                      (std::numeric_limits<std::int64_t>::max() -
                       detail::millionths(highest_min_per_second) * longest_window.count()) /
                          detail::millionths(highest_ratio),
                  "no balance is too large for its type");

    std::int64_t unpaid_for() const noexcept {
        return detail::millionths(min_per_second * std::chrono::duration<double>{window}.count());
    }

    duration slice_length() const noexcept { return duration{(window.count() + count - 1) / count}; }

    /// How many slices have begun since the newest one did; none on a clock that has stepped back.
    std::int64_t slices_passed(state const& s, duration now) const noexcept {
        return std::max<std::int64_t>(detail::saturating_subtract(now, s.newest_began) / slice_length(), 0);
    }

    /// How many of the slices are in the window still, counted from the newest one.
    std::size_t slices_left(state const& s, duration now) const noexcept {
        return static_cast<std::size_t>(count - std::min(slices_passed(s, now), count));
    }

    /// Where the slice is that began `age` slices before the newest one.
    static std::size_t place_of(state const& s, std::size_t age) noexcept {
        return (s.newest + s.slices.size() - age) % s.slices.size();
    }

    /// Makes the slice of this moment the newest one.
    state::slice& move_to(state& s, duration now) const noexcept {
        auto const passed = slices_passed(s, now);
        if (passed >= count) {
            s = {.newest_began = now};
        } else {
            for (auto n = passed; n != 0; --n) {
                s.newest = (s.newest + 1) % s.slices.size();
                s.slices[s.newest] = {};
            }
            // On a clock that has stepped back the newest slice begins anew: nothing is lost, and nothing
            // stays until the clock is where it was.
            s.newest_began = std::min(s.newest_began + passed * slice_length(), now);
        }
        return s.slices[s.newest];
    }
};

} // namespace breakerbox

#endif
