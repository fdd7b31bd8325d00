// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breakerbox.hpp>
#include <breakerbox/testing.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <iostream>

namespace storm_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::testing::virtual_clock;
using bb::testing::virtual_timer;
using boost::system::result;

namespace {

constexpr int calls = 10'000;
constexpr bb::duration outage = 1min;

/// A host that is down for the first minute, and how many attempts reach it meanwhile and afterwards.
struct host {
    int reached_while_down = 0;
    int reached = 0;

    asio::awaitable<result<int>> operator()() {
        ++reached;
        bool const down = virtual_clock::now().time_since_epoch() < outage;
        if (down)
            ++reached_while_down;
        virtual_timer answer{co_await asio::this_coro::executor, 20ms};
        co_await answer.async_wait(asio::deferred);
        if (down)
            co_return boost::system::error_code{asio::error::connection_refused};
        co_return 200;
    }
};

struct storm {
    int reached = 0;
    int reached_while_down = 0;
    int succeeded = 0;
};

/// 10,000 calls, spread over two minutes the first of which the host is down for.
template <class Call>
storm rage(Call call) {
    bb::testing::virtual_time time;
    host there;
    storm seen;
    for (int i = 0; i != calls; ++i)
        asio::co_spawn(
            time.context(),
            [](auto& make_call, host& called, int number, storm& result_of) -> asio::awaitable<void> {
                virtual_timer turn{co_await asio::this_coro::executor, number * (2 * outage) / calls};
                co_await turn.async_wait(asio::deferred);
                result<int> const answer = co_await make_call(called);
                result_of.succeeded += answer.has_value();
            }(call, there, i, seen),
            asio::detached);
    time.run_until_idle();
    seen.reached = there.reached;
    seen.reached_while_down = there.reached_while_down;
    return seen;
}

using options = bb::retrier_options<virtual_clock>;
auto const stop = bb::stop_after_attempt{4};
auto const retry_if = bb::retry_if_error{};
auto const wait = bb::wait_random_exponential{.multiplier = 200ms, .max = 5s};

} // namespace

TEST_CASE("storm: with budget and breaker few more calls reach a host that is down than are made") {
    bb::retrier const plain{stop, retry_if, wait, options{.seed = 1}};
    auto const unprotected = rage([&](host& there) { return plain.retry(std::ref(there)); });

    std::uint64_t probes = 0;
    std::uint64_t half_opened = 0;
    auto const observer = [&half_opened](bb::breaker_event const& event) {
        if (event.what == bb::breaker_event::kind::state_changed &&
            event.status.state == bb::breaker_state::half_open)
            ++half_opened;
    };
    bb::recovery const recovery{.open_for = 1s};
    bb::circuit_breaker breaker{
        bb::memory_store<bb::consecutive_failures, virtual_clock>{{.threshold = 20, .recovery = recovery}},
        {.observer = observer}};
    bb::shared_budget<bb::retry_budget, virtual_clock> budget{
        {.ratio = 0.2, .min_per_second = 1, .window = 10s}};
    bb::retrier const guarded{stop, retry_if, wait, breaker, options{.seed = 1, .budget = &budget}};
    auto const protected_by_both = rage([&](host& there) { return guarded.retry("host", std::ref(there)); });
    probes = half_opened * recovery.probes;

    auto const print = [](char const* name, storm const& seen) {
        std::cout << "storm, " << name << ": " << calls << " calls, " << seen.reached
                  << " attempts reached the host, " << seen.reached_while_down
                  << " of them while it was down; " << seen.succeeded << " calls succeeded\n";
    };
    print("plain retries", unprotected);
    print("with budget and breaker", protected_by_both);

    CHECK(unprotected.reached > calls * 2);
    CHECK(protected_by_both.reached < calls + calls / 4 + static_cast<int>(probes));
    // While the host is down, hardly anything reaches it.
    CHECK(protected_by_both.reached_while_down < 200 + static_cast<int>(probes));
    CHECK(protected_by_both.succeeded >= calls / 2 - calls / 50);
}

} // namespace storm_test
