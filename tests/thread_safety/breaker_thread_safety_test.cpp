// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breakerbox.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;

namespace {

template <class Work>
void on_threads(int count, Work const& work) {
    std::vector<std::jthread> threads;
    for (int i = 0; i != count; ++i)
        threads.emplace_back([&work, i] { work(i); });
}

} // namespace

TEST_CASE("thread safety: no failure is lost, and a host opens with exactly one event") {
    std::atomic<int> opened = 0;
    auto const observer = [&opened](bb::breaker_event const& event) {
        if (event.what == bb::breaker_event::kind::state_changed)
            ++opened;
    };
    bb::circuit_breaker breaker{
        bb::memory_store{bb::failure_count{.max_failures = 1000, .reset_timeout = 1h}},
        {.observer = observer}};
    on_threads(8, [&](int) {
        for (int i = 0; i != 500; ++i)
            breaker.increment_failures_count_now("host");
    });
    CHECK(breaker.snapshot_now("host").failures == 4000);
    CHECK(opened == 1);
}

TEST_CASE("thread safety: max_hosts holds under the traffic of many threads, in one shard and in many") {
    for (std::size_t const max_hosts : {std::size_t{1}, std::size_t{7}, std::size_t{1100}}) {
        bb::circuit_breaker breaker{bb::memory_store{
            bb::failure_count{.max_failures = 1, .reset_timeout = 1h}, {.max_hosts = max_hosts}}};
        std::atomic<bool> exceeded = false;
        on_threads(8, [&](int thread) {
            for (int i = 0; i != 1500; ++i) {
                auto const host = std::to_string((thread % 4) * 1000 + i);
                breaker.increment_failures_count_now(host);
                (void)breaker.is_host_available_now(host);
                if (i % 10 == 0)
                    breaker.reset_now(host);
                if (breaker.store().size() > max_hosts)
                    exceeded = true;
            }
        });
        CHECK_FALSE(exceeded);
        CHECK(breaker.store().size() <= max_hosts);
    }
}

TEST_CASE("thread safety: every step of a breaker beside every other") {
    bb::circuit_breaker breaker{
        bb::memory_store{bb::failure_count{.max_failures = 3, .reset_timeout = 1ms}, {.max_hosts = 4}}};
    on_threads(8, [&](int thread) {
        for (int i = 0; i != 1000; ++i) {
            auto const host = std::to_string(i % 6);
            switch ((i + thread) % 6) {
            case 0:
                breaker.force_open_now(host, 1ms);
                break;
            case 1:
                breaker.reset_now(host);
                break;
            case 2:
                (void)breaker.snapshot_now(host);
                break;
            case 3:
                (void)breaker.is_host_available_now(host);
                break;
            case 4:
                breaker.increment_failures_count_now(host);
                break;
            default:
                if (auto admission = breaker.acquire_now(host))
                    admission.permit().report_now(bb::verdict::failure);
            }
        }
    });
    CHECK(breaker.store().size() <= 4);
}

TEST_CASE("thread safety: one retrier, 64 calls at once on a thread pool") {
    std::atomic<int> calls = 0;
    auto const flaky = [&calls](int const& number) -> asio::awaitable<int> {
        co_await asio::post(asio::deferred);
        if (++calls % 3 != 0)
            throw std::runtime_error("now and then");
        co_return number;
    };
    bb::circuit_breaker breaker{bb::memory_store{bb::failure_count{.max_failures = 1'000'000}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{},
                              bb::wait_random{0ms, 1ms} + bb::wait_decorrelated_jitter{1us, 100us}, breaker};
    std::atomic<int> succeeded = 0;
    asio::thread_pool pool{4};
    for (int i = 0; i != 64; ++i)
        asio::co_spawn(pool, retrier.retry("host", flaky, i),
                       [&succeeded, i](std::exception_ptr e, int value) {
                           if (!e && value == i)
                               ++succeeded;
                       });
    pool.join();
    CHECK(succeeded == 64);
    CHECK(breaker.snapshot_now("host").failures == static_cast<std::uint64_t>(calls - 64));
}
