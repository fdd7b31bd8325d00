// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_after.hpp>

#include "support/objection.hpp"
#include "support/outcomes.hpp"
#include "support/waits.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <limits>
#include <locale>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace retry_after_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using support::objection;
using support::returned;
using support::threw;
using durations = std::vector<duration>;

namespace {

constexpr auto longest = duration::max();

// The example of RFC 9110: Sun, 06 Nov 1994 08:49:37 GMT.
constexpr std::chrono::system_clock::time_point then =
    std::chrono::sys_days{std::chrono::November / 6 / 1994} + 8h + 49min + 37s;

/// What the value asks for ten seconds before that.
std::optional<duration> asked(std::string_view value) {
    return retry_after(value, then - 10s);
}

/// The same at noon of a day.
std::optional<duration> asked_on(std::chrono::year_month_day day, std::string_view value) {
    return retry_after(value, std::chrono::sys_days{day} + 12h);
}

struct busy : std::runtime_error {
    explicit busy(std::optional<duration> d) : std::runtime_error("busy"), come_back_in(d) {}
    std::optional<duration> come_back_in;
};

struct response {
    int status = 503;
    std::optional<duration> come_back_in{};
};

auto const as_thrown = [](busy const& e) { return e.come_back_in; };
auto const as_returned = [](response const& r) { return r.come_back_in; };

template <class Wait>
duration wait_after(Wait const& policy, outcome const* last) {
    detail::memory_of_t<Wait> memory{};
    return detail::ask(policy, attempt{.last = last}, memory);
}

/// The waits of a thousand calls that are told to wait for `d`.
durations draws(duration d, retry_after_options options) {
    wait_retry_after const policy{as_thrown, wait_none{}, options};
    auto const told = threw(busy{d});
    durations found;
    for (std::uint64_t seed = 0; seed != 1000; ++seed) {
        detail::memory_of_t<std::remove_const_t<decltype(policy)>> memory{};
        found.push_back(policy(attempt{.last = &told, .random = detail::random_source{seed}}, memory));
    }
    return found;
}

/// Waits for as many seconds as it has been asked in the call.
struct wait_counting {
    struct memory {
        int asked = 0;
    };
    duration operator()(attempt const&, memory& m) const { return std::chrono::seconds{++m.asked}; }
};

} // namespace

// ---- seconds

TEST_CASE("retry_after: a number of seconds") {
    CHECK(asked("120") == 120s);
    CHECK(asked("0") == 0s);
    CHECK(asked("1") == 1s);
    CHECK(asked("007") == 7s);
    CHECK(asked("3600") == 1h);
}

TEST_CASE("retry_after: blanks around the value don't count") {
    CHECK(asked(" 120") == 120s);
    CHECK(asked("120\t ") == 120s);
    CHECK(asked(" \t120 \t") == 120s);
    CHECK(asked(" Sun, 06 Nov 1994 08:49:37 GMT\t") == 10s);
}

TEST_CASE("retry_after: more seconds than a duration holds are the longest duration") {
    CHECK(asked("9223372036") == 9223372036s);
    CHECK(asked("9223372037") == longest);
    CHECK(asked("18446744073709551615") == longest);
    CHECK(asked("18446744073709551616") == longest);
    CHECK(asked(std::string(1000, '9')) == longest);
    CHECK(asked(std::string(1000, '0') + '5') == 5s);
}

// ---- dates

TEST_CASE("retry_after: a date in each of the three forms of HTTP") {
    CHECK(asked("Sun, 06 Nov 1994 08:49:37 GMT") == 10s);
    CHECK(asked("Sunday, 06-Nov-94 08:49:37 GMT") == 10s);
    CHECK(asked("Sun Nov  6 08:49:37 1994") == 10s);
    CHECK(asked("Wed Nov 16 08:49:37 1994") == 240h + 10s);
}

