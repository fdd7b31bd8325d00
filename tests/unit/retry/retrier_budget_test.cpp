// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include "support/cancellable_call.hpp"
#include "support/failing_operation.hpp"
#include "support/virtual_breaker.hpp"
#include "support/virtual_budget.hpp"

#include <breakerbox/budget/budget.hpp>
#include <breakerbox/budget/retry_budget.hpp>
#include <breakerbox/budget/retry_throttle.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>

#include <catch2/catch_test_macros.hpp>

#include <functional>

namespace retrier_budget_test {

using namespace std::chrono_literals;
namespace bb = breakerbox;
using bb::retry_end;
using support::failing_operation;
using support::host_down;
using support::retrier_options;
using support::virtual_budget;

TEST_CASE("budget: 10,000 calls that fail make as many retries as the ratio allows, and not one more") {
    bb::testing::virtual_time time;
    virtual_budget budget{{.ratio = 0.6, .min_per_second = 0, .window = 10s}};
    bb::retrier const retrier{bb::stop_after_attempt{3}, bb::retry_if_exception<>{}, bb::wait_none{},
                              retrier_options{.budget = &budget}};
    failing_operation operation{.failures = 1'000'000};
    for (int i = 0; i != 10'000; ++i)
        (void)time.run(retrier.outcome(std::ref(operation)));
    CHECK(operation.calls == 16'000);
}

TEST_CASE("budget: where it is spent, the last exception comes out, without a wait") {
    bb::testing::virtual_time time;
    virtual_budget budget{support::exactly(1, 1s)};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{100ms},
                              retrier_options{.budget = &budget}};
    failing_operation operation{.failures = 100};
    CHECK_THROWS_AS(time.run(retrier.retry(std::ref(operation))), host_down);
    CHECK(operation.calls == 2);
    CHECK(time.elapsed() == 100ms);
    CHECK(time.run(retrier.outcome(std::ref(operation))).end == retry_end::budget_spent);
}

TEST_CASE("budget: it is shared by retriers, and composes with the other stop rules") {
    bb::testing::virtual_time time;
    virtual_budget budget{support::exactly(3, 1s)};
    bb::retrier const twice{bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_none{},
                            retrier_options{.budget = &budget}};
    bb::retrier const for_ever{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_none{},
                               retrier_options{.budget = &budget}};
    failing_operation operation{.failures = 100};
    CHECK(time.run(twice.outcome(std::ref(operation))).end == retry_end::stopped);
    CHECK(budget.available() == 2);
    auto const told = time.run(for_ever.outcome(std::ref(operation)));
    CHECK(told.end == retry_end::budget_spent);
    CHECK(told.attempts == 3);
    CHECK(told.error() == bb::errc::budget_spent);
}

TEST_CASE("budget: a call that waits holds no retry, and takes none if it is cancelled there") {
    bb::testing::virtual_time time;
    support::cancellable_call call{time};
    virtual_budget budget{{.ratio = 0, .min_per_second = 1, .window = 1min}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{10s},
                              retrier_options{.budget = &budget}};
    failing_operation operation{.failures = 100};
    auto const before = budget.available();
    call.spawn(retrier.retry(std::ref(operation)));
    time.advance(1s);
    CHECK(budget.available() == before);
    call.emit();
    CHECK(call.was_aborted());
    CHECK(budget.available() == before);
}

TEST_CASE("budget: a retry that the breaker refuses takes nothing") {
    bb::testing::virtual_time time;
    virtual_budget budget{{.ratio = 0, .min_per_second = 1, .window = 1min}};
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 0, .reset_timeout = 10s}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1s}, breaker,
                              retrier_options{.budget = &budget}};
    failing_operation operation{.failures = 100};
    auto const before = budget.available();
    CHECK_THROWS_AS(time.run(retrier.retry("h", std::ref(operation))), bb::host_unavailable);
    CHECK(budget.available() == before);
}

TEST_CASE("budget: a call that is refused pays for no retry") {
    bb::testing::virtual_time time;
    virtual_budget budget{{.ratio = 1, .min_per_second = 0, .window = 1min}};
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 0, .reset_timeout = 10s}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1s}, breaker,
                              retrier_options{.budget = &budget}};
    failing_operation operation{};
    breaker.force_open_now("h");
    CHECK(time.run(retrier.outcome("h", std::ref(operation))).end == retry_end::refused);
    CHECK(budget.available() == 0);
    breaker.reset_now("h");
    CHECK(time.run(retrier.retry("h", std::ref(operation))) == 7);
    CHECK(budget.available() == 1);
}

TEST_CASE("budget: a throttle lets a failing host have few retries, and is filled by successes") {
    bb::testing::virtual_time time;
    bb::shared_budget throttle{bb::retry_throttle{.tokens = 10, .ratio = 0.5}};
    bb::retrier const retrier{bb::stop_after_attempt{100}, bb::retry_if_exception<>{}, bb::wait_none{},
                              retrier_options{.budget = &throttle}};
    failing_operation failing{.failures = 1000};
    CHECK(time.run(retrier.outcome(std::ref(failing))).attempts ==
          5); // 9, 8, 7 and 6 allow one more, 5 doesn't
    CHECK(time.run(retrier.outcome(std::ref(failing))).attempts == 1);
    failing_operation healthy{};
    for (int i = 0; i != 6; ++i)
        (void)time.run(retrier.outcome(std::ref(healthy)));
    CHECK(time.run(retrier.outcome(std::ref(failing))).attempts == 2); // from 7 to 6, which allows one, to 5
}

} // namespace retrier_budget_test
