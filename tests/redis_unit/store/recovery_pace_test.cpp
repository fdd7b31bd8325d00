// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/detail/recovery_pace.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdint>

namespace recovery_pace_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using detail::recovery_pace;

namespace {

/// The longest of many processes' n-th pauses.
duration longest_pause(int n, bool fails_again_at_once = false) {
    duration longest{};
    for (std::uint64_t seed = 0; seed != 200; ++seed) {
        recovery_pace pace{5s, detail::random_source{seed}};
        pace.on_failed(1h);
        duration last{};
        for (int i = 0; i != n; ++i) {
            last = pace.pause_after(true);
            if (fails_again_at_once) {
                pace.on_recovered(1h);
                pace.on_failed(1h + 4s);
            }
        }
        longest = std::max(longest, last);
    }
    return longest;
}

} // namespace

TEST_CASE("recovery_pace: the pauses between tries grow to the bound, and differ among processes") {
    CHECK(longest_pause(1) <= 150ms);
    CHECK(longest_pause(1) > 120ms);
    CHECK(longest_pause(4) > 600ms);
    CHECK(longest_pause(20) > 4s);
    CHECK(longest_pause(20) <= 5050ms);
}

TEST_CASE("recovery_pace: a connection that isn't there yet is looked for often, which is no try") {
    recovery_pace pace{5s, detail::random_source{1}};
    for (int i = 0; i != 100; ++i)
        CHECK(pace.pause_after(false) == 100ms);
    CHECK(pace.pause_after(true) <= 150ms);
}

TEST_CASE(
    "recovery_pace: a store that fails again at once goes on with the back-off, one that held begins anew") {
    CHECK(longest_pause(20, true) > 4s);
    recovery_pace pace{5s, detail::random_source{1}};
    for (int i = 0; i != 20; ++i)
        pace.pause_after(true);
    pace.on_recovered(1h);
    pace.on_failed(1h + 5s);
    CHECK(pace.pause_after(true) <= 150ms);
}

} // namespace recovery_pace_test
