// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/change_history.hpp>

#include "support/objection.hpp"
#include "support/printed.hpp"

#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/testing.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <functional>
#include <stdexcept>
#include <string>

namespace change_history_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using support::printed;

namespace {

using virtual_store = memory_store<consecutive_failures, testing::virtual_clock>;

constexpr consecutive_failures at_once{.threshold = 1, .recovery = {.open_for = 5s}};

} // namespace

TEST_CASE("change_history: keeps the changes of each host, the oldest first, with their times and evidence") {
    testing::virtual_time time;
    change_history history;
    circuit_breaker breaker{virtual_store{at_once}, {.observer = std::ref(history)}};
    time.advance(1s);
    breaker.increment_failures_count_now("a");
    time.advance(5s);
    breaker.acquire_now("a").permit().report_now(verdict::success);
    breaker.force_open_now("b", 1s);
    auto const changes = history.of("a");
    REQUIRE(changes.size() == 3);
    CHECK(changes[0].at == 1s);
    CHECK(changes[0].from == breaker_state::closed);
    CHECK(changes[0].to.failures == 1);
    CHECK(printed(changes[0]) ==
          "1s: host 'a' went from closed to open: 1 failure in a row (trips at 1), retry after 5s");
    CHECK(printed(changes[1]) ==
          "6s: host 'a' went from open to half-open: 1 probe may pass, 1 success closes it");
    CHECK(printed(changes[2]) == "6s: host 'a' went from half-open to closed after 1 successful probe");
    CHECK(history.of("b").size() == 1);
    CHECK(history.of("c").empty());
}

TEST_CASE("change_history: prints all of a host's changes, one a line") {
    testing::virtual_time time;
    change_history history;
    circuit_breaker breaker{virtual_store{at_once}, {.observer = std::ref(history)}};
    breaker.force_open_now("a");
    breaker.reset_now("a");
    CHECK(printed(history.of("a")) == "0s: host 'a' went from closed to open by hand, until reset\n"
                                      "0s: host 'a' went from open to closed by hand\n");
}

TEST_CASE("change_history: is bounded in changes and in hosts; refusals are none of its business") {
    testing::virtual_time time;
    change_history history{{.changes = 2, .max_hosts = 2}};
    circuit_breaker breaker{virtual_store{at_once}, {.observer = std::ref(history)}};
    for (auto const* host : {"a", "b", "c"}) {
        breaker.force_open_now(host);
        (void)breaker.acquire_now(host);
        breaker.reset_now(host);
        breaker.force_open_now(host);
    }
    CHECK(history.of("a").empty());
    CHECK(history.of("b").size() == 2);
    CHECK(history.of("c").front().to.state == breaker_state::closed);
    CHECK(history.of("c").back().to.state == breaker_state::open);
}

TEST_CASE("change_history: options that can't be right are refused by name and value") {
    using Catch::Matchers::ContainsSubstring;
    using Catch::Matchers::MessageMatches;
    CHECK_THROWS_MATCHES((change_history{{.changes = 0}}), std::invalid_argument,
                         MessageMatches(ContainsSubstring("change_history.changes")));
    CHECK_THROWS_MATCHES((change_history{{.max_hosts = 0}}), std::invalid_argument,
                         MessageMatches(ContainsSubstring("change_history.max_hosts")));
}

} // namespace change_history_test
