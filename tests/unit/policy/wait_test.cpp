// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/wait.hpp>

#include "support/objection.hpp"
#include "support/outcomes.hpp"
#include "support/waits.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <ratio>
#include <set>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace wait_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using support::first_waits;
using support::objection;
using support::threw;
using support::wait_after;
using support::waits;

using durations = std::vector<duration>;

namespace {

constexpr auto longest = duration::max();
constexpr auto not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr auto infinity = std::numeric_limits<double>::infinity();

/// `count` draws of one call, after its attempt `number`.
template <class Wait>
durations draws(Wait const& policy, std::uint64_t number, std::size_t count) {
    return waits(policy, std::vector(count, number), detail::random_source{number});
}

bool all_within(durations const& found, duration low, duration high) {
    return std::ranges::all_of(found, [&](duration d) { return low <= d && d <= high; });
}

bool differ(durations const& found) {
    return std::set(found.begin(), found.end()).size() > 1;
}

struct slow_down : std::runtime_error {
    explicit slow_down(duration d) : std::runtime_error("slow down"), retry_after(d) {}
    duration retry_after;
};

auto const as_told = [](slow_down const& e) { return e.retry_after; };

template <class Wait>
duration wait_for(Wait const& policy, outcome const* last) {
    return policy(attempt{.last = last});
}

} // namespace

// ---- none and fixed

TEST_CASE("wait_none: no wait, wait_fixed: the same each time") {
    CHECK(first_waits(wait_none{}, 3) == durations{0s, 0s, 0s});
    CHECK(first_waits(wait_fixed{3s}, 3) == durations{3s, 3s, 3s});
    CHECK(wait_after(1, wait_fixed{longest}) == longest);
}

// ---- exponential

TEST_CASE("wait_exponential: doubles from one second: 1 2 4 8 16 32 64 128") {
    CHECK(first_waits(wait_exponential{}, 8) == durations{1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s});
}

TEST_CASE("wait_exponential max 40: 1 2 4 8 16 32, then 40 after attempts 7, 8 and 50") {
    CHECK(waits(wait_exponential{.max = 40s}, {1, 2, 3, 4, 5, 6, 7, 8, 50}) ==
          durations{1s, 2s, 4s, 8s, 16s, 32s, 40s, 40s, 40s});
}

TEST_CASE("wait_exponential min 20: 20 up to attempt 5, then 32 64 128, and 524288 after attempt 20") {
    CHECK(waits(wait_exponential{.min = 20s}, {1, 2, 3, 4, 5, 6, 7, 8, 20}) ==
          durations{20s, 20s, 20s, 20s, 20s, 32s, 64s, 128s, 524288s});
}

TEST_CASE("wait_exponential min 10, max 100: 10 up to attempt 4, then 16 32 64, and 100 from 8 on") {
    CHECK(waits(wait_exponential{.max = 100s, .min = 10s}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 20}) ==
          durations{10s, 10s, 10s, 10s, 16s, 32s, 64s, 100s, 100s, 100s});
}

TEST_CASE("wait_exponential multiplier 0.5, max 10: .5 1 2 4 8 10 10 10") {
    CHECK(first_waits(wait_exponential{.multiplier = 500ms, .max = 10s}, 8) ==
          durations{500ms, 1s, 2s, 4s, 8s, 10s, 10s, 10s});
}

TEST_CASE("wait_exponential min 5, max 2: always 5, since the floor wins") {
    CHECK(waits(wait_exponential{.max = 2s, .min = 5s}, {1, 2, 10, 5000}) == durations{5s, 5s, 5s, 5s});
}

TEST_CASE("wait_exponential multiplier 0, max 60: no wait after any attempt, 1025 and 5000 among them") {
    CHECK(waits(wait_exponential{.multiplier = 0s, .max = 60s}, {1, 2, 1025, 5000, 1ull << 31}) ==
          durations{0s, 0s, 0s, 0s, 0s});
}

TEST_CASE(
    "wait_exponential: the longest wait, never a negative one, after attempts 64, 65, 1025, 5000, 2^31") {
    CHECK(waits(wait_exponential{}, {64, 65, 1025, 5000, 1ull << 31}) ==
          durations{longest, longest, longest, longest, longest});
}

