// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_ATTEMPT_CONTEXT_HPP
#define BREAKERBOX_RETRY_ATTEMPT_CONTEXT_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/saturate.hpp>

#include <algorithm>
#include <cstdint>

namespace breakerbox {

/// What an operation may know of the attempt that it is called in. A retrier gives it to an operation that takes it
/// before its other arguments, and can only be called so: `fetch(attempt_context const&, request const&)`.
///
/// It may be copied, and read for as long as the program runs. One made by hand is that of a first attempt without a
/// deadline.
class attempt_context {
public:
    attempt_context() = default;

    /// The number of the attempt, from 1. With it goes the context of a call whose deadline is `deadline` on the clock
    /// that `now` reads, both as times since that clock's zero; the longest duration where there is none.
    attempt_context(std::uint64_t number, duration deadline, duration (*now)(),
                    bool is_probe = false) noexcept
        : number_(number), deadline_(deadline), now_(now), is_probe_(is_probe) {}

    /// The number of the attempt, counted from 1.
    std::uint64_t number() const noexcept { return number_; }

    /// Whether the attempt is to try a half-open host: it may as well be short and cheap.
    bool is_probe() const noexcept { return is_probe_; }

    bool has_deadline() const noexcept { return deadline_ != duration::max(); }

    /// The time until the call's deadline, never negative; the longest duration where it has none.
    duration time_left() const {
        return has_deadline() ? std::max(detail::saturating_subtract(deadline_, now_()), duration::zero())
                              : duration::max();
    }

private:
    std::uint64_t number_ = 1;
    duration deadline_ = duration::max();
    duration (*now_)() = nullptr;
    bool is_probe_ = false;
};

} // namespace breakerbox

#endif
