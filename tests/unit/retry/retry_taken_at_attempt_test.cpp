// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include "support/cancellable_call.hpp"
#include "support/distant_store.hpp"
#include "support/failing_operation.hpp"
#include "support/virtual_breaker.hpp"
#include "support/virtual_budget.hpp"

#include <breakerbox/budget/budget.hpp>
#include <breakerbox/budget/retry_budget.hpp>
#include <breakerbox/budget/retry_throttle.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/result.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <optional>

namespace retry_taken_at_attempt_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::retry_end;
using support::failing_operation;
using support::host_down;
using support::retrier_options;
using support::virtual_budget;

namespace {

/// The outcomes of calls that are spawned together.
struct outcomes {
    bb::testing::virtual_time& time;
    std::deque<bb::call_outcome<int>> ended{};

    template <class Call>
    void spawn(Call call) {
        asio::co_spawn(
            time.context(),
            [](outcomes& all, Call c) -> asio::awaitable<void> {
                all.ended.push_back(co_await std::move(c));
            }(*this, std::move(call)),
            asio::detached);
    }

    int count(retry_end end) const {
        int found = 0;
        for (auto const& one : ended)
            found += int{one.end == end};
        return found;
    }
};

} // namespace

TEST_CASE("budget: a retry counts from its attempt on, however long its call has waited for leave before") {
    bb::testing::virtual_time time;
    virtual_budget budget{support::exactly(1, 10s)};
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 0, .reset_timeout = 29s}}};
    bb::retrier const patient{
        bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_none{}, breaker,
        retrier_options{.budget = &budget, .when_refused = bb::wait_until_available{30s}}};
    bb::retrier const other{bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_none{},
                            retrier_options{.budget = &budget}};
    outcomes all{time};
    all.spawn(patient.outcome("h", failing_operation{.failures = 9}));
    time.advance(30s);
    CHECK(all.ended.at(0).attempts == 2);
    time.advance(6s);
    all.spawn(other.outcome(failing_operation{.failures = 9}));
    time.run_until_idle();
    CHECK(all.ended.at(1).end == retry_end::budget_spent);
    CHECK(all.ended.at(1).attempts == 1);
}

TEST_CASE("budget: calls cancelled in their wait bring no retry back into a window that others have used") {
    bb::testing::virtual_time time;
    virtual_budget budget{support::exactly(100, 10s)};
    bb::retrier const slow{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1min},
                           retrier_options{.budget = &budget}};
    bb::retrier const quick{bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_none{},
                            retrier_options{.budget = &budget}};
    std::deque<support::cancellable_call> waiting;
    for (int i = 0; i != 100; ++i)
        waiting.emplace_back(time).spawn(slow.retry(failing_operation{.failures = 9}));
    time.advance(59s);
    failing_operation operation{.failures = 1'000'000};
    for (int i = 0; i != 150; ++i)
        (void)time.run(quick.outcome(std::ref(operation)));
    CHECK(operation.calls == 150 + 100);
    for (auto& call : waiting)
        call.emit();
    for (int i = 0; i != 150; ++i)
        (void)time.run(quick.outcome(std::ref(operation)));
    CHECK(operation.calls == 300 + 100);
}

TEST_CASE("budget: retries that the breaker refuses after the wait leave the budget to others, once") {
    bb::testing::virtual_time time;
    virtual_budget budget{support::exactly(10, 10s)};
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 100, .reset_timeout = 1h}}};
    bb::retrier const slow{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1min}, breaker,
                           retrier_options{.budget = &budget}};
    bb::retrier const quick{bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_none{},
                            retrier_options{.budget = &budget}};
    outcomes all{time};
    for (int i = 0; i != 10; ++i)
        all.spawn(slow.outcome("h", failing_operation{.failures = 9}));
    time.advance(59s);
    breaker.force_open_now("h");
    failing_operation operation{.failures = 1'000'000};
    for (int i = 0; i != 15; ++i)
        (void)time.run(quick.outcome(std::ref(operation)));
    time.advance(1s);
    CHECK(all.count(retry_end::refused) == 10);
    for (int i = 0; i != 15; ++i)
        (void)time.run(quick.outcome(std::ref(operation)));
    CHECK(operation.calls == 30 + 10);
}

TEST_CASE("budget: of calls that wait together so many retry as can be afforded when the wait is over") {
    bb::testing::virtual_time time;
    virtual_budget budget{support::exactly(3, 10s)};
    bb::retrier const retrier{bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_fixed{1min},
                              retrier_options{.budget = &budget}};
    outcomes all{time};
    for (int i = 0; i != 10; ++i)
        all.spawn(retrier.outcome(failing_operation{.failures = 9}));
    time.run_until_idle();
    CHECK(all.count(retry_end::stopped) == 3);
    CHECK(all.count(retry_end::budget_spent) == 7);
    auto const& poor = all.ended.back();
    CHECK(poor.end == retry_end::budget_spent);
    CHECK(poor.attempts == 1);
    CHECK(poor.took == 1min);
    CHECK(poor.exception() != nullptr);
    CHECK(poor.history.at(0).wait_after == 1min);
}