TEST_CASE("wait_exponential: the other bases: 3 triples, 1 stays, 0.5 halves down to nothing") {
    CHECK(first_waits(wait_exponential{.exp_base = 3}, 4) == durations{1s, 3s, 9s, 27s});
    CHECK(first_waits(wait_exponential{.exp_base = 1}, 3) == durations{1s, 1s, 1s});
    CHECK(waits(wait_exponential{.exp_base = 0.5}, {1, 2, 3, 1ull << 31}) == durations{1s, 500ms, 250ms, 0s});
}

// ---- incrementing

TEST_CASE("wait_incrementing start 500, increment 100: 500 600 700") {
    CHECK(first_waits(wait_incrementing{.start = 500s, .increment = 100s}, 3) == durations{500s, 600s, 700s});
}

TEST_CASE("wait_incrementing start 1, increment 2, max 6: 1 3 5 6 6 6") {
    CHECK(first_waits(wait_incrementing{.start = 1s, .increment = 2s, .max = 6s}, 6) ==
          durations{1s, 3s, 5s, 6s, 6s, 6s});
}

TEST_CASE("wait_incrementing start 10, increment -4: 10 6 2 0 0") {
    CHECK(first_waits(wait_incrementing{.start = 10s, .increment = -4s}, 5) ==
          durations{10s, 6s, 2s, 0s, 0s});
}

TEST_CASE("wait_incrementing: saturates instead of overflowing, upwards and downwards") {
    CHECK(waits(wait_incrementing{.increment = 24h}, {1ull << 31, ~0ull}) == durations{longest, longest});
    CHECK(waits(wait_incrementing{.start = 24h, .increment = -24h}, {1ull << 31, ~0ull}) ==
          durations{0s, 0s});
    CHECK(wait_after(2, wait_incrementing{.start = longest, .increment = longest}) == longest);
}

// ---- random

TEST_CASE("wait_random (1, 20): 1000 draws in 1 to below 20, of more than one value") {
    auto const found = draws(wait_random{1s, 20s}, 1, 1000);
    CHECK(all_within(found, 1s, 20s - 1ns));
    CHECK(differ(found));
}

TEST_CASE("wait_random (0, 3) + wait_fixed 5: in 5 to below 8") {
    auto const found = draws(wait_random{0s, 3s} + wait_fixed{5s}, 1, 1000);
    CHECK(all_within(found, 5s, 8s - 1ns));
    CHECK(differ(found));
}

TEST_CASE("wait_random: where both bounds are the same, that; between the extremes, no overflow") {
    CHECK(wait_after(1, wait_random{2s, 2s}) == 2s);
    CHECK(wait_after(1, wait_random{longest, longest}) == longest);
    auto const found = draws(wait_random{0s, longest}, 1, 100);
    CHECK(all_within(found, 0s, longest - 1ns));
    CHECK(differ(found));
    CHECK(draws(wait_random{0s, 1ns}, 1, 10) == durations(10, 0s));
}

TEST_CASE("wait_random_exponential multiplier .5, max 60: 4000 draws spread over 0 to the exponential") {
    wait_random_exponential const policy{.multiplier = 500ms, .max = 60s};
    durations const highest{500ms, 1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s};
    for (std::uint64_t n = 1; n <= highest.size(); ++n) {
        auto const high = highest[n - 1];
        auto const found = draws(policy, n, 4000);
        CAPTURE(n);
        CHECK(all_within(found, 0s, high));
        duration sum{};
        for (auto const d : found)
            sum += d;
        auto const mean = static_cast<double>((sum / 4000).count());
        auto const half = static_cast<double>(high.count()) / 2;
        CHECK(std::abs(mean - half) <= 0.08 * half);
    }
}

TEST_CASE("wait_random_exponential: never below its min, which wins over max") {
    CHECK(all_within(draws(wait_random_exponential{.max = 9s, .min = 3s}, 3, 1000), 3s, 4s));
    CHECK(draws(wait_random_exponential{.max = 2s, .min = 5s}, 9, 10) == durations(10, 5s));
}

TEST_CASE("wait_exponential_jitter initial 1, max 60, jitter 1: the exponential plus up to 1") {
    wait_exponential_jitter const policy{.initial = 1s, .max = 60s, .jitter = 1s};
    durations const lowest{1s, 2s, 4s, 8s, 16s, 32s};
    for (std::uint64_t n = 1; n <= lowest.size(); ++n) {
        auto const found = draws(policy, n, 1000);
        CAPTURE(n);
        CHECK(all_within(found, lowest[n - 1], lowest[n - 1] + 1s));
        CHECK(differ(found));
    }
}

