// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/detail/call_clock.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>

namespace call_clock_test {

using namespace breakerbox;
using namespace std::chrono_literals;

namespace {

/// Shows what the test sets, and counts how often it is read.
struct shown_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<shown_clock>;
    static inline time_point shown{};
    static inline int readings = 0;
    static time_point now() {
        ++readings;
        return shown;
    }
};

using clock = detail::call_clock<shown_clock>;
using limits = detail::call_limits<shown_clock>;

} // namespace

TEST_CASE("call_clock: it is read only where somebody asks, or there is a deadline") {
    shown_clock::readings = 0;
    clock unread{limits{}, false};
    unread.begin();
    CHECK_FALSE(unread.is_read());
    CHECK(shown_clock::readings == 0);

    CHECK(clock{limits{}, true}.is_read());
    CHECK(clock{limits{.time = 1s}, false}.is_read());
}

TEST_CASE("call_clock: time and deadline count from the beginning of the call") {
    shown_clock::shown = shown_clock::time_point{100s};
    clock call{limits{.time = 5s}, false};
    call.begin();
    shown_clock::shown += 2s;
    CHECK(call.elapsed() == 2s);
    CHECK(call.deadline() == 5s);
    CHECK(call.moment_of_deadline() == 105s);
    CHECK(call.time_of_each_call() == 5s);
}

TEST_CASE("call_clock: without a deadline its moment is the end of time") {
    clock call{limits{}, true};
    call.begin();
    CHECK_FALSE(call.has_deadline());
    CHECK(call.moment_of_deadline() == duration::max());
}

} // namespace call_clock_test
