// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include "support/distant_store.hpp"
#include "support/failing_operation.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/breaker/change_history.hpp>
#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/testing.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>

namespace throwing_observer_test {

// An observer that throws each time that it is told: nothing of it is seen.

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::breaker_state;
using bb::retry_end;
using bb::testing::virtual_clock;
using support::failing_operation;
using support::host_down;
using support::retrier_options;

namespace {

/// Throws whenever it is told, by turns something known and something unknown.
struct throwing_observer {
    std::set<bb::retry_event::kind> of_call{};
    std::multiset<bb::breaker_event::kind> of_breaker{};
    int told = 0;

    void operator()(bb::retry_event const& event) {
        of_call.insert(event.what);
        fail();
    }
    void operator()(bb::breaker_event const& event) {
        of_breaker.insert(event.what);
        fail();
    }

private:
    void fail() {
        if (++told % 2 == 0)
            throw std::runtime_error{"no space left for the log"};
        throw told;
    }
};

constexpr bb::consecutive_failures two_in_a_row{.threshold = 2, .recovery = {.open_for = 10s, .probes = 1}};

using half_open_store = bb::memory_store<bb::consecutive_failures, virtual_clock>;

} // namespace

TEST_CASE("throwing observer: a call keeps its attempts and its value, in each way of telling") {
    bb::testing::virtual_time time;
    throwing_observer observer;
    auto const options = retrier_options{.observer = std::ref(observer)};
    bb::retrier const retrier{bb::stop_after_attempt{3}, bb::retry_if_exception<>{}, bb::wait_fixed{1s},
                              options};
    CHECK(time.run(retrier.retry(failing_operation{.failures = 2})) == 7);
    auto const told = time.run(retrier.outcome(failing_operation{.failures = 2}));
    CHECK(told.value() == 7);
    CHECK(told.attempts == 3);

    int calls = 0;
    auto const by_value = [&calls]() -> asio::awaitable<boost::system::result<int>> {
        if (++calls < 3)
            co_return boost::system::error_code{asio::error::connection_refused};
        co_return 7;
    };
    bb::retrier const of_errors{bb::stop_after_attempt{3}, bb::retry_if_error{}, bb::wait_none{}, options};
    CHECK(time.run(of_errors.retry(by_value)).value() == 7);
    using enum bb::retry_event::kind;
    CHECK(observer.of_call == std::set{before_attempt, after_attempt, before_wait, finished});
}

TEST_CASE("throwing observer: a call that fails ends with its own error") {
    bb::testing::virtual_time time;
    throwing_observer observer;
    auto options = retrier_options{.observer = std::ref(observer)};
    bb::retrier const retrier{bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_none{},
                              options};
    failing_operation operation{.failures = 9};
    CHECK_THROWS_AS(time.run(retrier.retry(std::ref(operation))), host_down);
    CHECK(operation.calls == 2);
    options.reraise = false;
    bb::retrier const reporting{bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_none{},
                                options};
    CHECK_THROWS_AS(time.run(reporting.retry(std::ref(operation))), bb::retry_error);
}

TEST_CASE("throwing observer: with a breaker the attempts are counted, refused and waited for as without") {
    bb::testing::virtual_time time;
    throwing_observer observer;
    bb::circuit_breaker breaker{half_open_store{two_in_a_row}, {.observer = std::ref(observer)}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_none{}, breaker,
                              retrier_options{.observer = std::ref(observer)}};
    CHECK_THROWS_AS(time.run(retrier.retry("h", failing_operation{.failures = 9})), bb::host_unavailable);
    CHECK(breaker.snapshot_now("h").state == breaker_state::open);
    auto const refused = time.run(retrier.outcome("h", failing_operation{}));
    CHECK(refused.end == retry_end::refused);
    CHECK(refused.why != nullptr);

    auto options = retrier_options{.observer = std::ref(observer)};
    options.when_refused = bb::wait_until_available{1min};
    bb::retrier const patient{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_none{}, breaker,
                              options};
    CHECK(time.run(patient.retry("h", failing_operation{})) == 7);
    CHECK(breaker.snapshot_now("h").state == breaker_state::closed);
    CHECK(observer.of_call.contains(bb::retry_event::kind::waits_until_available));
}

TEST_CASE("throwing observer: each function of a breaker answers as without") {
    bb::testing::virtual_time time;
    throwing_observer observer;
    bb::circuit_breaker breaker{half_open_store{two_in_a_row}, {.observer = std::ref(observer)}};
    breaker.increment_failures_count_now("h");
    CHECK(breaker.increment_failures_count_now("h") == 2);
    CHECK_FALSE(breaker.acquire_now("h"));
    time.advance(10s);
    {
        auto probe = breaker.acquire_now("h"); // which makes it half-open
        REQUIRE(probe);
        CHECK(probe.permit().is_probe());
        CHECK(breaker.snapshot_now("h").probes.out == 1);
        CHECK(probe.permit().report_now(bb::verdict::failure)); // and open again
    }
    time.advance(10s);
    (void)breaker.acquire_now("h"); // dropped
    CHECK(breaker.snapshot_now("h").probes.out == 0);
    breaker.force_open_now("h");
    CHECK(breaker.snapshot_now("h").state == breaker_state::open);
    breaker.reset_now("h");
    CHECK(breaker.is_host_available_now("h"));
    CHECK(observer.of_breaker.count(bb::breaker_event::kind::state_changed) == 6);
    CHECK(observer.of_breaker.count(bb::breaker_event::kind::call_rejected) == 1);
}

TEST_CASE("throwing observer: with a shared store the same, that it fails included") {
    bb::testing::virtual_time time;
    throwing_observer observer;
    bb::circuit_breaker breaker{support::distant_store<bb::consecutive_failures>{two_in_a_row},
                                {.observer = std::ref(observer)}};
    bb::retrier const retrier{bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_none{}, breaker,
                              retrier_options{.observer = std::ref(observer)}};
    CHECK(time.run(retrier.retry("h", failing_operation{.failures = 1})) == 7);
    CHECK(time.run(breaker.increment_failures_count("h")) == 1);
    CHECK(time.run(breaker.increment_failures_count("h")) == 2);
    CHECK(time.run(retrier.outcome("h", failing_operation{})).end == retry_end::refused);
    time.advance(10s);
    CHECK(time.run(retrier.retry("h", failing_operation{})) == 7);
    time.run(breaker.force_open("h"));
    time.run(breaker.reset("h"));
    CHECK(time.run(breaker.is_host_available("h")));
    breaker.store().there->fails = true;
    CHECK_THROWS_AS(time.run(retrier.retry("h", failing_operation{})), bb::store_error);
    CHECK(observer.of_breaker.contains(bb::breaker_event::kind::state_changed));
}

} // namespace throwing_observer_test
