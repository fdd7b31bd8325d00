// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/circuit_breaker.hpp>

#include "support/each_rule.hpp"
#include "support/on_threads.hpp"

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/testing.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

namespace reset_permits_test {

// What `reset` promises: that reports of permits given before it no longer count.

using namespace breakerbox;
using namespace std::chrono_literals;

namespace {

/// Each rule, so that the first failure trips.
template <class Rule>
Rule at_once() {
    recovery const r{.open_for = 10s, .forget_after = 60s};
    if constexpr (std::is_same_v<Rule, failure_count>)
        return {.max_failures = 0, .reset_timeout = 10s};
    else if constexpr (std::is_same_v<Rule, failure_rate>)
        return {.minimum_calls = 1, .window = 10, .recovery = r};
    else
        return {.threshold = 1, .recovery = r};
}

template <class Rule>
struct small_breaker : circuit_breaker<memory_store<Rule, testing::virtual_clock>> {
    using store_type = memory_store<Rule, testing::virtual_clock>;
    explicit small_breaker(std::size_t max_hosts = 1024)
        : circuit_breaker<store_type>(store_type{at_once<Rule>(), {.max_hosts = max_hosts}}) {}

    auto permit(std::string const& host) { return this->acquire_now(host).permit(); }
    void open(std::string const& host) { permit(host).report_now(verdict::failure); }
    bool is_as_new(std::string const& host) {
        auto const seen = this->snapshot_now(host);
        return seen.state == breaker_state::closed && seen.failures == 0 && seen.calls == 0;
    }
};

} // namespace

TEMPLATE_TEST_CASE("reset: no report of a permit given before counts, and those of later ones do", "",
                   EACH_RULE) {
    testing::virtual_time time;
    small_breaker<TestType> b;
    auto before = b.permit("a");
    auto also_before = b.permit("a");
    b.reset_now("a");
    auto after = b.permit("a");
    CHECK_FALSE(before.report_now(verdict::failure));
    CHECK(b.is_as_new("a"));
    CHECK(after.report_now(verdict::failure));
    b.reset_now("a");
    also_before.report_now(verdict::failure);
    CHECK(b.is_as_new("a"));
}

TEMPLATE_TEST_CASE("reset: nor does one where the host has been open meanwhile", "", EACH_RULE) {
    testing::virtual_time time;
    small_breaker<TestType> b;
    auto before = b.permit("a");
    b.open("a");
    b.reset_now("a");
    before.report_now(verdict::failure);
    CHECK(b.is_as_new("a"));
}

TEMPLATE_TEST_CASE("reset: nor does one where the store is full of other hosts, none of which goes for that",
                   "", EACH_RULE) {
    testing::virtual_time time;
    small_breaker<TestType> b{1};
    auto before = b.permit("a");
    b.force_open_now("b"); // takes the one place
    b.reset_now("a");
    CHECK(b.snapshot_now("b").state == breaker_state::open);
    before.report_now(verdict::failure);
    CHECK(b.is_as_new("a"));
    CHECK(b.snapshot_now("b").state == breaker_state::open);
}

TEMPLATE_TEST_CASE("reset: nor does one where the host had to go from the store after it", "", EACH_RULE) {
    testing::virtual_time time;
    small_breaker<TestType> b{1};
    auto first = b.permit("a");
    b.open("a");
    time.advance(10s);
    auto second = b.permit("a"); // a probe's, under the rules that have such
    b.reset_now("a");
    b.open("b");
    b.reset_now("b");
    first.report_now(verdict::failure);
    second.report_now(verdict::failure);
    CHECK(b.is_as_new("a"));
}

TEMPLATE_TEST_CASE("reset: nor does one where the host has been forgotten since", "", EACH_RULE) {
    testing::virtual_time time;
    small_breaker<TestType> b;
    auto never_in_trouble = b.permit("a");
    b.open("a");
    b.reset_now("a");
    auto reset_once = b.permit("a");
    b.reset_now("a");
    time.advance(1h);
    CHECK(b.permit("a").report_now(verdict::neutral) == false);
    never_in_trouble.report_now(verdict::failure);
    reset_once.report_now(verdict::failure);
    CHECK(b.is_as_new("a"));
}

TEMPLATE_TEST_CASE("reset: nor does one after any number of resets of other hosts", "", EACH_RULE) {
    testing::virtual_time time;
    small_breaker<TestType> b;
    auto before = b.permit("a");
    b.reset_now("a");
    for (int i = 0; i != 5000; ++i)
        b.reset_now("host " + std::to_string(i));
    before.report_now(verdict::failure);
    CHECK(b.is_as_new("a"));
}

TEMPLATE_TEST_CASE("reset: of one host takes nothing from the permits of others", "", EACH_RULE) {
    testing::virtual_time time;
    small_breaker<TestType> b;
    auto before = b.permit("a");
    for (int i = 0; i != 100; ++i)
        b.reset_now("host " + std::to_string(i));
    CHECK(before.report_now(verdict::failure));
}

TEMPLATE_TEST_CASE("reset: of a probe's host lets its slot go, and its report changes nothing", "",
                   consecutive_failures, failure_rate) {
    testing::virtual_time time;
    small_breaker<TestType> b;
    b.open("a");
    time.advance(10s);
    auto probe = b.permit("a");
    REQUIRE(probe.is_probe());
    b.reset_now("a");
    auto after = b.permit("a");
    CHECK_FALSE(after.is_probe());
    probe.report_now(verdict::failure);
    CHECK(b.is_as_new("a"));
}

TEMPLATE_TEST_CASE("reset: holds against reports on other threads", "", EACH_RULE) {
    circuit_breaker<memory_store<TestType>> b{memory_store<TestType>{at_once<TestType>(), {.max_hosts = 2}}};
    for (int turn = 0; turn != 50; ++turn) {
        std::vector<typename decltype(b)::permit> before;
        for (int i = 0; i != 4; ++i)
            before.push_back(b.acquire_now("a").permit());
        support::on_threads(2, [&](int thread) {
            if (thread == 0)
                b.reset_now("a");
            else
                before[0].report_now(verdict::failure);
        });
        b.reset_now("a");
        for (std::size_t i = 1; i != before.size(); ++i)
            before[i].report_now(verdict::failure);
        CHECK(b.snapshot_now("a").state == breaker_state::closed);
    }
}

} // namespace reset_permits_test
