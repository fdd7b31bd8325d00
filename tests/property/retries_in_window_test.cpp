// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/budget/budget.hpp>
#include <breakerbox/budget/retry_budget.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/retry/attempt_context.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/testing.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <initializer_list>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace retries_in_window_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::retry_end;
using bb::testing::virtual_clock;

namespace {

/// A budget that counts what it was asked for.
class counted_budget final : public bb::budget {
public:
    explicit counted_budget(bb::retry_budget rule) : counted_(rule) {}

    void on_call() noexcept override {
        ++calls;
        counted_.on_call();
    }
    void on_success() noexcept override { counted_.on_success(); }
    void on_failure() noexcept override { counted_.on_failure(); }
    bool affords_retry() const noexcept override { return counted_.affords_retry(); }
    bool take_retry() noexcept override {
        bool const taken = counted_.take_retry();
        retries += taken;
        refused += !taken;
        return taken;
    }

    unsigned calls = 0;
    unsigned retries = 0;
    /// Of calls that had looked, and waited since.
    unsigned refused = 0;

private:
    bb::shared_budget<bb::retry_budget, virtual_clock> counted_;
};

/// When calls and retries began, in order.
struct seen_attempt {
    bb::duration at;
    bool is_retry;
};

/// A few hundred calls at a handful of hosts that mostly fail, with random waits, cancellations and refusals.
class random_traffic {
public:
    explicit random_traffic(std::uint64_t seed) : random_(seed) {}

    void run() {
        for (int i = 0; i != 300; ++i)
            spawn_call();
        time_.run_until_idle();
    }

    bb::retry_budget rule() const { return rule_; }
    counted_budget const& budget() const { return budget_; }
    std::vector<seen_attempt> const& seen() const { return seen_; }
    std::uint64_t count(retry_end end) const { return ends_[static_cast<std::size_t>(end)]; }
    unsigned cancelled_between_attempts() const { return cancelled_between_; }

private:
    using breaker = bb::circuit_breaker<bb::memory_store<bb::consecutive_failures, virtual_clock>>;

    template <class T>
    T any_of(std::initializer_list<T> values) {
        return values.begin()[number() % values.size()];
    }
    std::uint64_t number() { return random_(); }
    bool one_in(std::uint64_t n) { return number() % n == 0; }
    bb::duration up_to(bb::duration longest) {
        return bb::duration{
            static_cast<std::int64_t>(number() % static_cast<std::uint64_t>(longest.count()))};
    }

    asio::awaitable<int> attempt(bb::attempt_context const& context) {
        seen_.push_back({virtual_clock::now().time_since_epoch(), context.number() != 1});
        if (!one_in(3)) {
            bb::testing::virtual_timer answer{co_await asio::this_coro::executor, up_to(1s)};
            co_await answer.async_wait(asio::deferred);
        }
        if (!one_in(4))
            throw std::runtime_error{"down"};
        co_return 7;
    }

    asio::awaitable<void> call(std::string host, bb::duration begins) {
        bb::testing::virtual_timer turn{co_await asio::this_coro::executor, begins};
        co_await turn.async_wait(asio::deferred);
        auto const wait = [this](bb::attempt const&) {
            return one_in(4) ? bb::duration{} : up_to(longest_wait_);
        };
        bb::retrier_options<virtual_clock> options{.budget = &budget_};
        if (one_in(2))
            options.when_refused = bb::wait_until_available{up_to(30s)};
        bb::retrier const retrier{bb::stop_after_attempt{1 + number() % 6}, bb::retry_if_exception<>{}, wait,
                                  breaker_, options};
        auto const operation = [this](bb::attempt_context const& context) { return attempt(context); };
        auto const told = co_await retrier.outcome(host, operation);
        ++ends_[static_cast<std::size_t>(told.end)];
        if (told.end == retry_end::cancelled && told.attempts != 0 && !told.history.empty() &&
            told.history.back().wait_after != bb::duration::zero())
            ++cancelled_between_;
    }

    void spawn_call() {
        auto& signal = signals_.emplace_back();
        asio::co_spawn(time_.context(), call("host " + std::to_string(number() % 3), up_to(1min)),
                       asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr) {}));
        if (one_in(3))
            asio::co_spawn(
                time_.context(),
                [](asio::cancellation_signal& cancels, bb::duration when) -> asio::awaitable<void> {
                    bb::testing::virtual_timer turn{co_await asio::this_coro::executor, when};
                    co_await turn.async_wait(asio::deferred);
                    cancels.emit(asio::cancellation_type::terminal);
                }(signal, up_to(90s)),
                asio::detached);
    }

    std::mt19937_64 random_;
    bb::retry_budget const rule_{.ratio = any_of({0.0, 0.1, 0.25, 0.5}),
                                 .min_per_second = any_of({0.0, 0.2, 1.0}),
                                 .window = any_of<bb::duration>({1s, 5s, 20s})};
    bb::duration const longest_wait_ = any_of<bb::duration>({1s, 10s, 1min});
    std::vector<seen_attempt> seen_;
    std::uint64_t ends_[16] = {};
    unsigned cancelled_between_ = 0;
    std::deque<asio::cancellation_signal> signals_;
    counted_budget budget_{rule_};
    breaker breaker_{bb::memory_store<bb::consecutive_failures, virtual_clock>{
        {.threshold = static_cast<std::uint32_t>(1 + number() % 10),
         .recovery = {.open_for = std::chrono::microseconds{1 + number() % 20'000'000}}}}};
    bb::testing::virtual_time time_; // the calls go before what they refer to
};

/// The most retries of any nine tenths of a window, which each of them counts for at least, beyond what is paid for by
/// the calls of the window that ends with them.
double most_beyond(random_traffic const& traffic) {
    auto const window = traffic.rule().window;
    auto const& seen = traffic.seen();
    double most = -1;
    for (auto last = seen.begin(); last != seen.end(); ++last) {
        if (!last->is_retry)
            continue;
        double beyond = -traffic.rule().min_per_second * std::chrono::duration<double>{window}.count();
        for (auto each = seen.begin(); each != last + 1; ++each) {
            auto const age = last->at - each->at;
            if (each->is_retry && age <= window / 10 * 9)
                beyond += 1;
            else if (!each->is_retry && age < window)
                beyond -= traffic.rule().ratio;
        }
        most = std::max(most, beyond);
    }
    return most;
}

} // namespace

TEST_CASE("property: whatever waits, is cancelled or refused, no window has more retries than the budget "
          "allows, and "
          "each retry taken is made") {
    std::uint64_t retries = 0;
    std::uint64_t refused_by_breaker = 0;
    std::uint64_t cancelled_between = 0;
    std::uint64_t refused_after_wait = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        random_traffic traffic{seed};
        traffic.run();
        INFO("seed " << seed);
        auto const made = std::count_if(traffic.seen().begin(), traffic.seen().end(),
                                        [](seen_attempt const& one) { return one.is_retry; });
        REQUIRE(traffic.budget().retries == static_cast<unsigned>(made));
        REQUIRE(traffic.budget().calls == traffic.seen().size() - static_cast<std::size_t>(made));
        REQUIRE(most_beyond(traffic) < 1e-6);
        retries += traffic.budget().retries;
        refused_after_wait += traffic.budget().refused;
        refused_by_breaker += traffic.count(retry_end::refused);
        cancelled_between += traffic.cancelled_between_attempts();
    }
    CHECK(retries > 1000);
    CHECK(refused_by_breaker > 1000);
    CHECK(cancelled_between > 100);
    CHECK(refused_after_wait > 100);
}

} // namespace retries_in_window_test
