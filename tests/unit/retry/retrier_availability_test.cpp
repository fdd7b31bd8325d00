// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include "support/cancellable_call.hpp"
#include "support/distant_store.hpp"
#include "support/failing_operation.hpp"
#include "support/printed.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <string>
#include <vector>

namespace retrier_availability_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::retry_end;
using support::failing_operation;
using support::retrier_options;

namespace {

bb::failure_count const one_failure{.max_failures = 1, .reset_timeout = 10s};

template <class Breaker>
auto waiting(Breaker& breaker, bb::duration limit) {
    return bb::retrier{bb::stop_after_attempt{3}, bb::retry_if_exception<>{}, bb::wait_fixed{1s}, breaker,
                       retrier_options{.when_refused = bb::wait_until_available{limit}}};
}

using half_opening_breaker =
    bb::circuit_breaker<bb::memory_store<bb::consecutive_failures, bb::testing::virtual_clock>>;

bb::consecutive_failures opening_for(std::chrono::microseconds time) {
    return {.threshold = 1, .recovery = {.open_for = time, .probe_lease = 1h}};
}

/// "h", whose one probe is out; takes a second of virtual time to make.
struct host_being_probed {
    half_opening_breaker breaker{half_opening_breaker::store_type{opening_for(1s)}};
    half_opening_breaker::admission probe;

    explicit host_being_probed(bb::testing::virtual_time& time) : probe(make_probe(time)) {}

private:
    half_opening_breaker::admission make_probe(bb::testing::virtual_time& time) {
        breaker.increment_failures_count_now("h");
        time.advance(1s);
        return breaker.acquire_now("h");
    }
};

} // namespace

TEST_CASE("README: With wait_until_available a refused call waits for its host, and spends no attempt on the "
          "wait.") {
    bb::testing::virtual_time time;
    support::breaker breaker{support::store{one_failure}};
    breaker.force_open_now("h", 10s);
    failing_operation operation{};
    auto const told = time.run(waiting(breaker, 10s).outcome("h", std::ref(operation)));
    CHECK(told);
    CHECK(told.attempts == 1);
    CHECK(time.elapsed() == 10s);
}

TEST_CASE("wait_until_available: a call whose host is open for longer than the limit is refused at once") {
    bb::testing::virtual_time time;
    support::breaker breaker{support::store{one_failure}};
    breaker.force_open_now("h", 10s);
    failing_operation operation{};
    auto const told = time.run(waiting(breaker, 10s - 1ms).outcome("h", std::ref(operation)));
    CHECK(told.end == retry_end::refused);
    CHECK(time.elapsed() == 0s);
    CHECK_THROWS_AS(time.run(waiting(breaker, 9s).retry("h", std::ref(operation))), bb::host_unavailable);
}

TEST_CASE("wait_until_available: the limit is for all waits of a call") {
    bb::testing::virtual_time time;
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 0, .reset_timeout = 10s}}};
    failing_operation operation{.failures = 100};
    // Each failure opens the host for 10 s, a second of which the retrier waits anyway.
    auto const told = time.run(waiting(breaker, 17s).outcome("h", std::ref(operation)));
    CHECK(told.end == retry_end::refused);
    CHECK(told.attempts == 2);
    CHECK(time.elapsed() >= 10s);
    CHECK(time.elapsed() < 11s);
    time.advance(1h);
    // Each wait for leave is longer by up to a tenth.
    auto const longer = time.run(waiting(breaker, 20s).outcome("h", std::ref(operation)));
    CHECK(longer.end == retry_end::stopped);
    CHECK(longer.attempts == 3);
}

TEST_CASE("wait_until_available: the deadline bounds it, too") {
    bb::testing::virtual_time time;
    support::breaker breaker{support::store{one_failure}};
    breaker.force_open_now("h", 10s);
    failing_operation operation{};
    auto const told = time.run(waiting(breaker, 1h).with_deadline(10s).outcome("h", std::ref(operation)));
    CHECK(told.end == retry_end::refused);
    CHECK(time.elapsed() == 0s);
    CHECK(time.run(waiting(breaker, 1h).with_deadline(11s).retry("h", std::ref(operation))) == 7);
}

TEST_CASE("wait_until_available: while others' probes are out it asks again, and passes once one has closed "
          "the host") {
    bb::testing::virtual_time time;
    host_being_probed host{time};
    bool done = false;
    auto const retrier = waiting(host.breaker, 10s);
    failing_operation operation{};
    asio::co_spawn(time.context(), retrier.retry("h", std::ref(operation)),
                   [&done](std::exception_ptr e, int) { done = !e; });
    time.advance(4s + 500ms);
    CHECK_FALSE(done);
    host.probe.permit().report_now(bb::verdict::success);
    time.advance(1s + 100ms);
    CHECK(done);
    CHECK(operation.calls == 1);
}