TEST_CASE("budget: where it is spent after the wait, the last error comes out in each way of telling") {
    bb::testing::virtual_time time;
    virtual_budget budget{support::exactly(1, 10s)};
    auto const options = retrier_options{.budget = &budget};
    auto const spend_after = [&](bb::duration wait) {
        asio::co_spawn(
            time.context(),
            [](auto& from, bb::duration after) -> asio::awaitable<void> {
                bb::retrier const spender{bb::stop_after_attempt{2}, bb::retry_if_exception<>{},
                                          bb::wait_fixed{after}, retrier_options{.budget = &from}};
                (void)co_await spender.outcome(failing_operation{.failures = 9});
            }(budget, wait),
            asio::detached);
    };
    bb::retrier const by_exception{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{20s},
                                   options};
    spend_after(19s);
    CHECK_THROWS_AS(time.run(by_exception.retry(failing_operation{.failures = 9})), host_down);

    auto not_reraised = options;
    not_reraised.reraise = false;
    bb::retrier const by_report{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{20s},
                                not_reraised};
    spend_after(19s);
    try {
        time.run(by_report.retry(failing_operation{.failures = 9}));
        FAIL("nothing was thrown");
    } catch (bb::retry_error const& e) {
        CHECK(e.code() == bb::errc::budget_spent);
        CHECK(e.attempts() == 1);
        CHECK_THROWS_AS(std::rethrow_exception(e.exception()), host_down);
    }

    auto const refused = []() -> asio::awaitable<boost::system::result<int>> {
        co_return boost::system::error_code{asio::error::connection_refused};
    };
    bb::retrier const by_value{bb::stop_never{}, bb::retry_if_error{}, bb::wait_fixed{20s}, options};
    spend_after(19s);
    CHECK(time.run(by_value.retry(refused)).error() == asio::error::connection_refused);

    bb::retrier const by_result{bb::stop_never{}, bb::retry_if_result{[](int v) { return v == 7; }},
                                bb::wait_fixed{20s}, options};
    spend_after(19s);
    auto const told = time.run(by_result.outcome(failing_operation{}));
    CHECK(told.end == retry_end::budget_spent);
    CHECK(told.value() == 7);
}

TEST_CASE("budget: a throttle that others have emptied during the wait ends the call after it") {
    bb::testing::virtual_time time;
    bb::shared_budget throttle{bb::retry_throttle{.tokens = 4, .ratio = 0.1}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1min},
                              retrier_options{.budget = &throttle}};
    outcomes all{time};
    all.spawn(retrier.outcome(failing_operation{.failures = 9}));
    time.advance(30s);
    CHECK(all.ended.empty());
    throttle.on_failure();
    throttle.on_failure();
    time.run_until_idle();
    CHECK(all.ended.at(0).end == retry_end::budget_spent);
    CHECK(all.ended.at(0).attempts == 1);
}

TEST_CASE("budget: a probe that can't be paid for gives its slot back") {
    bb::testing::virtual_time time;
    virtual_budget budget{support::exactly(1, 10s)};
    bb::circuit_breaker breaker{bb::memory_store<bb::consecutive_failures, bb::testing::virtual_clock>{
        {.threshold = 2, .recovery = {.probes = 1, .probe_lease = 1h}}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{20s}, breaker,
                              retrier_options{.budget = &budget}};
    outcomes all{time};
    all.spawn(retrier.outcome("h", failing_operation{.failures = 9}));
    time.advance(15s);
    breaker.force_open_now("h", 1s);
    CHECK(budget.take_retry());
    time.advance(5s);
    CHECK(all.ended.at(0).end == retry_end::budget_spent);
    CHECK(breaker.snapshot_now("h").state == bb::breaker_state::half_open);
    CHECK(breaker.snapshot_now("h").probes.out == 0);
    CHECK(breaker.acquire_now("h"));
}

TEST_CASE("budget: with a shared store the same") {
    bb::testing::virtual_time time;
    virtual_budget budget{support::exactly(1, 10s)};
    using store = support::distant_store<bb::consecutive_failures>;
    bb::circuit_breaker breaker{
        store{{.threshold = 1, .recovery = {.open_for = 1s, .probes = 1, .probe_lease = 1h}}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{20s}, breaker,
                              retrier_options{.budget = &budget}};
    outcomes all{time};
    all.spawn(retrier.outcome("h", failing_operation{.failures = 9}));
    time.advance(20s);
    CHECK(budget.take_retry());
    time.run_until_idle();
    CHECK(all.ended.at(0).end == retry_end::budget_spent);
    CHECK(all.ended.at(0).exception() != nullptr);
    CHECK(breaker.store().there->store.look("h").probes.out == 0);
}

TEST_CASE("budget: a value that is kept while a retry may be refused goes with the call's other endings") {
    bb::testing::virtual_time time;
    virtual_budget budget{support::exactly(1, 10s)};
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 100, .reset_timeout = 1h}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{20s}, breaker,
                              retrier_options{.budget = &budget}};
    outcomes all{time};
    all.spawn(retrier.outcome("h", failing_operation{.failures = 9}));
    time.advance(1s);
    breaker.force_open_now("h");
    time.run_until_idle();
    CHECK(all.ended.at(0).end == retry_end::refused);
    CHECK(all.ended.at(0).exception() == nullptr);
}

} // namespace retry_taken_at_attempt_test
