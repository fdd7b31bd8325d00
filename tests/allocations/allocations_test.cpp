// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breakerbox.hpp>

#include "support/counted_allocations.hpp"

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/result.hpp>

#include <dlfcn.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <utility>

namespace allocations_test {

// A program of its own, since it counts all allocations.

namespace {

std::atomic<int> throws = 0;

} // namespace

// Stands before the standard library's, under a name that the compiler knows nothing of.
extern "C" [[noreturn]] void counted_throw(void* thrown, void* type,
                                           void (*destroy)(void*)) asm("__cxa_throw");
void counted_throw(void* thrown, void* type, void (*destroy)(void*)) {
    ++throws;
    static auto const original = reinterpret_cast<decltype(&counted_throw)>(dlsym(RTLD_NEXT, "__cxa_throw"));
    original(thrown, type, destroy);
    std::abort();
}

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using support::allocations;
using support::until_failure;

namespace {

/// A clock that must not be read.
struct forbidden_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<forbidden_clock>;
    static inline int readings = 0;
    static time_point now() {
        ++readings;
        return {};
    }
};

asio::awaitable<int> succeed() {
    co_return 1;
}

using boost::system::error_code;
using boost::system::result;

asio::awaitable<result<int>> return_an_error() {
    co_return error_code{asio::error::connection_reset};
}

/// The allocations of 100 calls, once Asio has the frames that it keeps.
template <class Call>
int allocations_of(Call call) {
    int counted = -1;
    asio::io_context context;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            co_await call();
            auto const before = allocations.load();
            for (int i = 0; i != 100; ++i)
                co_await call();
            counted = static_cast<int>(allocations - before);
        },
        [](std::exception_ptr e) {
            if (e)
                std::rethrow_exception(e);
        });
    context.run();
    return counted;
}

template <class T>
T result_of(asio::awaitable<T> call) {
    asio::io_context context;
    auto ended = asio::co_spawn(context, std::move(call), asio::use_future);
    context.run();
    return ended.get();
}

} // namespace

TEST_CASE("allocations: a healthy call through the retrier makes none, and reads no clock") {
    bb::retrier<bb::stop_after_attempt, bb::retry_if_exception<>, bb::wait_exponential_jitter, bb::no_breaker,
                forbidden_clock> const retrier{bb::stop_after_attempt{4}, bb::retry_if_exception<>{},
                                               bb::wait_exponential_jitter{}};
    CHECK(allocations_of([&] { return retrier.retry(succeed); }) == 0);
    CHECK(forbidden_clock::readings == 0);
}

TEST_CASE("allocations: a healthy call with a breaker makes none, and reads no clock") {
    bb::circuit_breaker breaker{bb::memory_store<bb::failure_count, forbidden_clock>{bb::failure_count{}}};
    bb::retrier<bb::stop_after_attempt, bb::retry_if_exception<>, bb::wait_exponential_jitter,
                decltype(breaker), forbidden_clock> const retrier{
        bb::stop_after_attempt{4}, bb::retry_if_exception<>{}, bb::wait_exponential_jitter{}, breaker};
    auto const host = std::string(64, 'h');
    CHECK(allocations_of([&] { return retrier.retry(host, succeed); }) == 0);
    CHECK(forbidden_clock::readings == 0);
}

TEST_CASE("allocations: a healthy call makes none while another host fails") {
    bb::circuit_breaker breaker{bb::memory_store{bb::failure_count{}}};
    breaker.increment_failures_count_now("another");
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_if_exception<>{}, bb::wait_fixed{1s},
                              breaker};
    CHECK(allocations_of([&] { return retrier.retry("host", succeed); }) == 0);
}

TEST_CASE("allocations: a call with arguments makes none") {
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_if_exception<>{}, bb::wait_fixed{1s}};
    auto const add = [](int a, int const& b) -> asio::awaitable<int> { co_return a + b; };
    CHECK(allocations_of([&] { return retrier.retry(add, 1, 2); }) == 0);
}

TEST_CASE("allocations: by value, a refusal makes none and throws nothing") {
    bb::circuit_breaker breaker{bb::memory_store{bb::failure_count{}}};
    breaker.force_open_now("host");
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_if_error{}, bb::wait_fixed{1s}, breaker};
    auto const before = throws.load();
    CHECK(allocations_of([&] { return retrier.retry("host", return_an_error); }) == 0);
    CHECK(throws == before);
    CHECK(result_of(retrier.retry("host", return_an_error)).error() == bb::errc::host_unavailable);
}

TEST_CASE("allocations: by value, four failed attempts make none and throw nothing") {
    bb::circuit_breaker breaker{bb::memory_store{bb::failure_count{.max_failures = 1'000'000}}};
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_if_error{asio::error::connection_reset},
                              bb::wait_none{}, breaker};
    auto const before = throws.load();
    CHECK(allocations_of([&] { return retrier.retry("host", return_an_error); }) == 0);
    CHECK(throws == before);
    CHECK(breaker.snapshot_now("host").failures == 404);
    CHECK(result_of(retrier.retry("host", return_an_error)).error() == asio::error::connection_reset);
}

TEST_CASE("allocations: by value, a spent budget makes none and throws nothing") {
    bb::shared_budget budget{bb::retry_budget{.ratio = 0, .min_per_second = 0}};
    bb::retrier const retrier{
        bb::stop_never{}, bb::retry_if_error{}, bb::wait_fixed{1s}, {.budget = &budget}};
    auto const before = throws.load();
    CHECK(allocations_of([&] { return retrier.retry(return_an_error); }) == 0);
    CHECK(throws == before);
    CHECK(result_of(retrier.outcome(return_an_error)).end == bb::retry_end::budget_spent);
}

TEST_CASE(
    "allocations: the counters count what is thrown and what is new, and frames too large for Asio to keep") {
    auto const before = allocations.load();
    ::operator delete(::operator new(1));
    auto const after = allocations.load();
    CHECK(after == before + 1);

    auto const thrown_before = throws.load();
    try {
        throw 1;
    } catch (int) {
    }
    CHECK(throws == thrown_before + 1);

    auto const in_a_large_frame = []() -> asio::awaitable<char> {
        std::array<char volatile, 2000> kept{};
        auto const place = static_cast<std::size_t>(co_await succeed());
        co_return kept[place];
    };
    CHECK(allocations_of(in_a_large_frame) >= 100);
}

TEST_CASE("allocations: none that fails costs a probe's slot, or a failure once it is counted") {
    auto const host = std::string(100, 'h');
    int failed = 0;
    for (int n = 0; n != 30; ++n) {
        bb::circuit_breaker breaker{
            bb::memory_store{bb::consecutive_failures{
                .threshold = 1, .recovery = {.open_for = 1us, .failures_to_reopen = 2}}},
            {.observer = [](bb::breaker_event const&) {}, .failure_texts = 4}};
        breaker.increment_failures_count_now(host);
        while (!breaker.is_host_available_now(host)) {
        }
        until_failure = n;
        try {
            auto admission = breaker.acquire_now(host);
            if (admission)
                admission.permit().report_now(bb::verdict::failure,
                                              "a text that is too long to be kept in a string");
        } catch (std::bad_alloc const&) {
            ++failed;
        }
        until_failure = -1;
        auto const seen = breaker.snapshot_now(host);
        CHECK(seen.probes.out == 0);
        CHECK(seen.probes.failures == (seen.state == bb::breaker_state::half_open ? 1 : 0));
    }
    CHECK(failed > 0);
    CHECK(failed < 30);
}

} // namespace allocations_test