TEST_CASE("retry_after: each month and each day of the week") {
    CHECK(asked("Mon, 07 Nov 1994 08:49:27 GMT") == 24h);
    CHECK(asked("Tue, 08 Nov 1994 08:49:27 GMT") == 48h);
    CHECK(asked("Wed, 09 Nov 1994 08:49:27 GMT") == 72h);
    CHECK(asked("Thu, 10 Nov 1994 08:49:27 GMT") == 96h);
    CHECK(asked("Fri, 11 Nov 1994 08:49:27 GMT") == 120h);
    CHECK(asked("Sat, 12 Nov 1994 08:49:27 GMT") == 144h);
    CHECK(asked("Wednesday, 09-Nov-94 08:49:27 GMT") == 72h);
    std::string const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (unsigned i = 0; i != 12; ++i) {
        auto const day = std::chrono::year_month_day{2023y, std::chrono::month{i + 1}, 1d};
        CHECK(asked_on(day, "Sun, 01 " + months[i] + " 2023 12:00:05 GMT") == 5s);
        CHECK(asked_on(day, "Sunday, 01-" + months[i] + "-23 12:00:05 GMT") == 5s);
        CHECK(asked_on(day, "Sun " + months[i] + "  1 12:00:05 2023") == 5s);
    }
}

