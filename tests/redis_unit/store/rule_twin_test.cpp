// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/detail/rule_twin.hpp>

#include <breakerbox/redis/connection/detail/reply_reader.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "redis/support/virtual_twin.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rule_twin_test {

using namespace std::chrono_literals;
using namespace breakerbox;
using breakerbox::detail::rule_twin;
using breakerbox::detail::script_arguments;
using breakerbox::detail::step_request;
using breakerbox::detail::twin_step;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<std::string> texts(script_arguments const& arguments) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i != arguments.size(); ++i)
        all.emplace_back(arguments[i]);
    return all;
}

redis_reply reply_of(std::string_view bytes) {
    detail::reply_reader reader{1000, 100};
    reader.feed(bytes);
    return std::move(**reader.next());
}

std::string integers(std::vector<std::int64_t> const& numbers) {
    auto bytes = '*' + std::to_string(numbers.size()) + "\r\n";
    for (auto const number : numbers)
        bytes += ':' + std::to_string(number) + "\r\n";
    return bytes;
}

/// An answer with each of its values its own.
std::vector<std::int64_t> const right{1, 77, 1, 1, 2, 3, 4, 6, 5, 1, 8, 9, 10'000'000, 11, 3, 2, 12, 13};

consecutive_failures const five_in_a_row{.threshold = 5, .recovery = {.probes = 2}};
instant const now = 100s;

bool is_read(std::string_view bytes) {
    return rule_twin{five_in_a_row}.read(reply_of(bytes), now).has_value();
}

} // namespace

TEMPLATE_TEST_CASE("rule twin: the script is the prologue and the body that the tests of virtual time run",
                   "", failure_count, consecutive_failures, failure_rate) {
    using twin = rule_twin<TestType>;
    CHECK(twin::script().text() == std::string{detail::lua::prologue} + twin::body());
    CHECK(support::virtual_twin<TestType>::script().text() ==
          std::string{support::virtual_prologue} + twin::body());
}

TEMPLATE_TEST_CASE("rule twin: time is Redis' own, and known to the prologue alone", "", failure_count,
                   consecutive_failures, failure_rate) {
    using twin = rule_twin<TestType>;
    CHECK_THAT(std::string{detail::lua::prologue}, ContainsSubstring("redis.call('TIME')"));
    CHECK_THAT(std::string{detail::lua::prologue}, !ContainsSubstring("ARGV"));
    for (auto const* command : {"'TIME'", "'PEXPIRE'", "'EXPIRE'", "'PTTL'", "'DEL'", "os.", "call('SET'"}) {
        INFO(command);
        CHECK_THAT(twin::body(), !ContainsSubstring(command));
    }
}

TEST_CASE("rule twin: a step is asked for by the script's digest, or with its whole text") {
    rule_twin const twin{failure_count{.max_failures = 7, .reset_timeout = 1500ms}};
    auto const& script = rule_twin<failure_count>::script();
    CHECK(
        twin.command({.step = twin_step::acquire}, "h", false).bytes() ==
        redis_command{"EVALSHA", script.sha1(), "1", "circuit-breaker-h", "acquire", "7", "1500000"}.bytes());
    CHECK(twin.command({.step = twin_step::acquire}, "h", true).bytes() ==
          redis_command{"EVAL", script.text(), "1", "circuit-breaker-h", "acquire", "7", "1500000"}.bytes());
}

TEST_CASE("rule twin: what each step of failure_count tells the script") {
    rule_twin const twin{failure_count{.max_failures = 7, .reset_timeout = 1s}};
    auto const told = [&](step_request const& asked) {
        auto all = texts(twin.arguments(asked));
        CHECK(all.at(1) == "7");
        CHECK(all.at(2) == "1000000");
        all.erase(all.begin() + 1, all.begin() + 3);
        return all;
    };
    using list = std::vector<std::string>;
    CHECK(told({.step = twin_step::report, .call = {verdict::failure}}) == list{"report", "failure"});
    CHECK(told({.step = twin_step::force_open, .open_for = 3s}) == list{"force_open", "", "3000000"});
    CHECK(told({.step = twin_step::force_open}) == list{"force_open", "", "2592000000000"});
    host_status known{.state = breaker_state::open, .failures = 9, .retry_after = 1500ns};
    CHECK(told({.step = twin_step::meet, .known = &known}) == list{"meet", "9", "2", "0"});
    known.retry_after = duration::max();
    CHECK(told({.step = twin_step::meet, .known = &known}) == list{"meet", "9", "-1", "0"});
    CHECK(told({.step = twin_step::look}) == list{"look"});
}

