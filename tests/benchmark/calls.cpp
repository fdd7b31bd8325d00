// SPDX-License-Identifier: BSL-1.0
//
// What a guarded call costs, against a bare one with a coroutine frame around it, or against one throw and catch.
#include "in_coroutine.hpp"
#include "suites.hpp"

#include <breakerbox/breakerbox.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <string>

namespace costs {

namespace {

namespace bb = breakerbox;
using namespace std::chrono_literals;
using boost::system::error_code;
using boost::system::result;

// Of a usual length, and too long for a std::string to keep without an allocation.
constexpr auto host = "api.example.com:8443";

asio::awaitable<int> succeed() {
    co_return 1;
}

asio::awaitable<int> fail() {
    throw boost::system::system_error{asio::error::connection_reset};
    co_return 1;
}

asio::awaitable<result<int>> fail_by_value() {
    co_return error_code{asio::error::connection_reset};
}

asio::awaitable<int> bare_call() {
    co_return co_await succeed();
}

/// 1000 hosts beside the one that is called.
template <class Rule>
void let_others_fail(bb::circuit_breaker<bb::memory_store<Rule>>& breaker) {
    for (int i = 0; i != 1000; ++i)
        breaker.increment_failures_count_now("host-" + std::to_string(i) + ".example.com");
}

/// A breaker whose host fails as often as it likes.
constexpr bb::failure_count patient{.max_failures = 4'000'000'000, .reset_timeout = 1h};
constexpr bb::memory_store_options room{.max_hosts = 2000};

template <class Rule>
void healthy_call(benchmark::State& state, Rule rule, bool others_fail) {
    bb::circuit_breaker breaker{bb::memory_store{rule, room}};
    if (others_fail)
        let_others_fail(breaker);
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_if_exception<>{}, bb::wait_none{},
                              breaker};
    loop_in_coroutine(state, [&] { return retrier.retry(host, succeed); });
}

void throw_and_catch(benchmark::State& state) {
    loop_in_coroutine(state, []() -> asio::awaitable<void> {
        try {
            co_await fail();
        } catch (std::exception const& e) {
            benchmark::DoNotOptimize(&e);
        }
    });
}

template <class Operation, class RetryIf>
void open_or_failing(benchmark::State& state, bool is_open, Operation operation, RetryIf retry_if) {
    bb::circuit_breaker breaker{bb::memory_store{patient, room}};
    let_others_fail(breaker);
    if (is_open)
        breaker.force_open_now(host);
    bb::retrier const retrier{bb::stop_after_attempt{4}, retry_if, bb::wait_none{}, breaker};
    loop_in_coroutine(state, [&]() -> asio::awaitable<void> {
        try {
            co_await retrier.retry(host, operation);
        } catch (std::exception const& e) {
            benchmark::DoNotOptimize(&e);
        }
    });
}

// Without a handler around them, which is a frame more.
void by_value(benchmark::State& state, bool is_open) {
    bb::circuit_breaker breaker{bb::memory_store{patient, room}};
    let_others_fail(breaker);
    if (is_open)
        breaker.force_open_now(host);
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_if_error{}, bb::wait_none{}, breaker};
    loop_in_coroutine(state, [&] { return retrier.retry(host, fail_by_value); });
}

} // namespace

void add_calls(suite& all) {
    auto const bare = all.measure("bare call", [](auto& s) { loop_in_coroutine(s, bare_call); });
    auto const thrown = all.measure("throw and catch", throw_and_catch);

    all.rows.push_back(
        {.what = "healthy call, nothing failing anywhere / bare call",
         .measured = all.measure("healthy call", [](auto& s) { healthy_call(s, patient, false); }),
         .against = bare,
         .reach = bound{1.06},
         .most_allocations = 0});
    all.rows.push_back({.what = "healthy call, 1000 others failing / bare call",
                        .measured = all.measure("healthy call, 1000 others failing",
                                                [](auto& s) { healthy_call(s, patient, true); }),
                        .against = bare,
                        .reach = bound{1.15},
                        .most_allocations = 0});
    all.rows.push_back(
        {.what = "healthy call, consecutive_failures / bare call",
         .measured = all.measure("healthy call, consecutive_failures",
                                 [](auto& s) { healthy_call(s, bb::consecutive_failures{}, false); }),
         .against = bare,
         .most_allocations = 0});
    all.rows.push_back({.what = "healthy call, failure_rate / bare call",
                        .measured = all.measure("healthy call, failure_rate",
                                                [](auto& s) { healthy_call(s, bb::failure_rate{}, false); }),
                        .against = bare,
                        .most_allocations = 0});
    all.rows.push_back({.what = "refusal by value, 1000 hosts tracked / bare call",
                        .measured = all.measure("refusal by value", [](auto& s) { by_value(s, true); }),
                        .against = bare,
                        .reach = bound{1.7},
                        .most_allocations = 0});
    all.rows.push_back({.what = "refusal by exception / throw and catch",
                        .measured = all.measure(
                            "refusal by exception",
                            [](auto& s) { open_or_failing(s, true, succeed, bb::retry_if_exception<>{}); }),
                        .against = thrown,
                        .reach = bound{1.0},
                        .most_allocations = 3});
    all.rows.push_back(
        {.what = "four failed attempts by value, counted / bare call",
         .measured = all.measure("four failed attempts by value", [](auto& s) { by_value(s, false); }),
         .against = bare,
         .reach = bound{8},
         .most_allocations = 0});
    all.rows.push_back({.what = "four failed attempts by exception, counted / throw and catch",
                        .measured = all.measure(
                            "four failed attempts by exception",
                            [](auto& s) { open_or_failing(s, false, fail, bb::retry_if_exception<>{}); }),
                        .against = thrown,
                        .reach = bound{4.8}});
    all.rows.push_back({.what = "system calls in three waits of zero",
                        .measured = "four failed attempts by value",
                        .kind = figure::counter,
                        .unit = "system calls",
                        .reach = bound{0}});
}

} // namespace costs
