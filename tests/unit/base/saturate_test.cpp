// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/saturate.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>

namespace saturate_test {

using namespace std::chrono_literals;
using breakerbox::detail::saturating_add;
using breakerbox::detail::saturating_cast;
using ns = std::chrono::nanoseconds;

namespace {

constexpr ns to_ns(auto d) {
    return saturating_cast<ns>(d);
}

} // namespace

TEST_CASE("saturate: a sum within the limits is exact, of either sign") {
    CHECK(saturating_add(1ns, 2ns) == 3ns);
    CHECK(saturating_add(ns::max(), -1ns) == ns::max() - 1ns);
    CHECK(saturating_add(ns::min(), 1ns) == ns::min() + 1ns);
    CHECK(saturating_add(ns::max(), ns::min()) == -1ns);
    CHECK(saturating_add(ns::max() - 1ns, 1ns) == ns::max());
}

TEST_CASE("saturate: a sum beyond the limits stays at the nearer one") {
    CHECK(saturating_add(ns::max(), 1ns) == ns::max());
    CHECK(saturating_add(1ns, ns::max()) == ns::max());
    CHECK(saturating_add(ns::max(), ns::max()) == ns::max());
    CHECK(saturating_add(ns::min(), -1ns) == ns::min());
    CHECK(saturating_add(ns::min(), ns::min()) == ns::min());
}

TEST_CASE("saturate: a deadline beyond the clock's end is its end, not its past") {
    using clock = std::chrono::steady_clock;
    clock::time_point const now{1h};
    CHECK(saturating_add(now, clock::duration{1s}) == now + 1s);
    CHECK(saturating_add(now, clock::duration::max()) == clock::time_point::max());
}

TEST_CASE("saturate: casts to a finer unit stop at the limits") {
    CHECK(to_ns(2h) == 2h);
    CHECK(to_ns(-2h) == -2h);
    CHECK(to_ns(std::chrono::hours::max()) == ns::max());
    CHECK(to_ns(std::chrono::hours::min()) == ns::min());
    CHECK(to_ns(std::chrono::years{292}) == std::chrono::years{292});
    CHECK(to_ns(std::chrono::years{293}) == ns::max());
    CHECK(to_ns(9223372036s) == 9223372036s);
    CHECK(to_ns(9223372037s) == ns::max());
}

TEST_CASE("saturate: casts to a coarser unit round towards zero") {
    CHECK(saturating_cast<std::chrono::seconds>(1999ms) == 1s);
    CHECK(saturating_cast<std::chrono::seconds>(-1999ms) == -1s);
    CHECK(saturating_cast<std::chrono::seconds>(ns::max()) == 9223372036s);
}

TEST_CASE("saturate: casts of fractions are exact where they can be, and round towards zero") {
    CHECK(to_ns(std::chrono::duration<double>{1.5}) == 1500ms);
    CHECK(to_ns(std::chrono::duration<float>{0.25F}) == 250ms);
    CHECK(to_ns(std::chrono::duration<double, std::nano>{1.9}) == 1ns);
    CHECK(to_ns(std::chrono::duration<double, std::nano>{-1.9}) == -1ns);
    CHECK(to_ns(std::chrono::duration<double, std::ratio<60>>{0.5}) == 30s);
}

TEST_CASE("saturate: a NaN is zero, and infinities are the limits, as is all that lies beyond them") {
    using seconds = std::chrono::duration<double>;
    using limits = std::numeric_limits<double>;
    CHECK(to_ns(seconds{limits::quiet_NaN()}) == 0ns);
    CHECK(to_ns(seconds{limits::infinity()}) == ns::max());
    CHECK(to_ns(seconds{-limits::infinity()}) == ns::min());
    CHECK(to_ns(seconds{1e300}) == ns::max());
    CHECK(to_ns(seconds{-1e300}) == ns::min());
    CHECK(to_ns(std::chrono::duration<double, std::nano>{0x1p63}) == ns::max());
    CHECK(to_ns(std::chrono::duration<double, std::nano>{-0x1p63}) == ns::min());
}

TEST_CASE("saturate: counts may be unsigned or narrower than those of the result") {
    using u32 = std::uint32_t;
    using u64 = std::uint64_t;
    CHECK(to_ns(std::chrono::duration<u32>{5}) == 5s);
    CHECK(to_ns(std::chrono::duration<u64, std::milli>{500}) == 500ms);
    CHECK(to_ns(std::chrono::duration<u64, std::nano>{std::numeric_limits<u64>::max()}) == ns::max());
    CHECK(to_ns(std::chrono::duration<std::int32_t, std::micro>{5}) == 5us);
    CHECK(to_ns(std::chrono::duration<std::int32_t, std::milli>{2'100'000'000}) == 2'100'000s);
    CHECK(to_ns(std::chrono::duration<std::int16_t, std::ratio<60>>{5}) == 5min);
}

TEST_CASE("saturate: units may be no whole multiple of the result's") {
    CHECK(to_ns(std::chrono::duration<std::int64_t, std::ratio<1, 60>>{60}) == 1s);
    CHECK(to_ns(std::chrono::duration<std::int64_t, std::pico>{1999}) == 1ns);
}

TEST_CASE("saturate: rounded up, a wait never becomes shorter") {
    using breakerbox::detail::saturating_ceil;
    CHECK(saturating_ceil<std::chrono::seconds>(900ms) == 1s);
    CHECK(saturating_ceil<std::chrono::seconds>(1000ms) == 1s);
    CHECK(saturating_ceil<std::chrono::seconds>(1001ms) == 2s);
    CHECK(saturating_ceil<std::chrono::nanoseconds>(std::chrono::nanoseconds::max()) ==
          std::chrono::nanoseconds::max());
}

TEST_CASE("saturate: a difference stops at the limits, and any signed count will do") {
    using breakerbox::detail::saturating_cast;
    using breakerbox::detail::saturating_subtract;
    using us = std::chrono::microseconds;
    CHECK(saturating_subtract(us::max(), us{-1}) == us::max());
    CHECK(saturating_subtract(us::min(), us{1}) == us::min());
    CHECK(saturating_subtract(us{3}, us{5}) == us{-2});
    CHECK(saturating_cast<std::chrono::duration<long long, std::nano>>(2s) == 2s);
}

} // namespace saturate_test