TEST_CASE("rule twin: what each step of a rule with a half-open state tells the script") {
    rule_twin const twin{failure_rate{.threshold = 1.0 / 3,
                                      .minimum_calls = 4,
                                      .window = 10s,
                                      .slow_call = {.longer_than = 2s, .threshold = 0.25},
                                      .trip_on_success = true,
                                      .recovery = {.open_for = 1s,
                                                   .growth = 1.5,
                                                   .max_open_for = 1h,
                                                   .jitter = 0.5,
                                                   .probes = 2,
                                                   .successes_to_close = 3,
                                                   .failures_to_reopen = 4,
                                                   .probe_lease = 5s,
                                                   .forget_after = std::chrono::microseconds::max()}}};
    using list = std::vector<std::string>;
    auto const event = [&](step_request const& asked) {
        auto const all = texts(twin.arguments(asked));
        // Always as many, so that each has its place.
        CHECK(list(all.begin() + 8, all.end()) == list{"1000000", "1.5", "3600000000", "2", "3", "4",
                                                       "5000000", "-1", "0.3333333333333333", "4",
                                                       "10000000us", "0.25", "1"});
        return list(all.begin(), all.begin() + 8);
    };
    CHECK(event({.step = twin_step::acquire, .fresh = (std::uint64_t{1} << 53) - 1, .jitter = 0.5}) ==
          list{"acquire", "9007199254740991", "1.25", "1", "", "", "", ""});
    step_request report{.step = twin_step::report, .fresh = 1, .number = 77};
    report.call = {verdict::success, 2s};
    CHECK(event(report) == list{"report", "1", "1", "77", "success", "0", "", ""});
    report.call = {verdict::failure, 2s + 1us};
    CHECK(event(report) == list{"report", "1", "1", "77", "failure", "1", "", ""});
    report.any_number = true;
    CHECK(event(report) == list{"report", "1", "1", "-1", "failure", "1", "", ""});
    CHECK(event({.step = twin_step::force_open, .fresh = 1, .open_for = 30s}) ==
          list{"force_open", "1", "1", "30000000", "", "", "", ""});
    CHECK(event({.step = twin_step::force_open, .fresh = 1}) ==
          list{"force_open", "1", "1", "-1", "", "", "", ""});
    host_status known{.state = breaker_state::open,
                      .cause = trip_cause::slow_calls,
                      .failures = 1,
                      .calls = 2,
                      .slow_calls = 3,
                      .probes = {.failures = 4},
                      .retry_after = 1001ns};
    CHECK(event({.step = twin_step::meet, .fresh = 1, .known = &known}) ==
          list{"meet", "1", "1", "2", "slow_calls", "1 2 3 4", "0", "0"});
    known.state = breaker_state::half_open; // its wait is that for a probe, not an open time
    CHECK(event({.step = twin_step::meet, .fresh = 1, .known = &known, .opening = 55, .learnt_ago = 7us}) ==
          list{"meet", "1", "1", "0", "slow_calls", "1 2 3 4", "55", "7"});
    known.state = breaker_state::closed;
    CHECK(event({.step = twin_step::meet, .fresh = 1, .known = &known})[4] == "none");
}

TEST_CASE("rule twin: a time of 71 years is for ever, and one below that is exact") {
    auto const told = [](std::chrono::microseconds time) {
        script_arguments all;
        all.add(time);
        return texts(all).at(0);
    };
    std::chrono::microseconds const forever{std::int64_t{1} << 51};
    CHECK(told(forever - 1us) == "2251799813685247");
    CHECK(told(forever) == "-1");
    CHECK(told(std::chrono::microseconds::max()) == "-1");
    CHECK(told(-1us) == "0");
    CHECK(told(0us) == "0");
}

TEST_CASE("rule twin: a host may hold any bytes, and its keys lie together in a cluster") {
    std::string const host{"a}\0\r\n{b", 8};
    rule_twin const counts{failure_count{}};
    CHECK(texts(counts.keys(host)) == std::vector<std::string>{"circuit-breaker-" + host});
    rule_twin const spans{failure_rate{.window = 10s}};
    CHECK(texts(spans.keys(host)) ==
          std::vector<std::string>{"breakerbox:s:{." + host + '}', "breakerbox:w:{." + host + '}'});
    rule_twin const calls{failure_rate{.window = 100}};
    CHECK(texts(calls.keys(host)) == std::vector<std::string>{"breakerbox:s:{." + host + '}',
                                                              "breakerbox:w:{." + host + '}',
                                                              "breakerbox:r:{." + host + '}'});
    // It never comes into the text, by which Redis keeps scripts: there would be one a host.
    auto const bytes = std::string{spans.command({}, host, true).bytes()};
    CHECK_THAT(bytes, ContainsSubstring(rule_twin<failure_rate>::script().text()));
}

