// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/failure_count.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstdint>
#include <limits>
#include <stdexcept>

namespace failure_count_test {

using namespace std::chrono_literals;
using breakerbox::breaker_state;
using breakerbox::failure_count;
using breakerbox::instant;

namespace {

/// One host's state under a rule, at a time that the test moves.
struct host {
    failure_count rule;
    instant now = 1h;
    failure_count::state state{};

    void fail() { rule.on_failure(state, now); }
    breakerbox::host_status look() const { return rule.look(state, now); }
    bool is_open() const { return look().state == breaker_state::open; }
};

} // namespace

TEST_CASE("failure_count: a host is available while failures <= max_failures") {
    host h{{.max_failures = 2, .reset_timeout = 10s}};
    CHECK_FALSE(h.is_open());
    h.fail();
    h.fail();
    CHECK_FALSE(h.is_open());
    h.fail();
    CHECK(h.is_open());
}

TEST_CASE("failure_count: with no failure allowed the first one opens the host") {
    host h{{.max_failures = 0, .reset_timeout = 1s}};
    CHECK_FALSE(h.is_open());
    h.fail();
    CHECK(h.is_open());
    CHECK(h.look().retry_after == 1s);
    h.now += 400ms;
    CHECK(h.look().retry_after == 600ms);
}

TEST_CASE("failure_count: counting goes on while the host is open: 1, 2, 3, 4") {
    host h{{.max_failures = 1, .reset_timeout = 10s}};
    for (std::uint64_t count : {1u, 2u, 3u, 4u}) {
        h.fail();
        CHECK(h.look().failures == count);
        CHECK(h.is_open() == (count > 1));
    }
}

TEST_CASE("failure_count: each failure starts the reset timeout again") {
    host h{{.max_failures = 2, .reset_timeout = 10s}};
    h.fail();
    h.now += 9s;
    h.fail();
    h.now += 9s;
    h.fail();
    CHECK(h.look().failures == 3);
    h.now += 9s;
    CHECK(h.is_open());
    CHECK(h.look().retry_after == 1s);
    h.now += 1s;
    CHECK_FALSE(h.is_open());
    CHECK(h.look().failures == 0);
}

TEST_CASE(
    "failure_count: the count is gone once the reset timeout has run out, and not a microsecond earlier") {
    host h{{.max_failures = 1, .reset_timeout = 10s}};
    h.fail();
    h.fail();
    h.now += 10s - 1us;
    CHECK(h.is_open());
    CHECK(h.look().retry_after == 1us);
    h.now += 1us;
    CHECK(h.look() == breakerbox::host_status{.condition = {.threshold = 1}});
    h.fail();
    CHECK(h.look().failures == 1);
}

TEST_CASE("failure_count: a status says when the host opened and when it may be tried again") {
    host h{{.max_failures = 1, .reset_timeout = 10s}};
    h.fail();
    CHECK_FALSE(h.look().opened_at);
    CHECK(h.look().retry_after == 0s);
    h.now += 1s;
    auto const tripped = h.now;
    h.fail();
    h.now += 1s;
    h.fail();
    CHECK(h.look().opened_at == tripped);
    CHECK(h.look().retry_after == 10s);
    CHECK(h.look().condition.threshold == 1);
}

TEST_CASE("failure_count: force_open raises the count to max_failures + 1 at least") {
    host h{{.max_failures = 3, .reset_timeout = 10s}};
    h.rule.force_open(h.state, 60s, h.now);
    CHECK(h.look().failures == 4);
    CHECK(h.is_open());
    h.fail();
    CHECK(h.look().failures == 5);
    h.rule.force_open(h.state, 60s, h.now);
    CHECK(h.look().failures == 5);
}

TEST_CASE(
    "failure_count: force_open raises the expiry to its time at least, and an increment never shortens it") {
    host h{{.max_failures = 3, .reset_timeout = 10s}};
    h.rule.force_open(h.state, 60s, h.now);
    CHECK(h.look().retry_after == 60s);
    h.now += 20s;
    h.fail();
    CHECK(h.look().retry_after == 40s);
    h.rule.force_open(h.state, 30s, h.now);
    CHECK(h.look().retry_after == 40s);
    h.rule.force_open(h.state, 41s, h.now);
    CHECK(h.look().retry_after == 41s);
}

TEST_CASE("failure_count: force_open without a time lasts 30 days") {
    host h{{.max_failures = 3, .reset_timeout = 10s}};
    h.rule.force_open(h.state, std::nullopt, h.now);
    CHECK(h.look().retry_after == std::chrono::days{30});
}

TEST_CASE("failure_count: the count and the expiry stop at their limits") {
    host h{{.max_failures = 1, .reset_timeout = std::chrono::microseconds::max()}};
    h.state = {.expires_at = instant::max(),
               .opened_at = h.now,
               .failures = std::numeric_limits<std::uint32_t>::max()};
    h.fail();
    CHECK(h.look().failures == std::numeric_limits<std::uint32_t>::max());
    CHECK(h.state.expires_at == instant::max());
    CHECK(h.look().retry_after == breakerbox::duration::max());
}

TEST_CASE("failure_count: fields that can't be right are refused by name and value") {
    using Catch::Matchers::ContainsSubstring;
    using Catch::Matchers::MessageMatches;
    CHECK_THROWS_MATCHES(
        (failure_count{.max_failures = 1, .reset_timeout = 0s}.validate()), std::invalid_argument,
        MessageMatches(ContainsSubstring("failure_count.reset_timeout") && ContainsSubstring("0s")));
    CHECK_THROWS_MATCHES(
        (failure_count{.max_failures = 1, .reset_timeout = -5s}.validate()), std::invalid_argument,
        MessageMatches(ContainsSubstring("failure_count.reset_timeout") && ContainsSubstring("-5s")));
    CHECK_THROWS_MATCHES(
        (failure_count{.max_failures = 4294967295u}.validate()), std::invalid_argument,
        MessageMatches(ContainsSubstring("failure_count.max_failures") && ContainsSubstring("4294967295")));
    CHECK_NOTHROW((failure_count{.max_failures = 0, .reset_timeout = 1us}.validate()));
}

} // namespace failure_count_test