TEST_CASE(
    "wait_exponential_jitter initial 1, max 60, jitter 1: 59 to 60 from attempt 7 on, still differing") {
    wait_exponential_jitter const policy{.initial = 1s, .max = 60s, .jitter = 1s};
    for (std::uint64_t const n : {7u, 8u, 20u, 2000u}) {
        auto const found = draws(policy, n, 1000);
        CAPTURE(n);
        CHECK(all_within(found, 59s, 60s));
        CHECK(differ(found));
    }
}

TEST_CASE("wait_exponential_jitter jitter 0, max 60: 1 2 4 8 16 32 60 60, and 60 after attempt 2000") {
    CHECK(waits(wait_exponential_jitter{.max = 60s, .jitter = 0s}, {1, 2, 3, 4, 5, 6, 7, 8, 2000}) ==
          durations{1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s});
}

TEST_CASE("wait_exponential_jitter: a jitter above max is taken as max; without a max nothing overflows") {
    auto const spread = draws(wait_exponential_jitter{.max = 2s, .jitter = 9s}, 5, 1000);
    CHECK(all_within(spread, 0s, 2s));
    CHECK(differ(spread));
    auto const highest = draws(wait_exponential_jitter{.jitter = 1h}, 5000, 1000);
    CHECK(all_within(highest, longest - 1h, longest));
    CHECK(differ(highest));
}

TEST_CASE("wait_decorrelated_jitter: each wait lies between base and three times the one before") {
    auto const found = first_waits(wait_decorrelated_jitter{.base = 1s}, 20, detail::random_source{1});
    duration previous = 1s;
    for (auto const wait : found) {
        CHECK(wait >= 1s);
        CHECK(wait < 3 * previous);
        previous = wait;
    }
    CHECK(std::ranges::max(found) > 3s); // it grows from its own waits, not from base
}

TEST_CASE("wait_decorrelated_jitter: never above max, and no overflow without one") {
    CHECK(all_within(first_waits(wait_decorrelated_jitter{.base = 1s, .max = 5s}, 1000), 1s, 5s));
    CHECK(all_within(first_waits(wait_decorrelated_jitter{.base = longest / 2}, 100), longest / 2, longest));
    CHECK(first_waits(wait_decorrelated_jitter{.base = 0s}, 3) == durations{0s, 0s, 0s});
}

TEST_CASE("wait: two calls at once on one policy object, unseeded: their jitter differs") {
    auto const of_two_calls_differ = [](auto const& policy) {
        return first_waits(policy, 5) != first_waits(policy, 5);
    };
    CHECK(of_two_calls_differ(wait_random{}));
    CHECK(of_two_calls_differ(wait_random_exponential{}));
    CHECK(of_two_calls_differ(wait_exponential_jitter{}));
    CHECK(of_two_calls_differ(wait_decorrelated_jitter{}));
    CHECK(of_two_calls_differ(wait_chain{wait_none{}, wait_fixed{1s} + wait_random{}}));
}

TEST_CASE("wait: two calls with the same seed wait the same, with another seed otherwise") {
    wait_random const policy{};
    auto const of_seed = [&](std::uint64_t seed) {
        return first_waits(policy, 5, detail::random_source{seed});
    };
    CHECK(of_seed(7) == of_seed(7));
    CHECK(of_seed(7) != of_seed(8));
}

// ---- chain and sum

TEST_CASE("wait_chain (1, 1, 4, 4, 8): 1 1 4 4 8 8 8 8") {
    wait_chain const policy{wait_fixed{1s}, wait_fixed{1s}, wait_fixed{4s}, wait_fixed{4s}, wait_fixed{8s}};
    CHECK(first_waits(policy, 8) == durations{1s, 1s, 4s, 4s, 8s, 8s, 8s, 8s});
}

TEST_CASE("wait_chain: the last policy stays for ever, and is asked with the call's own attempt") {
    CHECK(wait_after(~0ull, wait_chain{wait_none{}, wait_fixed{4s}}) == 4s);
    CHECK(first_waits(wait_chain{wait_fixed{9s}, wait_incrementing{}}, 4) == durations{9s, 1s, 2s, 3s});
    CHECK(first_waits(wait_chain{wait_fixed{9s}}, 2) == durations{9s, 9s});
}

