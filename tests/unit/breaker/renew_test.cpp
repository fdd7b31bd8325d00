// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/permit.hpp>

#include "support/distant_store.hpp"
#include "support/printed.hpp"

#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/testing.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace renew_test {

// Probes that take longer than their lease.

using namespace breakerbox;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

/// Each rule, so that the first failure trips.
template <class Rule>
Rule at_once() {
    recovery const r{.open_for = 10s, .probe_lease = 60s};
    if constexpr (std::is_same_v<Rule, failure_rate>)
        return {.minimum_calls = 1, .window = 10, .recovery = r};
    else
        return {.threshold = 1, .recovery = r};
}

template <class Rule>
struct told_breaker {
    std::vector<std::string> told{};
    std::function<void(breaker_event const&)> hear{
        [this](auto const& event) { told.push_back(support::printed(event)); }};
    circuit_breaker<memory_store<Rule, testing::virtual_clock>> breaker{
        memory_store<Rule, testing::virtual_clock>{at_once<Rule>()}, {.observer = std::ref(hear)}};

    auto permit() { return breaker.acquire_now("a").permit(); }
    snapshot seen() const { return breaker.snapshot_now("a"); }
    void become_half_open(testing::virtual_time& time) {
        breaker.increment_failures_count_now("a");
        time.advance(10s);
    }
};

} // namespace

TEMPLATE_TEST_CASE("renew: a probe that takes longer than its lease closes the host all the same", "",
                   consecutive_failures, failure_rate) {
    testing::virtual_time time;
    told_breaker<TestType> of;
    of.become_half_open(time);
    auto probe = of.permit();
    for (int i = 0; i != 10; ++i) {
        time.advance(59s);
        CHECK(probe.renew_now());
        CHECK(of.seen().probes.out == 1);
        CHECK(of.seen().retry_after == 60s);
    }
    probe.report_now(verdict::success);
    CHECK(of.seen().state == breaker_state::closed);
}

TEMPLATE_TEST_CASE("renew: of a probe that was given up, or whose host has changed its state, is nothing", "",
                   consecutive_failures, failure_rate) {
    testing::virtual_time time;
    told_breaker<TestType> of;
    of.become_half_open(time);
    auto given_up = of.permit();
    time.advance(60s);
    CHECK_FALSE(given_up.renew_now());
    auto probe = of.permit();
    of.breaker.force_open_now("a", 1s);
    CHECK_FALSE(probe.renew_now());
    of.breaker.reset_now("a");
    CHECK_FALSE(probe.renew_now());
    CHECK(of.seen().state == breaker_state::closed);
}

TEST_CASE("renew: a permit that is no probe's has no lease, and an ended one none either") {
    testing::virtual_time time;
    told_breaker<consecutive_failures> of;
    auto permit = of.permit();
    time.advance(48h);
    CHECK(permit.renew_now());
    permit.report_now(verdict::success);
    CHECK_FALSE(permit.renew_now());
    circuit_breaker counting{memory_store<failure_count, testing::virtual_clock>{failure_count{}}};
    CHECK(counting.acquire_now("a").permit().renew_now());
}

TEST_CASE("renew: after the end of its breaker is nothing") {
    testing::virtual_time time;
    std::optional<told_breaker<consecutive_failures>> of;
    of.emplace().become_half_open(time);
    auto probe = of->permit();
    of.reset();
    CHECK_FALSE(probe.renew_now());
}

TEST_CASE("renew: awaited, for every store") {
    testing::virtual_time time;
    told_breaker<consecutive_failures> of;
    circuit_breaker distant{support::distant_store{at_once<consecutive_failures>()}};
    of.breaker.increment_failures_count_now("a");
    time.run(distant.increment_failures_count("a"));
    time.advance(10s);
    time.run([&]() -> asio::awaitable<void> {
        auto near = of.permit();
        auto admission = co_await distant.acquire("a");
        auto far = std::move(admission).permit();
        time.advance(50s);
        bool is_near = co_await near.renew();
        bool is_far = co_await far.renew();
        CHECK(is_near);
        CHECK(is_far);
        time.advance(50s);
        co_await far.report(verdict::success);
        auto const seen = co_await distant.snapshot("a");
        CHECK(seen.state == breaker_state::closed);
        is_far = co_await far.renew();
        CHECK_FALSE(is_far);
        near.report_now(verdict::success);
    });
    CHECK(of.seen().state == breaker_state::closed);
}

TEMPLATE_TEST_CASE("a given-up probe: is counted, and told once, by the next call that the host is asked for",
                   "", consecutive_failures, failure_rate) {
    testing::virtual_time time;
    told_breaker<TestType> of;
    of.become_half_open(time);
    auto first = of.permit();
    CHECK(of.seen().probes.given_up == 0);
    time.advance(60s);
    CHECK(of.seen().probes.given_up == 1); // to a look, which changes nothing
    CHECK(of.told.size() == 2);
    auto second = of.permit();
    REQUIRE(of.told.size() == 3);
    CHECK(of.told.back().starts_with("host 'a' gave up a probe, being half-open: 1 of 1 probe out, 0 of 1 "
                                     "success, 1 given up, retry after 60s"));
    CHECK_FALSE(of.breaker.acquire_now("a"));
    time.advance(60s);
    auto third = of.permit();
    CHECK(of.seen().probes.given_up == 2);
    CHECK(of.told.size() == 5); // a refusal between
    third.report_now(verdict::failure);
    time.advance(10s);
    auto fourth = of.permit();
    CHECK(of.seen().probes.given_up == 0); // of this half-open
}

TEMPLATE_TEST_CASE("a given-up probe: is told by a refusal as well, and before it", "", consecutive_failures,
                   failure_rate) {
    testing::virtual_time time;
    told_breaker<TestType> of;
    of.become_half_open(time);
    auto first = of.permit();
    time.advance(60s);
    CHECK_FALSE(of.breaker.acquire_now("a", {.may_probe = false}));
    REQUIRE(of.told.size() == 4);
    CHECK(of.told[2].starts_with("host 'a' gave up a probe"));
    CHECK(of.told[3].find("refused") != std::string::npos);
}

} // namespace renew_test
