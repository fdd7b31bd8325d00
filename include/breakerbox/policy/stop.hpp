// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_STOP_HPP
#define BREAKERBOX_POLICY_STOP_HPP

#include <breakerbox/base/require.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/policy/attempt.hpp>
#include <breakerbox/policy/combine.hpp>
#include <breakerbox/policy/concepts.hpp>

#include <algorithm>
#include <cstdint>
#include <stop_token>
#include <utility>

// When a call gives up. A stop policy is asked after each failed attempt, once the wait to come is known; and twice where
// a call would wait until its host is available: about that wait, and about the time when it is over, with the number
// of attempts made (zero, too), and without what the last one ended with if there was a wait since. Any callable
// `bool(attempt const&)` is one; `a | b` and `a & b` combine them. All are immutable, and safe to share between any
// number of calls and threads.

namespace breakerbox {

/// Never: the call goes on until it succeeds, is cancelled or refused.
struct stop_never {
    using category = stop_category;
    static constexpr bool reads_time = false;

    constexpr bool operator()(attempt const&) const noexcept { return false; }
};

/// After `attempts` attempts. The first one always runs, so that 0 means the same as 1.
struct stop_after_attempt {
    using category = stop_category;
    static constexpr bool reads_time = false;

    std::uint64_t attempts = 1;

    constexpr bool operator()(attempt const& a) const noexcept {
        return a.number >= std::max<std::uint64_t>(attempts, 1);
    }
};

/// Once `limit` has passed since the call began. An attempt under way is not cut short, nor is a wait; but none for an
/// available host is begun that would last until then.
struct stop_after_delay {
    using category = stop_category;

    duration limit;

    constexpr bool operator()(attempt const& a) const noexcept { return a.elapsed >= limit; }
    void validate() const { detail::require_not_negative("stop_after_delay.limit", limit); }
};

/// Once the wait to come would end `limit` or later after the call began, so that no attempt starts after
/// that.
struct stop_before_delay {
    using category = stop_category;

    duration limit;

    constexpr bool operator()(attempt const& a) const noexcept {
        return detail::saturating_add(a.elapsed, a.upcoming_wait) >= limit;
    }
    void validate() const { detail::require_not_negative("stop_before_delay.limit", limit); }
};

#ifdef __cpp_lib_jthread // where the standard library has stop tokens: libc++ only if asked for experiments

/// Once a stop is requested. It is looked at after each failed attempt; a wait under way is not cut short,
/// for which Asio's cancellation is there.
class stop_when_requested {
public:
    using category = stop_category;
    static constexpr bool reads_time = false;

    explicit stop_when_requested(std::stop_token token) noexcept : token_(std::move(token)) {}

    bool operator()(attempt const&) const noexcept { return token_.stop_requested(); }

private:
    std::stop_token token_;
};

#endif

} // namespace breakerbox

#endif
