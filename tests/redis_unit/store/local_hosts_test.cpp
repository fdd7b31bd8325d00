// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/detail/local_hosts.hpp>

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>

#include "support/at_the_second.hpp"
#include "support/each_rule.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace local_hosts_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using detail::local_hosts;
using support::at_the_second;

namespace {

template <class Rule>
host_status open_status() {
    memory_store<Rule> store{at_the_second<Rule>(1h)};
    change_queue unheard{false};
    store.record("a", {verdict::failure}, unheard);
    return store.record("a", {verdict::failure}, unheard);
}

using names = std::vector<std::string>;

template <class Rule>
names take_changed(local_hosts<Rule>& hosts) {
    auto taken = hosts.changed().all();
    for (auto const& host : taken)
        hosts.changed().forget(host);
    std::sort(taken.begin(), taken.end());
    return taken;
}

} // namespace

TEMPLATE_TEST_CASE("local_hosts: what is learned of a host undoes no change that is yet to be told", "",
                   EACH_RULE) {
    local_hosts<TestType> hosts{at_the_second<TestType>(1h), 16};
    change_queue changes{true};
    for (int i = 0; i != 2; ++i)
        hosts.record("a", {verdict::failure}, changes);
    hosts.record("b", {verdict::failure}, changes);
    CHECK(hosts.changed().contains("a"));
    hosts.learn("a", {}, 0s, 1);
    CHECK(hosts.look("a").state == breaker_state::open);
    hosts.changed().forget("a");
    CHECK_FALSE(hosts.changed().contains("a"));
    hosts.learn("a", {}, 0s, 1);
    CHECK(hosts.look("a").state == breaker_state::closed);
    CHECK(hosts.changed().contains("b"));
}

TEMPLATE_TEST_CASE("local_hosts: goes on from what was learned, which is no change of its own", "",
                   EACH_RULE) {
    local_hosts<TestType> hosts{at_the_second<TestType>(1h), 16};
    change_queue changes{true};
    hosts.learn("a", {.status = open_status<TestType>()}, 0s, 1);
    CHECK(hosts.look("a").state == breaker_state::open);
    CHECK(hosts.acquire("a", changes).refusal);
    CHECK(changes.is_empty());
    CHECK(take_changed(hosts).empty());
    hosts.learn("a", {.status = local_hosts<TestType>{at_the_second<TestType>(1h), 16}.look("a")}, 0s, 1);
    CHECK_FALSE(hosts.acquire("a", changes).refusal);
    CHECK(changes.is_empty());
}

TEMPLATE_TEST_CASE("local_hosts: failures are changes, of which the shared store must hear, once", "",
                   EACH_RULE) {
    local_hosts<TestType> hosts{at_the_second<TestType>(1h), 16};
    change_queue changes{true};
    hosts.record("a", {verdict::failure}, changes);
    auto const leave = hosts.acquire("b", changes);
    CHECK(hosts.report(leave.ticket, "b", verdict::failure, changes).counted);
    CHECK(hosts.report_foreign("c", {verdict::failure}, changes).counted);
    hosts.force_open("d", 1s, changes);
    CHECK(take_changed(hosts) == names{"a", "b", "c", "d"});
    CHECK(hosts.changed().all().empty());
}

TEMPLATE_TEST_CASE("local_hosts: what lifts no ban and makes none is no change", "", EACH_RULE) {
    local_hosts<TestType> hosts{at_the_second<TestType>(1h), 16};
    change_queue changes{true};
    auto const leave = hosts.acquire("a", changes);
    hosts.report(leave.ticket, "a", verdict::success, changes);
    hosts.report_foreign("a", {verdict::success}, changes);
    hosts.report_foreign("a", {verdict::neutral}, changes);
    hosts.look("a");
    hosts.record("b", {verdict::failure}, changes);
    hosts.reset("b", changes);
    CHECK(take_changed(hosts).empty());
}

TEST_CASE("local_hosts: a probe that is dropped frees its place, and is no change") {
    auto rule = at_the_second<consecutive_failures>(1h);
    rule.recovery.open_for = 1us;
    local_hosts<consecutive_failures> hosts{rule, 16};
    change_queue changes{true};
    hosts.record("a", {verdict::failure}, changes);
    hosts.record("a", {verdict::failure}, changes);
    (void)take_changed(hosts);
    while (hosts.look("a").retry_after > 0s) {
    }
    auto const probe = hosts.acquire("a", changes);
    REQUIRE(probe.ticket.is_probe);
    CHECK(hosts.acquire("a", changes).refusal);
    hosts.drop(probe.ticket, "a");
    CHECK_FALSE(hosts.acquire("a", changes).refusal);
    CHECK(take_changed(hosts).empty());
}

TEMPLATE_TEST_CASE("local_hosts: no more hosts wait to be told than may be known", "", EACH_RULE) {
    local_hosts<TestType> hosts{at_the_second<TestType>(1h), 4};
    change_queue changes{true};
    for (int i = 0; i != 100; ++i)
        hosts.record("host " + std::to_string(i), {verdict::failure}, changes);
    CHECK(hosts.changed().all().size() == 4);
}

} // namespace local_hosts_test
