// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_SATURATE_HPP
#define BREAKERBOX_BASE_SATURATE_HPP

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <ratio>
#include <type_traits>
#include <utility>

namespace breakerbox::detail {

/// a + b, held at the limits of the type.
template <std::signed_integral Rep, class Period>
constexpr std::chrono::duration<Rep, Period> saturating_add(std::chrono::duration<Rep, Period> a,
                                                            std::chrono::duration<Rep, Period> b) noexcept {
    using result = std::chrono::duration<Rep, Period>;
    if (b > result::zero() && a > result::max() - b)
        return result::max();
    if (b < result::zero() && a < result::min() - b)
        return result::min();
    return a + b;
}

/// a - b, held at the limits of the type.
template <std::signed_integral Rep, class Period>
constexpr std::chrono::duration<Rep, Period> saturating_subtract(
    std::chrono::duration<Rep, Period> a, std::chrono::duration<Rep, Period> b) noexcept {
    using result = std::chrono::duration<Rep, Period>;
    if (b < result::zero() && a > result::max() + b)
        return result::max();
    if (b > result::zero() && a < result::min() + b)
        return result::min();
    return a - b;
}

/// now + d for an integral clock, held at the clock's end: a deadline for ever away must not wrap into the
/// past.
template <class Clock, class Duration>
constexpr std::chrono::time_point<Clock, Duration> saturating_add(
    std::chrono::time_point<Clock, Duration> now, Duration d) noexcept {
    return std::chrono::time_point<Clock, Duration>{saturating_add(now.time_since_epoch(), d)};
}

/// Any duration as a `To`, which is integral: rounded towards zero, held at To's limits; a NaN is zero.
template <class To, class Rep, class Period>
constexpr To saturating_cast(std::chrono::duration<Rep, Period> d) noexcept {
    using ratio = std::ratio_divide<Period, typename To::period>;
    if constexpr (std::floating_point<Rep>) {
        auto const ticks = static_cast<long double>(d.count()) * static_cast<long double>(ratio::num) /
                           static_cast<long double>(ratio::den);
        if (ticks != ticks)
            return To::zero();
        // The limits of a 64-bit integer aren't all representable, hence >= and <=.
        if (ticks >= static_cast<long double>(To::max().count()))
            return To::max();
        if (ticks <= static_cast<long double>(To::min().count()))
            return To::min();
        return To{static_cast<typename To::rep>(ticks)};
    } else {
        using count = typename To::rep;
        static_assert(std::signed_integral<count>);
        auto const from = std::in_range<count>(d.count()) ? static_cast<count>(d.count())
                          : d.count() > 0                 ? std::numeric_limits<count>::max()
                                                          : std::numeric_limits<count>::min();
        // In two parts, since from * num may not fit where from * num / den does.
        auto const whole = from / ratio::den;
        if (whole > To::max().count() / ratio::num)
            return To::max();
        if (whole < To::min().count() / ratio::num)
            return To::min();
        return saturating_add(To{whole * ratio::num}, To{from % ratio::den * ratio::num / ratio::den});
    }
}

/// As saturating_cast, but rounded up.
template <class To, class Rep, class Period>
constexpr To saturating_ceil(std::chrono::duration<Rep, Period> d) noexcept {
    auto const rounded = saturating_cast<To>(d);
    return rounded < d && rounded < To::max() ? rounded + To{1} : rounded;
}

} // namespace breakerbox::detail

#endif