TEST_CASE("retry_after: a date in the past, or now, is no wait") {
    CHECK(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", then) == 0s);
    CHECK(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", then + 1s) == 0s);
    CHECK(retry_after("Sun Nov  6 08:49:37 1994") == 0s);
    CHECK(asked("Thu, 01 Jan 1970 00:00:00 GMT") == 0s);
    CHECK(asked("Mon, 01 Jan 0001 00:00:00 GMT") == 0s);
    CHECK(asked("Sat, 01 Jan 0000 00:00:00 GMT") == 0s);
    CHECK(asked("Sat Jan  1 00:00:00 0099") == 0s);
}

TEST_CASE("retry_after: a date beyond the longest duration is that, up to the year 9999") {
    CHECK(asked("Fri, 31 Dec 9999 23:59:59 GMT") == longest);
    CHECK(asked("Fri Dec 31 23:59:59 9999") == longest);
    CHECK(asked("Sat, 06 Nov 2286 08:49:27 GMT") == 106651 * 24h);
    CHECK(asked("Sun, 06 Nov 2287 08:49:27 GMT") == longest);
    CHECK(retry_after("Fri, 31 Dec 9999 23:59:59 GMT", std::chrono::system_clock::time_point::min()) ==
          longest);
    CHECK(retry_after("Fri, 31 Dec 9999 23:59:59 GMT", std::chrono::system_clock::time_point::max()) ==
          longest);
}

TEST_CASE("retry_after: within a second, the wait is exact to the microsecond and never too short") {
    CHECK(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", then - 1ms) == 1ms);
    CHECK(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", then - 1500001ns) == 1501us);
    CHECK(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", then - 1ns) == 1us);
}

TEST_CASE("retry_after: leap years and leap seconds") {
    CHECK(asked_on(2024y / 2 / 28, "Thu, 29 Feb 2024 12:00:00 GMT") == 24h);
    CHECK(asked_on(2000y / 2 / 28, "Tuesday, 29-Feb-00 12:00:00 GMT") == 24h);
    CHECK_FALSE(asked_on(2023y / 2 / 28, "Wed, 29 Feb 2023 12:00:00 GMT"));
    CHECK_FALSE(asked_on(2023y / 2 / 28, "Wednesday, 29-Feb-23 12:00:00 GMT"));
    CHECK_FALSE(asked_on(1999y / 2 / 28, "Mon Feb 29 12:00:00 1900"));
    CHECK(asked_on(2016y / 12 / 31, "Sat, 31 Dec 2016 23:59:60 GMT") == 12h);
}

TEST_CASE("retry_after: two digits of a year are the last such year not more than 50 years ahead") {
    constexpr auto day = 2024y / 11 / 6;
    CHECK(asked_on(day, "Wednesday, 06-Nov-24 12:00:01 GMT") == 1s);
    CHECK(asked_on(day, "Thursday, 06-Nov-25 12:00:00 GMT") == 365 * 24h);
    CHECK(asked_on(day, "Tuesday, 06-Nov-74 12:00:00 GMT") == 18262 * 24h);
    CHECK(asked_on(day, "Tuesday, 06-Nov-74 12:00:01 GMT") == 0s);
    CHECK(asked_on(day, "Wednesday, 07-Nov-74 12:00:00 GMT") == 0s);
    CHECK(asked_on(day, "Thursday, 06-Nov-75 12:00:00 GMT") == 0s);
    CHECK(asked_on(day, "Sunday, 06-Nov-94 08:49:37 GMT") == 0s);
    // Across the ends of centuries, and those of get_time, which counts from 1969.
    CHECK(asked_on(1999y / 12 / 31, "Saturday, 01-Jan-00 12:00:00 GMT") == 24h);
    CHECK(asked_on(2000y / 1 / 1, "Friday, 31-Dec-99 12:00:00 GMT") == 0s);
    CHECK(asked_on(2068y / 12 / 31, "Tuesday, 01-Jan-69 12:00:00 GMT") == 24h);
    CHECK(asked_on(2099y / 12 / 31, "Friday, 01-Jan-00 12:00:00 GMT") == 24h);
    CHECK(asked_on(2099y / 12 / 31, "Thursday, 31-Dec-68 12:00:00 GMT") == 0s);
    CHECK(asked_on(2150y / 1 / 1, "Friday, 02-Jan-50 12:00:00 GMT") == 24h);
    // 50 years after a 29th of February there is none.
    CHECK(asked_on(2024y / 2 / 29, "Thursday, 01-Mar-74 12:00:00 GMT") == 18263 * 24h);
    CHECK(asked_on(2024y / 2 / 29, "Friday, 02-Mar-74 12:00:00 GMT") == 0s);
}

TEST_CASE("retry_after: the day of the week is not held against the date") {
    CHECK(asked("Mon, 06 Nov 1994 08:49:37 GMT") == 10s);
    CHECK(asked("Saturday, 06-Nov-94 08:49:37 GMT") == 10s);
    CHECK(asked("Fri Nov  6 08:49:37 1994") == 10s);
}

TEST_CASE("retry_after: the program's locale changes nothing") {
    struct of_points : std::numpunct<char> {
        char do_thousands_sep() const override { return '.'; }
        std::string do_grouping() const override { return "\1"; }
    };
    auto const before = std::locale::global(std::locale{std::locale::classic(), new of_points});
    auto const seconds = asked("1200");
    auto const date = asked("Sun, 06 Nov 1994 08:49:37 GMT");
    std::locale::global(before);
    CHECK(seconds == 1200s);
    CHECK(date == 10s);
}

TEST_CASE("retry_after: anything else is nothing") {
    char const* const values[] = {
        "",
        " ",
        "\t \t",
        "soon",
        "-1",
        "+1",
        "1,5",
        "1e3",
        "0x10",
        "12 0",
        "120s",
        "120;",
        "120, 240",
        "120\n",
        "\n120",
        "\xc2\xb2",
        "1994-11-06T08:49:37Z",
        "784111777 GMT",
        // Not quite a date, though get_time takes most of these for one.
        "sun, 06 Nov 1994 08:49:37 GMT",
        "SUN, 06 NOV 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 GMT+1",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT\n",
        "Sun, 06 Nov 1994 08:49:37 GM",
        "Sun, 06 Nov 1994 08:49:37 ",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37GMT",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov 1994",
        "Sun,",
        "Sun",
        "06 Nov 1994 08:49:37 GMT",
        "Sun 06 Nov 1994 08:49:37 GMT",
        "Sun,06 Nov 1994 08:49:37 GMT",
        "Sun,  06 Nov 1994 08:49:37 GMT",
        "Sun,\t06 Nov 1994 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Su, 06 Nov 1994 08:49:37 GMT",
        "Xyz, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun,  6 Nov 1994 08:49:37 GMT",
        "Sun, 006 Nov 1994 08:49:37 GMT",
        "Sun, +6 Nov 1994 08:49:37 GMT",
        "Sun, 06 November 1994 08:49:37 GMT",
        "Sun, 06 Nox 1994 08:49:37 GMT",
        "Sun, 06 11 1994 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 994 08:49:37 GMT",
        "Sun, 06 Nov 19994 08:49:37 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 08:9:37 GMT",
        "Sun, 06 Nov 1994 08:49:7 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 30 Feb 2024 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunda, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sunday, 6-Nov-94 08:49:37 GMT",
        "Sunday, 06-November-94 08:49:37 GMT",
        "Sunday, 06 Nov 94 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37",
        "Sunday, 31-Nov-94 08:49:37 GMT",
        "Sunday, 31-Feb-94 08:49:37 GMT",
        "Sun Nov 06 08:49:37 1994",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov  6 08:49:37 94",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sun Nov  6 08:49:37",
        "Sunday Nov  6 08:49:37 1994",
        "Sun Nov 31 08:49:37 1994",
    };
    for (auto const* const value : values) {
        CAPTURE(value);
        CHECK_FALSE(asked(value));
    }
    CHECK_FALSE(asked({"120\0", 4}));
    CHECK_FALSE(asked({"Sun, 06 Nov 1994 08:49:37 GMT\0", 30}));
    CHECK_FALSE(asked({"Sun, 06 Nov\0001994 08:49:37 GMT", 29}));
    CHECK_FALSE(asked(std::string(100'000, 'x')));
}

// ---- the wait policy

TEST_CASE("wait_retry_after: as long as an exception says, whatever the number of the attempt") {
    wait_retry_after const policy{as_thrown, wait_fixed{3s}, {.jitter = 0}};
    auto const told = threw(busy{7s});
    CHECK(wait_after(policy, &told) == 7s);
    detail::no_memory none;
    CHECK(policy(attempt{.number = 100, .last = &told}, none) == 7s);
}

TEST_CASE("wait_retry_after: as long as a value says") {
    wait_retry_after const policy{as_returned, wait_fixed{3s}, {.jitter = 0}};
    auto const told = returned(response{.come_back_in = 7s});
    auto const not_told = returned(response{});
    auto const other = returned(7);
    CHECK(wait_after(policy, &told) == 7s);
    CHECK(wait_after(policy, &not_told) == 3s);
    CHECK(wait_after(policy, &other) == 3s);
}

TEST_CASE("wait_retry_after: asks the other policy where nothing is said, and about other outcomes") {
    wait_retry_after const policy{as_thrown, wait_fixed{3s}, {.jitter = 0}};
    auto const not_told = threw(busy{std::nullopt});
    auto const other = threw(std::runtime_error{"other"});
    auto const number = threw(42);
    auto const value = returned(1);
    CHECK(wait_after(policy, &not_told) == 3s);
    CHECK(wait_after(policy, &other) == 3s);
    CHECK(wait_after(policy, &number) == 3s);
    CHECK(wait_after(policy, &value) == 3s);
    CHECK(wait_after(policy, nullptr) == 3s);
}

TEST_CASE("wait_retry_after: a function of a base, of a number, and of std::exception_ptr") {
    auto const told = threw(busy{7s});
    auto const number = threw(42);
    auto const value = returned(43);
    auto const pointee = 44;
    auto const pointer = returned(&pointee);
    auto const wait_of = [](auto f, outcome const& o) {
        return wait_after(wait_retry_after{f, wait_fixed{3s}, {.jitter = 0}}, &o);
    };
    auto const of_base = [](std::exception const&) { return std::optional{5s}; };
    CHECK(wait_of(of_base, told) == 5s);
    CHECK(wait_of(of_base, number) == 3s);
    auto const of_int = [](int seconds) { return std::optional{std::chrono::seconds{seconds}}; };
    CHECK(wait_of(of_int, number) == 42s);
    CHECK(wait_of(of_int, value) == 43s);
    CHECK(wait_of(of_int, told) == 3s);
    auto const of_any = [](std::exception_ptr const& e) { return e ? std::optional{5s} : std::nullopt; };
    CHECK(wait_of(of_any, number) == 5s);
    CHECK(wait_of(of_any, value) == 3s);
    auto const of_pointer = [](int const* p) { return std::optional{std::chrono::seconds{*p}}; };
    CHECK(wait_of(of_pointer, pointer) == 44s);
    CHECK(wait_of(of_pointer, number) == 3s);
}

TEST_CASE("wait_retry_after: takes members and function pointers, and any duration, the longest among them") {
    auto const told = threw(busy{7s});
    CHECK(wait_after(wait_retry_after{&busy::come_back_in, wait_none{}, {.jitter = 0}}, &told) == 7s);
    std::optional<duration> (*const pointer)(busy const&) = as_thrown;
    CHECK(wait_after(wait_retry_after{pointer, wait_none{}, {.jitter = 0}}, &told) == 7s);
    auto const for_long = [](busy const&) { return std::optional{std::chrono::years{1000}}; };
    CHECK(wait_after(wait_retry_after{for_long, wait_none{}, {.max = longest}}, &told) == longest);
    auto const half = [](busy const&) { return std::optional{std::chrono::duration<double>{0.5}}; };
    CHECK(wait_after(wait_retry_after{half, wait_none{}, {.jitter = 0}}, &told) == 500ms);
}

TEST_CASE("wait_retry_after: less than zero is no wait") {
    auto const told = threw(busy{-7s});
    CHECK(wait_after(wait_retry_after{as_thrown, wait_fixed{3s}}, &told) == 0s);
}

TEST_CASE("wait_retry_after: a server is believed for a minute, or for as long as max says") {
    auto const told = threw(busy{1h});
    CHECK(wait_after(wait_retry_after{as_thrown, wait_none{}, {.jitter = 0}}, &told) == 1min);
    CHECK(wait_after(wait_retry_after{as_thrown, wait_none{}, {.max = 5s, .jitter = 0}}, &told) == 5s);
    CHECK(wait_after(wait_retry_after{as_thrown, wait_none{}, {.max = 2h, .jitter = 0}}, &told) == 1h);
    CHECK(wait_after(wait_retry_after{as_thrown, wait_none{}, {.max = 0s}}, &told) == 0s);
}

TEST_CASE("wait_retry_after: max is for what the server says, and not for the other policy") {
    auto const not_told = threw(busy{std::nullopt});
    CHECK(wait_after(wait_retry_after{as_thrown, wait_fixed{1h}, {.max = 5s}}, &not_told) == 1h);
}

TEST_CASE("wait_retry_after: jitter lengthens a wait by up to its share, and never shortens it") {
    auto const found = draws(10s, {.jitter = 0.5});
    CHECK(*std::ranges::min_element(found) >= 10s);
    CHECK(*std::ranges::min_element(found) < 10100ms);
    CHECK(*std::ranges::max_element(found) < 15s);
    CHECK(*std::ranges::max_element(found) > 14900ms);
    CHECK(std::set(found.begin(), found.end()).size() == 1000);
}

TEST_CASE("wait_retry_after: clients differ without being told to, by a tenth at most") {
    auto const found = draws(10s, {});
    CHECK(*std::ranges::min_element(found) >= 10s);
    CHECK(*std::ranges::max_element(found) < 11s);
    CHECK(std::set(found.begin(), found.end()).size() == 1000);
}

TEST_CASE("wait_retry_after: clients differ at max, too, and come back no earlier than that") {
    auto const found = draws(1h, {.max = 10s, .jitter = 1});
    CHECK(*std::ranges::min_element(found) >= 10s);
    CHECK(*std::ranges::max_element(found) < 20s);
    CHECK(std::set(found.begin(), found.end()).size() == 1000);
}

TEST_CASE("wait_retry_after: jitter doesn't lengthen no wait, nor overflow the longest one") {
    CHECK(draws(0s, {.jitter = 1}) == durations(1000, 0s));
    CHECK(draws(1ns, {.jitter = 0.5}) == durations(1000, 1ns));
    CHECK(draws(longest, {.max = longest, .jitter = 1e300}) == durations(1000, longest));
    auto const found = draws(longest - 1h, {.max = longest, .jitter = 1e300});
    CHECK(*std::ranges::min_element(found) >= longest - 1h);
}

TEST_CASE("wait_retry_after: the other policy keeps its memory, and doesn't notice what the server said") {
    wait_retry_after const policy{as_thrown, wait_counting{}, {.jitter = 0}};
    auto const told = threw(busy{7s});
    auto const not_told = threw(busy{std::nullopt});
    detail::memory_of_t<std::remove_const_t<decltype(policy)>> memory{};
    durations found;
    for (auto const* const last : {&not_told, &told, &told, &not_told, &told, &not_told})
        found.push_back(detail::ask(policy, attempt{.last = last}, memory));
    CHECK(found == durations{1s, 7s, 7s, 2s, 7s, 3s});
}

TEST_CASE("wait_retry_after: is one summand, one link and one fallback among others") {
    auto const told = threw(busy{7s});
    auto const not_told = threw(busy{std::nullopt});
    wait_retry_after const policy{as_thrown, wait_counting{}, {.jitter = 0}};
    CHECK(wait_after(policy + wait_fixed{1s}, &told) == 8s);
    CHECK(wait_after(wait_chain{policy, wait_none{}}, &not_told) == 1s);
    wait_retry_after const nested{as_returned, policy, {.jitter = 0}};
    CHECK(wait_after(nested, &told) == 7s);
    CHECK(wait_after(nested, &not_told) == 1s);
}

TEST_CASE("wait_retry_after: has the clock read where the other policy does") {
    auto const function = [](attempt const&) { return 1s; };
    CHECK_FALSE(reads_time<decltype(wait_retry_after{as_thrown, wait_exponential{}})>);
    CHECK(reads_time<decltype(wait_retry_after{as_thrown, function})>);
}

TEST_CASE("wait_retry_after: options that can't be right are refused by name and value") {
    auto const refused = [](retry_after_options options) {
        return objection(wait_retry_after{as_thrown, wait_none{}, options});
    };
    CHECK(refused({.max = -1s}) == "breakerbox: wait_retry_after.max must be zero or more, but is -1s");
    CHECK(refused({.jitter = -0.5}) ==
          "breakerbox: wait_retry_after.jitter must be finite and zero or more, but is -0.5");
    CHECK(refused({.jitter = std::numeric_limits<double>::infinity()}) ==
          "breakerbox: wait_retry_after.jitter must be finite and zero or more, but is inf");
    CHECK(refused({.jitter = std::numeric_limits<double>::quiet_NaN()}) ==
          "breakerbox: wait_retry_after.jitter must be finite and zero or more, but is nan");
    CHECK(objection(wait_retry_after{as_thrown, wait_fixed{-1s}}) ==
          "breakerbox: wait_fixed.wait must be zero or more, but is -1s");
    CHECK(refused({}).empty());
    CHECK(refused({.max = 0s, .jitter = 0}).empty());
    CHECK(refused({.max = longest, .jitter = 10}).empty());
}

} // namespace retry_after_test
