// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BUDGET_RETRY_THROTTLE_HPP
#define BREAKERBOX_BUDGET_RETRY_THROTTLE_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/budget/detail/millionths.hpp>

#include <algorithm>
#include <cstdint>

namespace breakerbox {

/// There are retries only while more than half of the tokens are left: each failed attempt takes one, each
/// success brings `ratio` back. The rule of gRPC's retry throttling (gRFC A6).
///
/// Of 10 tokens the first failure leaves 9. What leaves 9, 8, 7 or 6 is retried, what leaves 5 is not. Counts
/// in whole millionths, to which both fields are rounded. A retry itself takes nothing, nor does time bring
/// anything back.
///
/// Pure functions of a state. They never throw; a `shared_budget` makes them safe to share.
struct retry_throttle {
    /// How many there are at first, and at most; above 0, at most 1,000,000. With 2 or fewer no failure is
    /// retried, since the first one leaves no more than half.
    double tokens = 10;
    /// The tokens that a success brings back; from 0.000001 to 1,000,000.
    double ratio = 0.1;

    static constexpr bool reads_time = false;

    /// What is kept of all calls together.
    struct state {
        /// The tokens taken and not brought back, in millionths.
        std::int64_t missing = 0;
    };

    /// Throws std::invalid_argument if a field can't be right.
    void validate() const {
        detail::require(tokens > 0 && tokens <= 1'000'000, "retry_throttle.tokens",
                        "above 0 and at most 1000000", tokens);
        detail::require(ratio >= 0.000001 && ratio <= 1'000'000, "retry_throttle.ratio",
                        "from 0.000001 to 1000000", ratio);
    }

    void on_call(state&, duration) const noexcept {}

    void on_success(state& s, duration) const noexcept {
        s.missing = std::max<std::int64_t>(s.missing - detail::millionths(ratio), 0);
    }

    void on_failure(state& s, duration) const noexcept {
        s.missing = std::min(s.missing + detail::one_token, detail::millionths(tokens));
    }

    /// Returns whether a retry may be made; takes nothing.
    bool take(state const& s, duration) const noexcept { return twice_above_half(s) > 0; }

    /// How many retries could be made now if all of them failed.
    std::uint64_t available(state const& s, duration) const noexcept {
        auto const rounded_up = twice_above_half(s) + 2 * detail::one_token - 1;
        return static_cast<std::uint64_t>(std::max<std::int64_t>(rounded_up, 0) / (2 * detail::one_token));
    }

private:
    /// Twice what is left above one half of the tokens, so that it is whole; in millionths.
    std::int64_t twice_above_half(state const& s) const noexcept {
        return detail::millionths(tokens) - 2 * s.missing;
    }
};

} // namespace breakerbox

#endif