TEST_CASE("wait_chain: asks only the policy whose turn it is") {
    int asked = 0;
    auto const count = [&](attempt const&) {
        ++asked;
        return 1s;
    };
    CHECK(first_waits(wait_chain{count, wait_fixed{2s}}, 3) == durations{1s, 2s, 2s});
    CHECK(asked == 1);
}

TEST_CASE("wait_combine: adds the waits, a + b + c too, and stops at the longest") {
    CHECK(first_waits(wait_fixed{1s} + wait_incrementing{} + wait_exponential{}, 3) == durations{2s, 4s, 7s});
    CHECK(wait_after(1, wait_combine{wait_fixed{1s}, wait_fixed{2s}}) == 3s);
    CHECK(wait_after(1, wait_fixed{longest} + wait_fixed{longest}) == longest);
    CHECK(wait_after(1, wait_fixed{longest - 1s} + wait_fixed{2s}) == longest);
}

TEST_CASE("wait_combine: a negative part counts as none and takes nothing from the others") {
    auto const negative = [](attempt const&) { return -1h; };
    CHECK(wait_after(1, negative + wait_fixed{2s}) == 2s);
}

TEST_CASE("wait_combine: each part remembers its own last wait, apart in each call") {
    auto const policy = wait_decorrelated_jitter{.base = 1s} + wait_decorrelated_jitter{.base = 1h};
    detail::memory_of_t<std::remove_const_t<decltype(policy)>> first{};
    auto const untouched = first;
    attempt const call{.random = detail::random_source{1}};
    auto const sum = policy(call, first);
    CHECK(std::get<0>(first).previous + std::get<1>(first).previous == sum);
    CHECK(std::get<0>(first).previous < 3s);
    CHECK(std::get<1>(first).previous >= 1h);
    CHECK(std::get<0>(untouched).previous == 0s);
}

// ---- from the exception

TEST_CASE("wait_exception: as long as the attempt's exception says") {
    auto const told = threw(slow_down{7s});
    CHECK(wait_for(wait_exception{as_told}, &told) == 7s);
}

TEST_CASE("wait_exception: no wait for an exception of another type, a value, or before any attempt ended") {
    auto const other = threw(std::runtime_error("other"));
    auto const value = support::returned(1);
    CHECK(wait_for(wait_exception{as_told}, &other) == 0s);
    CHECK(wait_for(wait_exception{as_told}, &value) == 0s);
    CHECK(wait_for(wait_exception{as_told}, nullptr) == 0s);
}

TEST_CASE("wait_exception: sees what was thrown by its bases, and what is not a std::exception") {
    auto const told = threw(slow_down{7s});
    auto const number = threw(42);
    CHECK(wait_for(wait_exception{[](std::exception const&) { return 3s; }}, &told) == 3s);
    CHECK(wait_for(wait_exception{[](int seconds) { return std::chrono::seconds(seconds); }}, &number) ==
          42s);
    CHECK(wait_for(wait_exception{[](int seconds) { return std::chrono::seconds(seconds); }}, &told) == 0s);
}

TEST_CASE(
    "wait_exception: a function of std::exception_ptr is asked about every exception, not about values") {
    wait_exception const policy{[](std::exception_ptr const& e) { return e ? 2s : 1s; }};
    auto const number = threw(42);
    auto const value = support::returned(1);
    CHECK(wait_for(policy, &number) == 2s);
    CHECK(wait_for(policy, &value) == 0s);
}

TEST_CASE("wait_exception: takes function pointers and std::function, and adds to other waits") {
    duration (*const pointer)(slow_down const&) = as_told;
    std::function<duration(slow_down const&)> const function = as_told;
    auto const told = threw(slow_down{7s});
    CHECK(wait_for(wait_exception{pointer}, &told) == 7s);
    CHECK(wait_for(wait_exception{function}, &told) == 7s);
    auto const sum = wait_exception{as_told} + wait_fixed{1s};
    detail::memory_of_t<std::remove_const_t<decltype(sum)>> memory{};
    CHECK(sum(attempt{.last = &told}, memory) == 8s);
}

