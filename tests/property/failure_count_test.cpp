// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/failure_count.hpp>

#include "property/random_script.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace failure_count_test {

using namespace std::chrono_literals;
using namespace property;
using breakerbox::breaker_state;
using breakerbox::failure_count;
using breakerbox::instant;
using std::chrono::microseconds;

namespace {

/// A failure, or with `forced_for` an opening by hand.
struct past_event {
    instant at;
    std::optional<microseconds> forced_for;
};

struct count_and_expiry {
    std::uint64_t count = 0;
    instant expires_at = instant::min();
    instant opened_at{};
};

/// What a host's past comes to, gone through anew each time.
count_and_expiry sum_of(failure_count const& rule, std::vector<past_event> const& past, instant now) {
    count_and_expiry sum;
    auto const expire = [&](instant t) {
        if (t >= sum.expires_at)
            sum = {};
    };
    for (auto const& e : past) {
        expire(e.at);
        bool const was_open = sum.count > rule.max_failures;
        sum.count = e.forced_for ? std::max<std::uint64_t>(sum.count, rule.max_failures + 1) : sum.count + 1;
        sum.expires_at = std::max(sum.expires_at, e.at + e.forced_for.value_or(rule.reset_timeout));
        if (!was_open && sum.count > rule.max_failures)
            sum.opened_at = e.at;
    }
    expire(now);
    return sum;
}

} // namespace

TEST_CASE(
    "property: failure_count counts what a list of all failures says, and its retry_after is right to the "
    "microsecond") {
    int open = 0;
    int expired = 0;
    check_scripts([&](script const& s) {
        choices for_rule{s.for_rule[0]};
        failure_count const rule{.max_failures = for_rule.below(5),
                                 .reset_timeout = microseconds{1 + for_rule.below(20)}};
        failure_count::state state;
        std::vector<past_event> past;
        instant now = 1s;
        auto const must = [&](bool holds, char const* claim) {
            if (!holds)
                RC_FAIL(std::string{"not so: "} + claim + ", with max_failures=" +
                        std::to_string(rule.max_failures) + " after step " + std::to_string(past.size()));
        };
        for (auto const number : s.steps) {
            choices from{number};
            auto const what = from.below(32);
            auto const how = from.below(4);
            microseconds const some{from.below(30)};
            if (how == 1)
                now += 1us;
            else if (how == 2)
                now += some;
            else if (auto const end = rule.expires_at(state); how == 3 && end > now && end < now + 1h)
                now = end - 1us + some % 3; // on the boundary, or one microsecond from it

            if (what < 20) {
                rule.on_failure(state, now);
                past.push_back({now, std::nullopt});
            } else if (what < 24) {
                bool const without_end = what == 23 && some > 25us;
                rule.force_open(state, without_end ? std::nullopt : std::optional{some}, now);
                past.push_back({now, without_end ? std::chrono::days{30} : some});
            }

            auto const expected = sum_of(rule, past, now);
            auto const status = rule.look(state, now);
            bool const is_open = expected.count > rule.max_failures;
            must(status.failures == expected.count, "the count is that of the list");
            must((status.state == breaker_state::open) == is_open, "open is a count above max_failures");
            must(rule.state_at(state, now) == status.state, "the state is the same without the evidence");
            must(status.is_available() == !is_open, "retry_after is zero exactly where calls pass");
            expired += int{!past.empty() && expected.count == 0};
            if (!is_open)
                continue;
            ++open;
            must(status.opened_at == expected.opened_at, "it opened with the failure that was one too many");
            auto const at = now + std::chrono::duration_cast<microseconds>(status.retry_after);
            must(at == expected.expires_at, "calls pass when the count expires");
            must(rule.look(state, at).is_available(), "a call passes once retry_after is over");
            must(!rule.look(state, at - 1us).is_available(), "no call passes before retry_after is over");
        }
    });
    CHECK(open > 10'000);
    CHECK(expired > 10'000);
}

} // namespace failure_count_test
