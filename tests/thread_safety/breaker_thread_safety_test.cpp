// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breakerbox.hpp>

#include "support/on_threads.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace breaker_thread_safety_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using support::on_threads;

namespace {

/// A clock that the test moves.
struct shared_clock {
    using duration = std::chrono::microseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<shared_clock>;
    static inline std::atomic<rep> ticks = 0;
    static time_point now() { return time_point{duration{ticks.load()}}; }
};

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

TEMPLATE_TEST_CASE(
    "thread safety: 8 threads on one host, through trip, half-open and closing, again and again", "",
    bb::consecutive_failures, bb::failure_rate) {
    constexpr int threads = 8;
    constexpr int cycles = 200;
    constexpr std::uint32_t probes = 3;
    bb::recovery const recovery{
        .open_for = 1s, .probes = probes, .successes_to_close = 20, .probe_lease = 1h};
    auto const rule = [&] {
        if constexpr (std::is_same_v<TestType, bb::failure_rate>)
            return bb::failure_rate{.threshold = 1, .minimum_calls = 20, .window = 100, .recovery = recovery};
        else
            return bb::consecutive_failures{.threshold = 20, .recovery = recovery};
    }();
    using store = bb::memory_store<TestType, shared_clock>;
    struct heard_change {
        bb::breaker_state from;
        bb::breaker_state to;
    };
    std::vector<heard_change> heard; // without a lock: changes are told one after the other
    auto const observer = [&heard](bb::breaker_event const& event) {
        if (event.what == bb::breaker_event::kind::state_changed)
            heard.push_back({event.from, event.status.state});
    };
    bb::circuit_breaker<store> breaker{store{rule}, {.observer = observer}};
    std::atomic<std::uint32_t> probes_out = 0;
    std::atomic<std::uint32_t> most_out = 0;
    std::atomic<bool> wrong = false;

    // All finish a phase together, so that no probe of one half-open is still out in the next.
    std::barrier all_here{threads};
    auto const fail_until_open = [&] {
        for (auto admission = breaker.acquire_now("host"); admission;
             admission = breaker.acquire_now("host")) {
            if (admission.permit().is_probe())
                wrong = true;
            admission.permit().report_now(bb::verdict::failure);
        }
    };
    auto const probe_until_closed = [&](int thread) {
        for (int i = thread;; ++i) {
            auto admission = breaker.acquire_now("host");
            if (!admission)
                continue;
            if (!admission.permit().is_probe())
                return;
            auto const out = ++probes_out;
            for (auto most = most_out.load(); most < out && !most_out.compare_exchange_weak(most, out);) {
            }
            if (i % 4 == 0)
                std::this_thread::yield();
            --probes_out; // while its slot is still taken
            if (i % 3 != 0)
                admission.permit().report_now(i % 3 == 1 ? bb::verdict::success : bb::verdict::neutral);
        }
    };
    on_threads(threads, [&](int thread) {
        for (int cycle = 0; cycle != cycles; ++cycle) {
            fail_until_open();
            all_here.arrive_and_wait();
            if (thread == 0)
                shared_clock::ticks += std::chrono::microseconds{2s}.count();
            all_here.arrive_and_wait();
            probe_until_closed(thread);
            all_here.arrive_and_wait();
        }
    });

    CHECK_FALSE(wrong);
    CHECK(most_out >= 1);
    CHECK(most_out <= probes);
    REQUIRE(heard.size() == 3 * cycles); // exactly one event a change
    using enum bb::breaker_state;
    for (std::size_t i = 0; i != heard.size(); i += 3) {
        CHECK((heard[i].from == closed && heard[i].to == open));
        CHECK((heard[i + 1].from == open && heard[i + 1].to == half_open));
        CHECK((heard[i + 2].from == half_open && heard[i + 2].to == closed));
    }
}

TEST_CASE("thread safety: calls that begin a window at once are counted, all of them") {
    for (int round = 0; round != 300; ++round) {
        bb::circuit_breaker breaker{bb::memory_store{bb::failure_rate{.minimum_calls = 100, .window = 1h}}};
        on_threads(8, [&](int) { breaker.increment_failures_count_now("host"); });
        REQUIRE(breaker.snapshot_now("host").failures == 8);
    }
}

TEMPLATE_TEST_CASE("thread safety: every step of a breaker beside every other, and the listing of hosts", "",
                   bb::failure_count, bb::consecutive_failures, bb::failure_rate) {
    auto const rule = [] {
        bb::recovery const recovery{.open_for = 1ms, .jitter = 0.5, .probes = 2, .probe_lease = 1ms};
        if constexpr (std::is_same_v<TestType, bb::failure_rate>)
            return bb::failure_rate{.minimum_calls = 2, .window = 1ms, .recovery = recovery};
        else if constexpr (std::is_same_v<TestType, bb::consecutive_failures>)
            return bb::consecutive_failures{.threshold = 2, .recovery = recovery};
        else
            return bb::failure_count{.max_failures = 3, .reset_timeout = 1ms};
    }();
    bb::change_history history{{.changes = 4, .max_hosts = 3}};
    bb::circuit_breaker breaker{bb::memory_store{rule, {.max_hosts = 4}},
                                {.observer = std::ref(history), .failure_texts = 3}};
    on_threads(8, [&](int thread) {
        std::vector<typename decltype(breaker)::permit> kept;
        for (int i = 0; i != 1000; ++i) {
            auto const host = std::to_string(i % 6);
            switch ((i + thread) % 8) {
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
                breaker.increment_failures_count_now(host, "failed");
                break;
            case 5:
                (void)breaker.store().hosts();
                (void)history.of(host);
                break;
            default:
                if (auto admission = breaker.acquire_now(host)) {
                    if (i % 5 == 0)
                        kept.push_back(std::move(admission).permit());
                    else
                        admission.permit().report_now(
                            i % 2 == 0 ? bb::verdict::failure : bb::verdict::success, "failed");
                }
                if (kept.size() > 10)
                    kept.clear();
            }
        }
    });
    CHECK(breaker.store().size() <= 4);
}

} // namespace breaker_thread_safety_test
