// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/detail/open_period.hpp>

#include <catch2/catch_test_macros.hpp>

namespace open_period_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using detail::open_period;

namespace {

constexpr recovery doubling{.open_for = 10s, .growth = 2, .max_open_for = 30s, .jitter = 0.5};

} // namespace

TEST_CASE("open_period: each is longer than the one before by the growth, up to the longest") {
    open_period p;
    for (auto const expected : {10s, 20s, 30s, 30s}) {
        p.begin(doubling, 100s, 0);
        CHECK(p.began == 100s);
        CHECK(p.until == 100s + expected);
    }
}

TEST_CASE("open_period: after a closing it is as long as the first") {
    open_period p;
    p.begin(doubling, 0s, 0);
    p.begin(doubling, 0s, 0);
    p.forget_length();
    p.begin(doubling, 0s, 0);
    CHECK(p.until == 10s);
}

TEST_CASE("open_period: jitter lengthens it, and what comes next doesn't grow from that") {
    open_period p;
    p.begin(doubling, 0s, 0.5);
    CHECK(p.until == 12500ms);
    p.begin(doubling, 0s, 0);
    CHECK(p.until == 20s);
    p.begin(doubling, 0s, 0.9); // 43.5 s
    CHECK(p.until == 30s);
}

TEST_CASE("open_period: held by hand it ends when that says, and no earlier than before") {
    open_period p;
    p.begin(doubling, 100s, 0);
    p.hold(5s, 100s, instant::min());
    CHECK(p.until == 105s);
    p.hold(5s, 100s, 110s);
    CHECK(p.until == 110s);
    p.hold(15s, 100s, 110s);
    CHECK(p.until == 115s);
    p.hold(std::nullopt, 100s, 110s);
    CHECK(p.until == instant::max());
    p.hold(15s, 100s, instant::max());
    CHECK(p.until == instant::max());
}

TEST_CASE("open_period: where the clock steps back it begins anew, as long as it was") {
    open_period p;
    p.begin(doubling, 100s, 0.5);
    CHECK(p.end_at(100s) == p.until);
    CHECK(p.end_at(40s) == 52500ms);
    CHECK(p.until == 112500ms); // a look changes nothing
    p.follow_clock(40s);
    CHECK(p.began == 40s);
    CHECK(p.until == 52500ms);
    p.follow_clock(45s);
    CHECK(p.began == 40s);
    CHECK(p.until == 52500ms);
}

TEST_CASE("open_period: where the clock steps back, what only a reset ends stays so") {
    open_period p;
    p.begin(doubling, 100s, 0);
    p.hold(std::nullopt, 100s, instant::min());
    p.follow_clock(0s);
    CHECK(p.began == 0s);
    CHECK(p.until == instant::max());
}

TEST_CASE("open_period: is made of a status, with a length that the rule could have given it") {
    auto const made_of = [](host_status const& known) { return open_period::of(known, doubling, 100s); };
    host_status known{.state = breaker_state::open};

    SECTION("of an open host") {
        known.opened_at = 92s;
        known.retry_after = 7s;
        auto const p = made_of(known);
        CHECK(p.began == 92s);
        CHECK(p.until == 107s);
        CHECK(p.length == 15s);
    }
    SECTION("of one that opened in the future of this clock, or nobody knows when") {
        known.retry_after = 25s;
        CHECK(made_of(known).began == 100s);
        known.opened_at = 200s;
        CHECK(made_of(known).began == 100s);
        CHECK(made_of(known).length == 25s);
    }
    SECTION("rounded up to whole microseconds") {
        known.retry_after = 1us + 1ns;
        CHECK(made_of(known).until == 100s + 2us);
        CHECK(made_of(known).length == doubling.open_for);
    }
    SECTION("of one open until reset") {
        known.retry_after = breakerbox::duration::max();
        CHECK(made_of(known).until == instant::max());
        CHECK(made_of(known).length == doubling.max_open_for);
    }
    SECTION("of one half-open, whose open time is over") {
        known.state = breaker_state::half_open;
        known.opened_at = 80s;
        known.retry_after = 5s; // that of a probe
        CHECK(made_of(known).until == 100s);
        CHECK(made_of(known).length == 20s);
    }
}

} // namespace open_period_test
