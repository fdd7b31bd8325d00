// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_CALL_CLOCK_HPP
#define BREAKERBOX_RETRY_DETAIL_CALL_CLOCK_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/retry/detail/call_limits.hpp>

namespace breakerbox::detail {

/// When a call began, how long it has taken and when its deadline is. To read a clock costs time: it is read only where
/// somebody asks for it, or a deadline does.
template <class Clock>
class call_clock {
public:
    call_clock(call_limits<Clock> const& limits, bool is_asked_for) noexcept
        : limits_(limits), is_read_(is_asked_for || limits.has_deadline()) {}

    void begin() {
        if (is_read_)
            began_ = Clock::now();
    }

    bool is_read() const noexcept { return is_read_; }

    /// The time since the beginning; only for a clock that is read.
    duration elapsed() const { return saturating_cast<duration>(Clock::now() - began_); }

    bool has_deadline() const noexcept { return limits_.has_deadline(); }
    /// As a time since the beginning.
    duration deadline() const noexcept { return limits_.time_from(began_); }
    /// As a time since the clock's zero, which `now` reads; the longest duration for none.
    duration moment_of_deadline() const noexcept {
        return has_deadline() ? limits_.deadline_from(began_) : duration::max();
    }
    static duration now() { return saturating_cast<duration>(Clock::now().time_since_epoch()); }

    /// The time that each call may take, whenever it begins; the longest duration where that isn't limited.
    duration time_of_each_call() const noexcept { return limits_.time; }

    /// Whether the call is within an attempt of another retrier.
    bool is_nested() const noexcept { return limits_.is_nested; }

private:
    call_limits<Clock> limits_;
    typename Clock::time_point began_{};
    bool is_read_;
};

} // namespace breakerbox::detail

#endif
