// SPDX-License-Identifier: BSL-1.0
//
// What a breaker adds to a call, and what it costs where hosts fail. Compare rows of one run with each other; or, with
// compare_revisions, this program with itself, built from another revision's headers. For revisions that know no other
// rule: BREAKERBOX_BENCHMARK_FAILURE_COUNT_ONLY.

#include <breakerbox/breakerbox.hpp>

#include <benchmark/benchmark.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <string>

namespace asio = boost::asio;
namespace bb = breakerbox;
using namespace std::chrono_literals;

namespace {

// Of a usual length, and too long for a std::string to keep without an allocation.
constexpr auto host = "api.example.com:8443";

asio::awaitable<int> succeed() {
    co_return 1;
}

/// Runs the benchmark's loop in a coroutine, as calls are made in a service.
template <class Call>
void run_in_coroutine(benchmark::State& state, Call call) {
    asio::io_context context;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            for (auto _ : state)
                benchmark::DoNotOptimize(co_await call());
        },
        [](std::exception_ptr e) {
            if (e)
                std::rethrow_exception(e);
        });
    context.run();
}

/// 1000 hosts beside the one that is called.
template <class Rule>
void let_others_fail(bb::circuit_breaker<bb::memory_store<Rule>>& breaker) {
    for (int i = 0; i != 1000; ++i)
        breaker.increment_failures_count_now("host-" + std::to_string(i) + ".example.com");
}

template <class Rule>
void healthy_call(benchmark::State& state, Rule rule, bool others_fail) {
    bb::circuit_breaker breaker{bb::memory_store{rule, {.max_hosts = 2000}}};
    if (others_fail)
        let_others_fail(breaker);
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_if_exception<>{}, bb::wait_none{},
                              breaker};
    run_in_coroutine(state, [&] { return retrier.retry(host, succeed); });
}

void bare_call(benchmark::State& state) {
    run_in_coroutine(state, []() -> asio::awaitable<int> { co_return co_await succeed(); });
}

template <class Rule>
void permit_and_success(benchmark::State& state, Rule rule, bool others_fail) {
    bb::circuit_breaker breaker{bb::memory_store{rule, {.max_hosts = 2000}}};
    if (others_fail)
        let_others_fail(breaker);
    for (auto _ : state) {
        auto admission = breaker.acquire_now(host);
        admission.permit().report_now(bb::verdict::success);
    }
}

template <class Rule>
void refusal(benchmark::State& state, Rule rule) {
    bb::circuit_breaker breaker{bb::memory_store{rule, {.max_hosts = 2000}}};
    let_others_fail(breaker);
    breaker.force_open_now(host);
    for (auto _ : state) {
        auto admission = breaker.acquire_now(host);
        benchmark::DoNotOptimize(static_cast<bool>(admission));
    }
}

template <class Rule>
void failure(benchmark::State& state, Rule rule) {
    bb::circuit_breaker breaker{bb::memory_store{rule, {.max_hosts = 2000}}};
    let_others_fail(breaker);
    for (auto _ : state)
        benchmark::DoNotOptimize(breaker.increment_failures_count_now(host));
}

template <class Rule>
void new_host_with_eviction(benchmark::State& state, Rule rule) {
    bb::circuit_breaker breaker{bb::memory_store{rule, {.max_hosts = 1000}}};
    let_others_fail(breaker);
    int i = 0;
    for (auto _ : state)
        breaker.increment_failures_count_now("new-" + std::to_string(i++) + ".example.com");
}

constexpr bb::failure_count failure_count{.max_failures = 1'000'000, .reset_timeout = 1h};
#ifndef BREAKERBOX_BENCHMARK_FAILURE_COUNT_ONLY
constexpr bb::consecutive_failures consecutive_failures{.threshold = 1'000'000'000};
constexpr bb::failure_rate failure_rate_of_span{.window = 10s};
constexpr bb::failure_rate failure_rate_of_calls{.window = 100};
#endif

} // namespace

BENCHMARK(bare_call);

BENCHMARK_CAPTURE(healthy_call, failure_count, failure_count, false);
BENCHMARK_CAPTURE(healthy_call, failure_count_others_fail, failure_count, true);
BENCHMARK_CAPTURE(permit_and_success, failure_count, failure_count, false);
BENCHMARK_CAPTURE(permit_and_success, failure_count_others_fail, failure_count, true);
BENCHMARK_CAPTURE(refusal, failure_count, failure_count);
BENCHMARK_CAPTURE(failure, failure_count, failure_count);
BENCHMARK_CAPTURE(new_host_with_eviction, failure_count, failure_count);
#ifndef BREAKERBOX_BENCHMARK_FAILURE_COUNT_ONLY
BENCHMARK_CAPTURE(healthy_call, consecutive_failures, consecutive_failures, false);
BENCHMARK_CAPTURE(healthy_call, consecutive_failures_others_fail, consecutive_failures, true);
BENCHMARK_CAPTURE(healthy_call, failure_rate_of_span, failure_rate_of_span, false);
BENCHMARK_CAPTURE(healthy_call, failure_rate_of_calls, failure_rate_of_calls, false);
BENCHMARK_CAPTURE(permit_and_success, consecutive_failures, consecutive_failures, false);
BENCHMARK_CAPTURE(permit_and_success, failure_rate_of_span, failure_rate_of_span, false);
BENCHMARK_CAPTURE(refusal, consecutive_failures, consecutive_failures);
BENCHMARK_CAPTURE(failure, consecutive_failures, consecutive_failures);
#endif

BENCHMARK_MAIN();
