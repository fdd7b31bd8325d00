// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/budget/budget.hpp>
#include <breakerbox/budget/retry_budget.hpp>
#include <breakerbox/budget/retry_throttle.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_rate.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/testing.hpp>

#include "support/distant_store.hpp"
#include "support/failing_operation.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>

namespace client_shutdown_test {

// As in README's "A whole client": the context is made before the client, and destroys the calls that still wait when
// the client has gone. A sanitizer of addresses sees what they touch then.

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using support::failing_operation;

namespace {

/// Waits for an hour in its first attempt.
struct hanging_operation {
    asio::awaitable<int> operator()() const {
        asio::steady_timer hour{co_await asio::this_coro::executor, 1h};
        co_await hour.async_wait(asio::deferred);
        co_return 7;
    }
};

/// All that a call may refer to, destroyed before the context that runs the call.
template <class Rule, class BudgetRule>
struct client {
    using breaker_type = bb::circuit_breaker<bb::memory_store<Rule>>;

    // On the heap each, so that a look at one that has gone is a use after free.
    struct parts {
        std::string log;
        std::function<void(bb::retry_event const&)> observer = [this](bb::retry_event const&) { log += '.'; };
        std::function<bool(bb::attempt const&)> stop = [](bb::attempt const&) { return false; };
        std::function<bool(bb::outcome const&)> retry_if = [](bb::outcome const& o) { return o.has_error(); };
        std::function<bb::duration(bb::attempt const&)> wait = [](bb::attempt const&) { return 1h; };
        bb::shared_budget<BudgetRule> budget{BudgetRule{}};
    };

    explicit client(Rule rule) : breaker(std::make_unique<breaker_type>(bb::memory_store<Rule>{rule})) {}

    auto retrier() const {
        return bb::retrier{std::ref(of->stop),
                           std::ref(of->retry_if),
                           std::ref(of->wait),
                           *breaker,
                           {.observer = std::ref(of->observer),
                            .budget = &of->budget,
                            .when_refused = bb::wait_until_available{1h}}};
    }

    std::unique_ptr<parts> of = std::make_unique<parts>();
    std::unique_ptr<breaker_type> breaker;
};

template <class Rule, class BudgetRule>
struct kind {
    using rule = Rule;
    using budget_rule = BudgetRule;
};

} // namespace

TEMPLATE_TEST_CASE(
    "shutdown: a call that waits between attempts, in one or for leave is destroyed after its client", "",
    (kind<bb::consecutive_failures, bb::retry_budget>), (kind<bb::failure_rate, bb::retry_throttle>)) {
    asio::io_context context;
    {
        client<typename TestType::rule, typename TestType::budget_rule> gone{{}};
        auto const retrier = gone.retrier();
        asio::co_spawn(context, retrier.retry("h", failing_operation{.failures = 9}), asio::detached);
        asio::co_spawn(context, retrier.retry("h", hanging_operation{}), asio::detached);
        asio::co_spawn(context, retrier.outcome("h", bb::with_timeout(1h, hanging_operation{})),
                       asio::detached);
        context.poll();
        gone.breaker->force_open_now("h", 30min);
        asio::co_spawn(context, retrier.outcome("h", hanging_operation{}), asio::detached);
        context.poll();
        context.stop();
    }
    SUCCEED();
}

TEST_CASE("shutdown: a probe and a retry that are under way are destroyed after their client") {
    asio::io_context context;
    {
        client<bb::consecutive_failures, bb::retry_budget> gone{
            {.threshold = 1, .recovery = {.open_for = 1us}}};
        gone.of->wait = [](bb::attempt const&) { return 0s; };
        auto const retrier = gone.retrier();
        auto const then_hanging = [calls = 0]() mutable -> asio::awaitable<int> {
            if (++calls == 1)
                throw support::host_down{"once"};
            return hanging_operation{}();
        };
        asio::co_spawn(context, retrier.retry("h", then_hanging), asio::detached);
        while (gone.breaker->snapshot_now("h").probes.out == 0)
            context.poll();
        context.stop();
    }
    SUCCEED();
}

TEST_CASE("shutdown: with a shared store the same, whatever step is on its way") {
    for (auto const when :
         std::initializer_list<bb::duration>{500ms, 1500ms, 2500ms, 3500ms, 4500ms, 60min}) {
        bb::testing::virtual_time time;
        auto budget = std::make_unique<bb::shared_budget<bb::retry_budget, bb::testing::virtual_clock>>(
            bb::retry_budget{});
        using store = support::distant_store<bb::consecutive_failures>;
        auto breaker = std::make_unique<bb::circuit_breaker<store>>(store{bb::consecutive_failures{}});
        bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, bb::wait_fixed{2h}, *breaker,
                                  bb::retrier_options<bb::testing::virtual_clock>{.budget = budget.get()}};
        asio::co_spawn(time.context(), retrier.retry("h", failing_operation{.failures = 9}), asio::detached);
        time.advance(when);
        budget.reset();
        breaker.reset();
    }
    SUCCEED();
}

} // namespace client_shutdown_test
