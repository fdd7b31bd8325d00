// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/call_window.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <tuple>

namespace call_window_test {

using namespace breakerbox;
using namespace std::chrono_literals;

namespace {

std::tuple<std::uint64_t, std::uint64_t, std::uint64_t> counts(evidence const& e) {
    return {e.calls, e.failures, e.slow_calls};
}

std::tuple<std::uint64_t, std::uint64_t, std::uint64_t> counts(call_window const& w, window_size size,
                                                               instant now) {
    return counts(w.totals(size, now));
}

using totals = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>;

} // namespace

TEST_CASE("call_window: an empty one counts nothing") {
    CHECK(counts(call_window{}, 10, 0us) == totals{0, 0, 0});
    CHECK(counts(call_window{}, 10s, 0us) == totals{0, 0, 0});
}

TEST_CASE("call_window: of calls, the oldest one leaves for each that comes") {
    call_window w;
    window_size const size = 3;
    w.record(size, true, true, 0us);
    w.record(size, true, false, 0us);
    w.record(size, false, true, 0us);
    CHECK(counts(w, size, 0us) == totals{3, 2, 2});
    w.record(size, false, false, 0us);
    CHECK(counts(w, size, 0us) == totals{3, 1, 1});
    w.record(size, false, false, 0us);
    CHECK(counts(w, size, 0us) == totals{3, 0, 1});
    w.record(size, true, false, 0us);
    CHECK(counts(w, size, 0us) == totals{3, 1, 0});
}

TEST_CASE("call_window: of calls, time changes nothing") {
    call_window w;
    w.record(3, true, false, 0us);
    CHECK(counts(w, 3, std::chrono::hours{10'000}) == totals{1, 1, 0});
}

TEST_CASE("call_window: of a time, calls leave with the tenth of the time that they were made in") {
    call_window w;
    w.record(10s, true, false, 5s); // bucket 0 begins here
    w.record(10s, false, false, 5s + 999'999us);
    w.record(10s, true, true, 6s); // bucket 1
    CHECK(counts(w, 10s, 15s - 1us) == totals{3, 2, 1});
    CHECK(counts(w, 10s, 15s) == totals{1, 1, 1});
    CHECK(counts(w, 10s, 16s - 1us) == totals{1, 1, 1});
    CHECK(counts(w, 10s, 16s) == totals{0, 0, 0});
}

TEST_CASE("call_window: of a time, it forgets when it is read, and begins anew with the next call") {
    call_window w;
    w.record(10s, true, false, 0s);
    CHECK(counts(w, 10s, 1h) == totals{0, 0, 0});
    w.record(10s, false, false, 1h + 500ms);
    CHECK(counts(w, 10s, 1h + 500ms + 10s - 1us) == totals{1, 0, 0});
    CHECK(counts(w, 10s, 1h + 500ms + 10s) == totals{0, 0, 0});
}

TEST_CASE("call_window: of a time, buckets are used again without what was in them") {
    call_window w;
    for (auto second = 0s; second != 100s; ++second)
        w.record(10s, second % 2 == 0s, false, second);
    CHECK(counts(w, 10s, 99s) == totals{10, 5, 0});
}

TEST_CASE("call_window: of a time that is no multiple of ten microseconds, buckets differ by one") {
    call_window w;
    w.record(15us, true, false, 0us);
    CHECK(counts(w, 15us, 14us) == totals{1, 1, 0});
    CHECK(counts(w, 15us, 15us) == totals{0, 0, 0});
    w.record(3us, false, false, 100us);
    CHECK(counts(w, 3us, 102us) == totals{1, 0, 0});
    CHECK(counts(w, 3us, 103us) == totals{0, 0, 0});
}

TEST_CASE("call_window: of a time, one that begins in the future begins anew") {
    call_window w;
    w.record(10s, true, false, 1h);
    CHECK(counts(w, 10s, 1h - 1us) == totals{0, 0, 0});
    w.record(10s, false, false, 30min);
    CHECK(counts(w, 10s, 30min) == totals{1, 0, 0});
}

TEST_CASE("call_window: of a time, a clock that steps back within the window loses nothing") {
    call_window w;
    w.record(10s, true, false, 0s);
    w.record(10s, true, false, 5s);
    w.record(10s, true, false, 3s);
    CHECK(counts(w, 10s, 3s) == totals{3, 3, 0});
    CHECK(counts(w, 10s, 10s) == totals{2, 2, 0});
}

TEST_CASE("call_window: the clock's ends overflow nothing") {
    call_window w;
    w.record(10s, true, false, instant::min());
    CHECK(counts(w, 10s, instant::max()) == totals{0, 0, 0});
    w.record(std::chrono::days{366}, true, false, instant::max());
    CHECK(counts(w, std::chrono::days{366}, instant::max()) == totals{1, 1, 0});
}

TEST_CASE("window_size: says what it is a number of") {
    window_size const calls = 100u;
    CHECK(calls.in_calls());
    CHECK(calls.calls() == 100);
    window_size const span = 1500ms;
    CHECK_FALSE(span.in_calls());
    CHECK(span.span() == 1500ms);
}

} // namespace call_window_test
