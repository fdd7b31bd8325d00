// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/recovery.hpp>

#include "support/objection.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <limits>

namespace recovery_test {

using namespace std::chrono_literals;
using breakerbox::recovery;
using Catch::Matchers::ContainsSubstring;
using support::objection;

TEST_CASE("recovery: the first open time is open_for, and each further one is longer by growth") {
    recovery const r{.open_for = 10s, .growth = 1.5};
    CHECK(r.next_open_time(0us) == 10s);
    CHECK(r.next_open_time(10s) == 15s);
    CHECK(r.next_open_time(15s) == 22500ms);
}

TEST_CASE("recovery: open times are rounded down to whole microseconds, and held at max_open_for") {
    recovery const r{.open_for = 1us, .growth = 1.5, .max_open_for = 10us};
    CHECK(r.next_open_time(1us) == 1us);
    CHECK(r.next_open_time(3us) == 4us);
    CHECK(r.next_open_time(7us) == 10us);
    recovery const for_ages{
        .open_for = 1us, .growth = 1e300, .max_open_for = std::chrono::microseconds::max()};
    CHECK(for_ages.next_open_time(1us) == std::chrono::microseconds::max());
}

TEST_CASE("recovery: jitter lengthens an open time by a share of it, never beyond max_open_for") {
    recovery const r{.open_for = 10s, .max_open_for = 14s, .jitter = 0.5};
    CHECK(r.jittered(10s, 0) == 10s);
    CHECK(r.jittered(10s, 0.5) == 12500ms);
    CHECK(r.jittered(10s, 0.999) == 14s);
    CHECK(recovery{}.jittered(10s, 0.999) == 10s);
}

TEST_CASE("recovery: fields that can't be right are refused by name and value") {
    constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    CHECK(objection(recovery{}).empty());
    CHECK_THAT(objection(recovery{.open_for = 0s}),
               ContainsSubstring("recovery.open_for") && ContainsSubstring("is 0s"));
    CHECK_THAT(objection(recovery{.open_for = -1s}), ContainsSubstring("is -1s"));
    CHECK_THAT(objection(recovery{.growth = 0.5}),
               ContainsSubstring("recovery.growth") && ContainsSubstring("is 0.5"));
    CHECK_THAT(objection(recovery{.growth = nan}),
               ContainsSubstring("recovery.growth") && ContainsSubstring("nan"));
    CHECK_THAT(objection(recovery{.growth = infinity}), ContainsSubstring("recovery.growth"));
    CHECK_THAT(objection(recovery{.open_for = 2s, .max_open_for = 1s}),
               ContainsSubstring("recovery.max_open_for must be recovery.open_for or more, but is 1s"));
    CHECK_THAT(objection(recovery{.jitter = -0.1}), ContainsSubstring("recovery.jitter"));
    CHECK_THAT(objection(recovery{.jitter = nan}), ContainsSubstring("recovery.jitter"));
    CHECK_THAT(objection(recovery{.probes = 0}),
               ContainsSubstring("recovery.probes") && ContainsSubstring("is 0"));
    CHECK_THAT(objection(recovery{.probes = 1001}), ContainsSubstring("recovery.probes"));
    CHECK_THAT(objection(recovery{.successes_to_close = 0}),
               ContainsSubstring("recovery.successes_to_close"));
    CHECK_THAT(objection(recovery{.failures_to_reopen = 0}),
               ContainsSubstring("recovery.failures_to_reopen"));
    CHECK_THAT(objection(recovery{.probe_lease = 0s}), ContainsSubstring("recovery.probe_lease"));
    CHECK_THAT(objection(recovery{.forget_after = 0s}), ContainsSubstring("recovery.forget_after"));
}

} // namespace recovery_test
