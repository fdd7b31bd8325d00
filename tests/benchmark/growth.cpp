// SPDX-License-Identifier: BSL-1.0
//
// How cost grows with the calls in flight and with the window of calls.
#include "in_coroutine.hpp"
#include "suites.hpp"

#include <breakerbox/breakerbox.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace costs {

namespace {

namespace bb = breakerbox;

constexpr auto host = "api.example.com:8443";

/// An operation that lets the other calls get on before it ends.
asio::awaitable<int> give_way() {
    co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
    co_return 1;
}

template <class Once>
asio::awaitable<void> repeat(Once const& once, std::size_t times) {
    for (std::size_t i = 0; i != times; ++i)
        co_await once();
}

/// So many coroutines on one thread, each of which makes call after call.
template <class Once>
void in_flight(benchmark::State& state, std::size_t coroutines, Once once) {
    constexpr std::size_t calls = 10'000;
    asio::io_context context{1};
    for (auto _ : state) {
        auto const began = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i != coroutines; ++i)
            asio::co_spawn(context, repeat(once, calls / coroutines), rethrow);
        context.restart();
        context.run();
        state.SetIterationTime(
            std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count() / calls);
    }
}

void guarded_in_flight(benchmark::State& state, std::size_t coroutines) {
    bb::circuit_breaker breaker{bb::memory_store{bb::failure_count{}}};
    breaker.increment_failures_count_now("other.example.com");
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_if_exception<>{}, bb::wait_none{},
                              breaker};
    in_flight(state, coroutines, [&] { return retrier.retry(host, give_way); });
}

asio::awaitable<int> bare_call() {
    co_return co_await give_way();
}

/// Calls that are counted in a window of so many, which is full.
void counted_call(benchmark::State& state, std::int64_t window) {
    bb::circuit_breaker breaker{bb::memory_store{bb::failure_rate{.minimum_calls = 1, .window = window}}};
    auto const call = [&] {
        auto admission = breaker.acquire_now(host);
        admission.permit().report_now(bb::verdict::success);
    };
    for (std::int64_t i = 0; i != window; ++i)
        call();
    counted_loop const counted{state};
    for (auto _ : state)
        call();
}

} // namespace

void add_growth(suite& all) {
    curve guarded{"call that gives way once", "guarded calls in flight", {}};
    curve bare{"the same call, bare", "bare calls in flight", {}};
    for (std::size_t const coroutines : {1U, 10U, 100U, 1000U}) {
        auto const suffix = " in flight " + std::to_string(coroutines);
        guarded.points.emplace_back(coroutines, all.measure_told("guarded" + suffix, [=](auto& s) {
            guarded_in_flight(s, coroutines);
        }));
        bare.points.emplace_back(coroutines, all.measure_told("bare" + suffix, [=](auto& s) {
            in_flight(s, coroutines, bare_call);
        }));
    }
    all.curves.push_back(guarded);
    all.curves.push_back(bare);

    curve window{"permit and report, failure_rate", "calls in the window", {}};
    for (std::int64_t const calls : {10, 100, 1000, 10'000})
        window.points.emplace_back(
            static_cast<std::size_t>(calls),
            all.measure("window of " + std::to_string(calls), [=](auto& s) { counted_call(s, calls); }));
    all.curves.push_back(window);
}

} // namespace costs