TEST_CASE("rule twin: each value of an answer has its place") {
    auto const answer = rule_twin{five_in_a_row}.read(reply_of(integers(right)), now);
    REQUIRE(answer);
    CHECK(answer->done);
    CHECK(answer->number == 77);
    CHECK(answer->is_probe);
    CHECK(answer->from == breaker_state::open);
    CHECK(answer->probes_given_up == 2);
    CHECK(answer->status == host_status{.state = breaker_state::half_open,
                                        .cause = trip_cause::failed_probes,
                                        .failures = 4,
                                        .calls = 6,
                                        .slow_calls = 5,
                                        .condition = five_in_a_row.condition(),
                                        .probes = {.out = 1,
                                                   .most_out = 2,
                                                   .successes = 8,
                                                   .successes_to_close = 1,
                                                   .failures = 9,
                                                   .failures_to_reopen = 1,
                                                   .given_up = 3},
                                        .opened_at = 90s,
                                        .retry_after = 11us});
    CHECK(answer->opening == 12);
    CHECK(answer->closed_ago == 13us);
}

TEST_CASE("rule twin: -1 is no time of opening, and a wait for ever") {
    auto numbers = right;
    numbers[12] = numbers[13] = -1;
    auto const answer = rule_twin{five_in_a_row}.read(reply_of(integers(numbers)), now);
    REQUIRE(answer);
    CHECK(!answer->status.opened_at);
    CHECK(answer->status.retry_after == duration::max());
}

TEST_CASE("rule twin: a wait too long for a duration is the longest one") {
    auto numbers = right;
    numbers[13] = std::int64_t{1} << 53;
    CHECK(rule_twin{five_in_a_row}.read(reply_of(integers(numbers)), now)->status.retry_after <
          duration::max());
    CHECK(rule_twin{five_in_a_row}.read(reply_of(integers(numbers)), instant::min()).has_value());
}

TEST_CASE("rule twin: a reply of another kind is no answer") {
    CHECK(is_read(integers(right)));
    CHECK_FALSE(rule_twin{five_in_a_row}.read({}, now));
    for (auto const* bytes :
         {"+OK\r\n", ":1\r\n", "$-1\r\n", "$2\r\nab\r\n", "-ERR no\r\n", "*-1\r\n", "*0\r\n", "*1\r\n*0\r\n"})
        CHECK_FALSE(is_read(bytes));
}

TEST_CASE("rule twin: an answer with values too few or too many is none") {
    auto numbers = right;
    numbers.push_back(0);
    CHECK_FALSE(is_read(integers(numbers)));
    numbers.resize(17);
    CHECK_FALSE(is_read(integers(numbers)));
}

TEST_CASE("rule twin: an answer with any value that is no integer is none") {
    for (std::size_t i = 0; i != right.size(); ++i)
        for (auto const* other : {"$-1\r\n", "$1\r\n1\r\n", "*0\r\n", "+1\r\n"}) {
            std::string bytes = "*18\r\n";
            for (std::size_t j = 0; j != right.size(); ++j)
                bytes += j == i ? other : ':' + std::to_string(right[j]) + "\r\n";
            INFO(bytes);
            CHECK_FALSE(is_read(bytes));
        }
}

TEST_CASE("rule twin: an answer with any value that can't be right is none") {
    std::int64_t const exact = std::int64_t{1} << 53;
    std::int64_t const count = 0xffff'ffff;
    //                                 done number probe from state cause  failures, calls, slow  probes      opened retry given up opening
    std::vector<std::int64_t> const most{1,     exact, 1,     2,     2,     4,     exact, exact, exact,
                                         count, count, count, exact, exact, count, count, exact, exact};
    std::vector<std::int64_t> const least{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 0, 0, 0, -1};
    CHECK(is_read(integers(most)));
    CHECK(is_read(integers(least)));
    for (std::size_t i = 0; i != right.size(); ++i) {
        INFO(i);
        auto numbers = right;
        numbers[i] = most[i] + 1;
        CHECK_FALSE(is_read(integers(numbers)));
        numbers[i] = least[i] - 1;
        CHECK_FALSE(is_read(integers(numbers)));
        numbers[i] = INT64_MIN;
        CHECK_FALSE(is_read(integers(numbers)));
    }
}

} // namespace rule_twin_test
