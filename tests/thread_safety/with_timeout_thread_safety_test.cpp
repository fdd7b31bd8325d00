// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breakerbox.hpp>
#include <breakerbox/retry/with_timeout.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <utility>

namespace with_timeout_thread_safety_test {

// TSan knows no atomic_thread_fence, by which Asio orders the end of an executor that any_io_executor keeps on the heap,
// as it does a strand: it takes the last of several threads to let go of it for a race.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BREAKERBOX_TESTS_UNDER_TSAN
#endif
#elif defined(__SANITIZE_THREAD__)
#define BREAKERBOX_TESTS_UNDER_TSAN
#endif
#ifdef BREAKERBOX_TESTS_UNDER_TSAN
extern "C" char const* __tsan_default_suppressions();
extern "C" char const* __tsan_default_suppressions() {
    return "race:boost::asio::execution::detail::shared_target_executor::~shared_target_executor\n";
}
#endif

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;

namespace {

enum class kind { succeeds, times_out, is_cancelled };

bool ended_with(std::exception_ptr const& e, boost::system::error_code const& code) {
    return e && bb::outcome_of<int>{e}.error() == code;
}

asio::awaitable<int> sleeps(bb::duration d, int number) {
    asio::steady_timer timer{co_await asio::this_coro::executor, d};
    co_await timer.async_wait(asio::deferred);
    co_return number;
}

} // namespace

TEST_CASE("thread safety: one retrier, 64 timed calls at once, some too slow and some cancelled") {
    bb::circuit_breaker breaker{bb::memory_store{bb::failure_count{.max_failures = 1'000'000}}};
    bb::retrier const retrier{bb::stop_after_attempt{3}, bb::retry_if_error{bb::errc::attempt_timed_out},
                              bb::wait_none{}, breaker};
    constexpr std::size_t calls = 64;
    std::array<asio::cancellation_signal, calls> signals;
    std::atomic<int> succeeded = 0;
    std::atomic<int> timed_out = 0;
    std::atomic<int> cancelled = 0;
    asio::thread_pool pool{4};
    auto const operation = [](kind k, int number) {
        return sleeps(k == kind::succeeds ? bb::duration{1ms} : bb::duration{10min}, number);
    };
    for (std::size_t i = 0; i != calls; ++i) {
        auto const number = static_cast<int>(i);
        auto const what = i % 4 == 0 ? kind::times_out : i % 4 == 1 ? kind::is_cancelled : kind::succeeds;
        auto const limit = what == kind::times_out ? bb::duration{5ms} : bb::duration{5min};
        // Half of them on a strand, as a call must be that is cancelled.
        auto const on_strand = asio::make_strand(pool);
        auto const on = i % 4 == 2 ? asio::any_io_executor{pool.get_executor()} : on_strand;
        auto const ended = [&, what, number](std::exception_ptr e, int value) {
            succeeded += what == kind::succeeds && !e && value == number;
            timed_out += what == kind::times_out && ended_with(e, bb::errc::attempt_timed_out);
            cancelled += what == kind::is_cancelled && ended_with(e, asio::error::operation_aborted);
        };
        auto retry = retrier.retry("host", bb::with_timeout(limit, operation), what, number);
        if (what != kind::is_cancelled) {
            asio::co_spawn(on, std::move(retry), ended);
        } else {
            asio::co_spawn(on, std::move(retry), asio::bind_cancellation_slot(signals[i].slot(), ended));
            asio::post(on_strand, [&signal = signals[i]] { signal.emit(asio::cancellation_type::terminal); });
        }
    }
    pool.join();
    CHECK(succeeded == 32);
    CHECK(timed_out == 16);
    CHECK(cancelled == 16);
    CHECK(breaker.snapshot_now("host").failures == 3 * 16);
}

TEST_CASE("thread safety: a time that is up as the call begins ends it all the same") {
    bb::retrier const retrier{bb::stop_after_attempt{20}, bb::retry_if_error{bb::errc::attempt_timed_out},
                              bb::wait_none{}};
    std::atomic<int> timed_out = 0;
    asio::thread_pool pool{4};
    for (int i = 0; i != 64; ++i)
        asio::co_spawn(pool, retrier.retry(bb::with_timeout(1ns, sleeps), bb::duration{10min}, i),
                       [&timed_out](std::exception_ptr e, int) {
                           timed_out += ended_with(e, bb::errc::attempt_timed_out);
                       });
    pool.join();
    CHECK(timed_out == 64);
}

TEST_CASE("thread safety: cancelled from outside just as the time is up, a call ends as one or the other") {
    bb::retrier const retrier{bb::stop_after_attempt{1}, bb::retry_always{}, bb::wait_none{}};
    constexpr std::size_t calls = 64;
    std::array<asio::cancellation_signal, calls> signals;
    std::atomic<int> ended = 0;
    asio::thread_pool pool{4};
    for (auto& signal : signals) {
        auto const strand = asio::make_strand(pool);
        asio::co_spawn(strand, retrier.retry(bb::with_timeout(2ms, sleeps), bb::duration{10min}, 1),
                       asio::bind_cancellation_slot(signal.slot(), [&ended](std::exception_ptr e, int) {
                           ended += ended_with(e, bb::errc::attempt_timed_out) ||
                                    ended_with(e, asio::error::operation_aborted);
                       }));
        auto const emit = [strand, &signal]() -> asio::awaitable<void> {
            asio::steady_timer timer{strand, 2ms};
            co_await timer.async_wait(asio::deferred);
            signal.emit(asio::cancellation_type::terminal);
        };
        asio::co_spawn(strand, emit, [](std::exception_ptr) {});
    }
    pool.join();
    CHECK(ended == static_cast<int>(calls));
}

} // namespace with_timeout_thread_safety_test
