// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RULE_CALL_WINDOW_HPP
#define BREAKERBOX_RULE_CALL_WINDOW_HPP

#include <breakerbox/base/require.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace breakerbox {

/// How far back a failure_rate looks: a number of calls, or a time.
class window_size {
public:
    /// From 1 to 1,000,000 calls. A number that can't be right is kept for `validate` to name.
    template <std::integral Calls>
    constexpr window_size(Calls calls) noexcept
        : calls_(std::in_range<std::int64_t>(calls) ? static_cast<std::int64_t>(calls)
                                                    : std::numeric_limits<std::int64_t>::max()) {}

    /// More than zero, at most 366 days; kept in whole microseconds.
    template <class Rep, class Period>
    constexpr window_size(std::chrono::duration<Rep, Period> span) noexcept
        : span_(detail::saturating_cast<std::chrono::microseconds>(span)), in_calls_(false) {}

    constexpr bool in_calls() const noexcept { return in_calls_; }
    constexpr std::int64_t calls() const noexcept { return calls_; }
    constexpr std::chrono::microseconds span() const noexcept { return span_; }

    /// Throws std::invalid_argument, naming the field, if the size can't be right.
    void validate(std::string_view field) const {
        if (in_calls_)
            detail::require(calls_ >= 1 && calls_ <= 1'000'000, field, "from 1 to 1000000 calls", calls_);
        else
            detail::require(span_.count() > 0 && span_ <= std::chrono::days{366}, field,
                            "more than zero and at most 366 days", span_);
    }

private:
    std::int64_t calls_ = 0;
    std::chrono::microseconds span_{};
    bool in_calls_ = true;
};

namespace detail {

/// The last so many calls: a ring of two bits a call, which grows as calls come.
class last_calls {
public:
    void record(std::size_t size, bool failed, bool slow) {
        if (ring_.size() < 2 * size) {
            ring_.resize(ring_.size() + 2);
        } else {
            --totals_.calls;
            totals_.failures -= std::uint64_t{ring_[2 * next_]};
            totals_.slow_calls -= std::uint64_t{ring_[2 * next_ + 1]};
        }
        ring_[2 * next_] = failed;
        ring_[2 * next_ + 1] = slow;
        next_ = (next_ + 1) % size;
        ++totals_.calls;
        totals_.failures += std::uint64_t{failed};
        totals_.slow_calls += std::uint64_t{slow};
    }

    evidence totals() const noexcept { return totals_; }

private:
    std::vector<bool> ring_;
    std::size_t next_ = 0;
    evidence totals_;
};

/// The calls of a time, in ten buckets. Bucket n, counted from the first call since the window was last empty,
/// holds the n-th tenth of a span; the newest one and the nine before it are in the window.
class last_span {
public:
    void record(std::chrono::microseconds span, bool failed, bool slow, instant now) noexcept {
        if (is_empty(span, now)) {
            buckets_ = {};
            start_ = now;
            newest_ = 0;
        }
        // A clock that has stepped back adds to the newest bucket.
        for (auto const current = bucket_at(span, now); newest_ < current;)
            buckets_[place_of(++newest_)] = {};
        auto& b = buckets_[place_of(newest_)];
        if (b.calls == std::numeric_limits<std::uint32_t>::max())
            return; // what more could be told would not change the rate
        ++b.calls;
        b.failures += std::uint32_t{failed};
        b.slow_calls += std::uint32_t{slow};
    }

    evidence totals(std::chrono::microseconds span, instant now) const noexcept {
        evidence sum;
        if (is_empty(span, now))
            return sum;
        auto const oldest = std::max(bucket_at(span, now), newest_) - count + 1;
        for (auto n = std::max<std::int64_t>(oldest, 0); n <= newest_; ++n) {
            auto const& b = buckets_[place_of(n)];
            sum.calls += b.calls;
            sum.failures += b.failures;
            sum.slow_calls += b.slow_calls;
        }
        return sum;
    }

private:
    static constexpr std::int64_t count = 10;

    struct bucket {
        std::uint32_t calls = 0;
        std::uint32_t failures = 0;
        std::uint32_t slow_calls = 0;
    };

    /// The newest bucket has calls for as long as there is one.
    bool is_empty(std::chrono::microseconds span, instant now) const noexcept {
        return newest_ < 0 || now < start_ || bucket_at(span, now) - newest_ >= count;
    }

    std::int64_t bucket_at(std::chrono::microseconds span, instant now) const noexcept {
        constexpr auto longest = std::numeric_limits<std::int64_t>::max() / count;
        return std::min<std::int64_t>(saturating_subtract(now, start_).count(), longest) * count /
               span.count();
    }

    static constexpr std::size_t place_of(std::int64_t bucket) noexcept {
        return static_cast<std::size_t>(bucket % count);
    }

    instant start_{};
    std::int64_t newest_ = -1;
    std::array<bucket, count> buckets_{};
};

} // namespace detail

/// The calls that a failure_rate rates: with what they ended, in how far back the window reaches. It forgets
/// when it is read as well as when it is written.
class call_window {
public:
    void record(window_size size, bool failed, bool slow, instant now) {
        if (size.in_calls())
            of<detail::last_calls>().record(static_cast<std::size_t>(size.calls()), failed, slow);
        else
            of<detail::last_span>().record(size.span(), failed, slow, now);
    }

    evidence totals(window_size size, instant now) const noexcept {
        if (auto const* calls = std::get_if<detail::last_calls>(&calls_))
            return calls->totals();
        if (auto const* span = std::get_if<detail::last_span>(&calls_))
            return span->totals(size.span(), now);
        return {};
    }

private:
    template <class Window>
    Window& of() {
        if (auto* const window = std::get_if<Window>(&calls_))
            return *window;
        return calls_.emplace<Window>();
    }

    std::variant<std::monostate, detail::last_calls, detail::last_span> calls_;
};

} // namespace breakerbox

#endif