TEST_CASE(
    "wait_until_available: where the probes decide nothing the call is refused once the limit is over") {
    bb::testing::virtual_time time;
    host_being_probed host{time};
    auto const retrier = waiting(host.breaker, 10s);
    failing_operation operation{};
    auto const told = time.run(retrier.outcome("h", std::ref(operation)));
    CHECK(told.end == retry_end::refused);
    CHECK(told.took == 10s);
}

TEST_CASE(
    "wait_until_available: however long the limit, it asks every second whether the probes have decided") {
    bb::testing::virtual_time time;
    host_being_probed host{time};
    auto const retrier = waiting(host.breaker, 10h);
    bb::duration took{};
    auto const call = [&]() -> asio::awaitable<void> {
        co_await retrier.retry("h", failing_operation{});
        took = time.elapsed();
    };
    asio::co_spawn(time.context(), call(), asio::detached);
    time.advance(10ms);
    host.probe.permit().report_now(bb::verdict::success);
    time.run_until_idle();
    CHECK(took >= 2s);
    CHECK(took < 2s + 100ms);
}

TEST_CASE("wait_until_available: all of the limit is waited for while others probe") {
    bb::testing::virtual_time time;
    half_opening_breaker breaker{half_opening_breaker::store_type{opening_for(500ms)}};
    breaker.increment_failures_count_now("h");
    asio::co_spawn(
        time.context(),
        [](auto& b) -> asio::awaitable<void> {
            bb::testing::virtual_timer half_open{co_await asio::this_coro::executor, 500ms};
            co_await half_open.async_wait(asio::deferred);
            auto probe = b.acquire_now("h");
            bb::testing::virtual_timer long_call{co_await asio::this_coro::executor, 1h};
            co_await long_call.async_wait(asio::deferred);
        }(breaker),
        asio::detached);
    time.advance(1ms);
    auto const retrier = waiting(breaker, 10s);
    CHECK(time.run(retrier.outcome("h", failing_operation{})).took == 10s);
}

TEST_CASE(
    "wait_until_available: a wait that comes anyway, and outlasts the open time, needs none of the limit") {
    bb::testing::virtual_time time;
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 0, .reset_timeout = 10s}}};
    bb::retrier const retrier{bb::stop_after_attempt{3}, bb::retry_if_exception<>{}, bb::wait_fixed{30s},
                              breaker, retrier_options{.when_refused = bb::wait_until_available{0s}}};
    auto const told = time.run(retrier.outcome("h", failing_operation{.failures = 2}));
    CHECK(told);
    CHECK(told.took == 60s);
}

TEST_CASE("wait_until_available: cancelled in that wait the call ends at once") {
    bb::testing::virtual_time time;
    support::cancellable_call call{time};
    support::breaker breaker{support::store{one_failure}};
    breaker.force_open_now("h", 10s);
    failing_operation operation{};
    call.spawn(waiting(breaker, 1h).retry("h", std::ref(operation)));
    time.advance(5s);
    call.emit();
    CHECK(call.was_aborted());
    CHECK(operation.calls == 0);
}

TEST_CASE("wait_until_available: the observer is told of the wait") {
    bb::testing::virtual_time time;
    support::breaker breaker{support::store{one_failure}};
    breaker.force_open_now("h", 10s);
    std::vector<std::string> lines;
    auto const observer = [&lines](bb::retry_event const& event) {
        lines.push_back(support::printed(event));
    };
    bb::retrier const retrier{
        bb::stop_never{}, bb::retry_never{}, bb::wait_none{}, breaker,
        retrier_options{.observer = observer, .when_refused = bb::wait_until_available{10s}}};
    failing_operation operation{};
    CHECK(time.run(retrier.retry("h", std::ref(operation))) == 7);
    CHECK(lines == std::vector<std::string>{"h: waits 10s until attempt 1 may begin", "h: attempt 1",
                                            "h: attempt 1 ended as a success", "h: succeeded at attempt 1"});
}

TEST_CASE("wait_until_available: with a shared store the same") {
    bb::testing::virtual_time time;
    bb::circuit_breaker breaker{support::distant_store<bb::failure_count>{one_failure}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1s}, breaker,
                              retrier_options{.when_refused = bb::wait_until_available{1min}}};
    failing_operation operation{.failures = 3};
    CHECK(time.run(retrier.retry("h", std::ref(operation))) == 7);
    CHECK(operation.calls == 4);
}

TEST_CASE("wait_until_available: a limit below zero is refused by the retrier") {
    support::breaker breaker{support::store{one_failure}};
    CHECK_THROWS_WITH(
        waiting(breaker, -1s),
        Catch::Matchers::ContainsSubstring("wait_until_available.limit must be zero or more, but is -1s"));
}

} // namespace retrier_availability_test
