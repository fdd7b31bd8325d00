// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/acquire_options.hpp>

#include "support/distant_store.hpp"

#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/testing.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <vector>

namespace acquire_options_test {

using namespace breakerbox;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

constexpr acquire_options no_probe{.may_probe = false};

/// Each rule, so that the first failure trips.
template <class Rule>
Rule at_once() {
    recovery const r{.open_for = 10s, .probes = 2, .probe_lease = 4s};
    if constexpr (std::is_same_v<Rule, failure_rate>)
        return {.minimum_calls = 1, .window = 10, .recovery = r};
    else
        return {.threshold = 1, .recovery = r};
}

template <class Rule>
struct heard_breaker {
    std::vector<breaker_event::kind> heard{};
    std::function<void(breaker_event const&)> hear{[this](auto const& e) { heard.push_back(e.what); }};
    circuit_breaker<memory_store<Rule, testing::virtual_clock>> breaker{
        memory_store<Rule, testing::virtual_clock>{at_once<Rule>()}, {.observer = std::ref(hear)}};

    std::size_t refusals() const {
        return static_cast<std::size_t>(std::ranges::count(heard, breaker_event::kind::call_rejected));
    }
};

} // namespace

TEMPLATE_TEST_CASE("asking for leave: a call that may not be a probe is refused until the host is closed", "",
                   consecutive_failures, failure_rate) {
    testing::virtual_time time;
    heard_breaker<TestType> of;
    auto& b = of.breaker;
    CHECK(b.acquire_now("a", no_probe)); // it is closed
    b.increment_failures_count_now("a");
    auto const open = b.acquire_now("a", no_probe);
    REQUIRE_FALSE(open);
    CHECK(open.why().state == breaker_state::open);
    CHECK(open.why().retry_after == 10s);

    time.advance(10s);
    auto const before = b.snapshot_now("a");
    auto const over = b.acquire_now("a", no_probe);
    REQUIRE_FALSE(over);
    CHECK(over.why().state == breaker_state::half_open); // to this call
    CHECK(over.why().retry_after == 4s);
    CHECK(b.snapshot_now("a") == before);

    auto first = b.acquire_now("a").permit();
    time.advance(1s);
    auto const beside = b.acquire_now("a", no_probe);
    REQUIRE_FALSE(beside);
    CHECK(beside.why().retry_after == 3s);
    CHECK(beside.why().probes.out == 1);
    CHECK(b.acquire_now("a").permit().is_probe()); // there is room still
    CHECK(of.heard == std::vector{breaker_event::kind::state_changed, breaker_event::kind::call_rejected,
                                  breaker_event::kind::call_rejected, breaker_event::kind::state_changed,
                                  breaker_event::kind::call_rejected});

    first.report_now(verdict::success);
    CHECK(b.acquire_now("a", no_probe));
}

TEST_CASE("asking for leave: a call that may not be a probe passes where the host has been forgotten") {
    testing::virtual_time time;
    heard_breaker<consecutive_failures> of;
    of.breaker.increment_failures_count_now("a");
    time.advance(10s);
    CHECK_FALSE(of.breaker.acquire_now("a", no_probe));
    time.advance(24h);
    CHECK(of.breaker.acquire_now("a", no_probe));
}

TEST_CASE("asking for leave: under failure_count, which has no probes, any call passes once the time is up") {
    testing::virtual_time time;
    circuit_breaker b{memory_store<failure_count, testing::virtual_clock>{
        failure_count{.max_failures = 0, .reset_timeout = 10s}}};
    b.increment_failures_count_now("a");
    CHECK_FALSE(b.acquire_now("a", no_probe));
    time.advance(10s);
    CHECK(b.acquire_now("a", no_probe));
}

TEST_CASE("asking for leave: a refusal that isn't to be told is no event") {
    testing::virtual_time time;
    heard_breaker<consecutive_failures> of;
    of.breaker.increment_failures_count_now("a");
    auto const quiet = of.breaker.acquire_now("a", {.tells_refusal = false});
    REQUIRE_FALSE(quiet);
    CHECK(quiet.why().failures == 1);
    CHECK(of.refusals() == 0);
    CHECK_FALSE(of.breaker.acquire_now("a"));
    CHECK(of.refusals() == 1);
}

TEST_CASE("asking for leave: a change of state that a quiet call makes is told all the same") {
    testing::virtual_time time;
    heard_breaker<consecutive_failures> of;
    of.breaker.increment_failures_count_now("a");
    time.advance(10s);
    CHECK(of.breaker.acquire_now("a", {.tells_refusal = false}));
    CHECK(of.heard.size() == 2);
}

TEST_CASE("asking for leave: awaited, and with a borrowed name, the options hold as well") {
    testing::virtual_time time;
    heard_breaker<consecutive_failures> of;
    circuit_breaker distant{support::distant_store{at_once<consecutive_failures>()},
                            {.observer = std::ref(of.hear)}};
    host_name const host{"a"};
    constexpr acquire_options quiet{.may_probe = false, .tells_refusal = false};
    of.breaker.increment_failures_count_now("a");
    time.run(distant.increment_failures_count("a"));
    time.advance(10s);
    auto const events = of.heard.size();
    CHECK_FALSE(of.breaker.acquire_borrowing_now(host, quiet));
    time.run([&]() -> asio::awaitable<void> {
        auto const near = co_await of.breaker.acquire("a", quiet);
        CHECK_FALSE(near);
        auto const owned = co_await distant.acquire("a", quiet);
        CHECK_FALSE(owned);
        auto const borrowed = co_await distant.acquire_borrowing(host, quiet);
        CHECK_FALSE(borrowed);
    });
    CHECK(of.heard.size() == events);
    CHECK(time.run(distant.acquire("a")).permit().is_probe());
}

} // namespace acquire_options_test