TEST_CASE("wait_exception: less than zero is no wait, NaN too, infinity the longest") {
    auto const wait_of = [](double seconds) {
        auto const number = threw(seconds);
        wait_exception const policy{[](double s) { return std::chrono::duration<double>(s); }};
        detail::no_memory none;
        return detail::ask(policy, attempt{.last = &number}, none);
    };
    CHECK(wait_of(-1) == 0s);
    CHECK(wait_of(not_a_number) == 0s);
    CHECK(wait_of(infinity) == longest);
}

// ---- functions of the attempt

TEST_CASE("wait: a function giving NaN, -1, -inf, +inf, 1e300 waits 0, 0, 0, the longest, the longest") {
    auto const wait_of = [](double seconds) {
        return wait_after(1, [=](attempt const&) { return std::chrono::duration<double>(seconds); });
    };
    CHECK(wait_of(not_a_number) == 0s);
    CHECK(wait_of(-1) == 0s);
    CHECK(wait_of(-infinity) == 0s);
    CHECK(wait_of(infinity) == longest);
    CHECK(wait_of(1e300) == longest);
}

TEST_CASE("wait: a function may give any chrono duration: hours, years, fractions of a unit") {
    auto const wait_of = [](auto given) { return wait_after(1, [=](attempt const&) { return given; }); };
    CHECK(wait_of(2h) == 2h);
    CHECK(wait_of(std::chrono::duration<float, std::milli>(0.5F)) == 500us);
    CHECK(wait_of(std::chrono::years(1000)) == longest);
}

TEST_CASE("wait: a function may give a duration that counts in unsigned or narrow numbers") {
    auto const wait_of = [](auto given) { return wait_after(1, [=](attempt const&) { return given; }); };
    CHECK(wait_of(std::chrono::duration<unsigned>(5)) == 5s);
    CHECK(wait_of(std::chrono::duration<std::uint64_t, std::milli>(500)) == 500ms);
    CHECK(wait_of(std::chrono::duration<std::uint64_t, std::nano>(~0ull)) == longest);
    CHECK(wait_of(std::chrono::duration<int, std::micro>(5)) == 5us);
}

TEST_CASE("wait: a function sees the attempt's number and outcome, and adds to policies on either side") {
    auto const minutes = [](attempt const& a) { return std::chrono::minutes(a.number); };
    CHECK(first_waits(minutes, 2) == durations{1min, 2min});
    CHECK(first_waits(minutes + wait_fixed{1s}, 2) == durations{61s, 121s});
    CHECK(first_waits(wait_fixed{1s} + minutes, 2) == durations{61s, 121s});
}

// ---- what the clock is read for

TEST_CASE("wait: only a function of the attempt has the clock read") {
    CHECK_FALSE(reads_time<wait_exponential_jitter>);
    CHECK_FALSE(reads_time<decltype(wait_fixed{1s} + wait_random{})>);
    auto const function = [](attempt const&) { return 1s; };
    CHECK(reads_time<decltype(function)>);
    CHECK(reads_time<decltype(wait_fixed{1s} + function)>);
}

// ---- what can't be right

TEST_CASE("wait: negative durations are refused by the field's name and value") {
    CHECK(objection(wait_fixed{-1s}) == "breakerbox: wait_fixed.wait must be zero or more, but is -1s");
    CHECK(objection(wait_random{.min = -1s}) ==
          "breakerbox: wait_random.min must be zero or more, but is -1s");
    CHECK(objection(wait_incrementing{.start = -1s}) ==
          "breakerbox: wait_incrementing.start must be zero or more, but is -1s");
    CHECK(objection(wait_incrementing{.max = -1s}) ==
          "breakerbox: wait_incrementing.max must be zero or more, but is -1s");
    CHECK(objection(wait_exponential{.multiplier = -1ns}) ==
          "breakerbox: wait_exponential.multiplier must be zero or more, but is -1ns");
    CHECK(objection(wait_exponential{.max = -1s}) ==
          "breakerbox: wait_exponential.max must be zero or more, but is -1s");
    CHECK(objection(wait_exponential{.min = -1s}) ==
          "breakerbox: wait_exponential.min must be zero or more, but is -1s");
    CHECK(objection(wait_random_exponential{.multiplier = -1s}) ==
          "breakerbox: wait_random_exponential.multiplier must be zero or more, but is -1s");
    CHECK(objection(wait_random_exponential{.max = -1s}) ==
          "breakerbox: wait_random_exponential.max must be zero or more, but is -1s");
    CHECK(objection(wait_random_exponential{.min = -1s}) ==
          "breakerbox: wait_random_exponential.min must be zero or more, but is -1s");
    CHECK(objection(wait_exponential_jitter{.initial = -1s}) ==
          "breakerbox: wait_exponential_jitter.initial must be zero or more, but is -1s");
    CHECK(objection(wait_exponential_jitter{.max = -1s}) ==
          "breakerbox: wait_exponential_jitter.max must be zero or more, but is -1s");
    CHECK(objection(wait_exponential_jitter{.jitter = -1s}) ==
          "breakerbox: wait_exponential_jitter.jitter must be zero or more, but is -1s");
    CHECK(objection(wait_decorrelated_jitter{.base = -1s}) ==
          "breakerbox: wait_decorrelated_jitter.base must be more than zero, but is -1s");
}

TEST_CASE("wait: a base that is a NaN, infinite, zero or negative is refused by its name and value") {
    CHECK(objection(wait_exponential{.exp_base = not_a_number}) ==
          "breakerbox: wait_exponential.exp_base must be finite and greater than zero, but is nan");
    CHECK(objection(wait_exponential{.exp_base = infinity}) ==
          "breakerbox: wait_exponential.exp_base must be finite and greater than zero, but is inf");
    CHECK(objection(wait_random_exponential{.exp_base = -2}) ==
          "breakerbox: wait_random_exponential.exp_base must be finite and greater than zero, but is -2");
    CHECK(objection(wait_exponential_jitter{.exp_base = 0}) ==
          "breakerbox: wait_exponential_jitter.exp_base must be finite and greater than zero, but is 0");
}

TEST_CASE("wait: a maximum below its minimum is refused where no wait would fit") {
    CHECK(objection(wait_random{.min = 2s, .max = 1s}) ==
          "breakerbox: wait_random.max must be wait_random.min or more, but is 1s");
    CHECK(
        objection(wait_decorrelated_jitter{.base = 2s, .max = 1s}) ==
        "breakerbox: wait_decorrelated_jitter.max must be wait_decorrelated_jitter.base or more, but is 1s");
}

TEST_CASE("wait: a chain and a sum refuse what any of their parts refuses") {
    CHECK(objection(wait_chain{wait_none{}, wait_fixed{-1s}}) ==
          "breakerbox: wait_fixed.wait must be zero or more, but is -1s");
    CHECK(objection(wait_fixed{1s} + (wait_none{} + wait_fixed{-1s})) ==
          "breakerbox: wait_fixed.wait must be zero or more, but is -1s");
}

TEST_CASE("wait: what the policies hold by default is right, and so are zeros, equal bounds and for ever") {
    CHECK(objection(wait_fixed{0s}).empty());
    CHECK(objection(wait_fixed{longest}).empty());
    CHECK(objection(wait_random{}).empty());
    CHECK(objection(wait_random{1s, 1s}).empty());
    CHECK(objection(wait_incrementing{}).empty());
    CHECK(objection(wait_incrementing{.increment = -1s}).empty());
    CHECK(objection(wait_exponential{}).empty());
    CHECK(objection(wait_exponential{.multiplier = 0s, .max = 2s, .exp_base = 0.1, .min = 5s}).empty());
    CHECK(objection(wait_random_exponential{}).empty());
    CHECK(objection(wait_exponential_jitter{}).empty());
    CHECK(objection(wait_exponential_jitter{.max = 1s, .jitter = 2s}).empty());
    CHECK(objection(wait_decorrelated_jitter{}).empty());
    CHECK(objection(wait_decorrelated_jitter{.base = 1s, .max = 1s}).empty());
    CHECK(objection(wait_chain{wait_none{}, wait_fixed{1s}}).empty());
}

TEST_CASE("wait_exception: a member of the exception may stand for the function") {
    struct busy : std::exception {
        std::chrono::seconds retry_after{3};
    };
    breakerbox::outcome_of<void> const o{std::make_exception_ptr(busy{})};
    CHECK(breakerbox::wait_exception{&busy::retry_after}(breakerbox::attempt{.last = &o}) == 3s);
}

} // namespace wait_test
