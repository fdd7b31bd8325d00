// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/detail/attempt_cut.hpp>

#include "support/distant_store.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/retry/with_timeout.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_rate.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

namespace deadline_verdict_test {

// What an attempt that a deadline cuts says of its host, and whose deadline ends which call.

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::breaker_state;
using bb::duration;
using bb::retry_end;
using bb::verdict;
using bb::testing::virtual_clock;
using bb::testing::virtual_timer;
using support::retrier_options;

namespace {

using rate_store = bb::memory_store<bb::failure_rate, virtual_clock>;
using streak_store = bb::memory_store<bb::consecutive_failures, virtual_clock>;

/// A host that answers after so long.
struct answers_after {
    duration d;
    int calls = 0;

    asio::awaitable<int> operator()() {
        ++calls;
        virtual_timer timer{co_await asio::this_coro::executor, d};
        co_await timer.async_wait(asio::deferred);
        co_return 7;
    }
};

bb::retrier const patient{bb::stop_after_attempt{5}, bb::retry_if_exception<>{}, bb::wait_none{},
                          retrier_options{}};

/// One call of a host that swallows everything, `with_timeout(limit)`, through a breaker that opens at once.
struct guarded_call {
    bb::testing::virtual_time time;
    bb::circuit_breaker<streak_store> breaker{streak_store{bb::consecutive_failures{.threshold = 1}}};
    answers_after silent{1h};

    auto retrier() {
        return bb::retrier{bb::stop_after_attempt{1}, bb::retry_if_exception<std::logic_error>{},
                           bb::wait_none{}, breaker, retrier_options{}};
    }
    template <class Retrier>
    verdict of(duration limit, Retrier const& retrier) {
        auto const told = time.run(retrier.outcome("h", bb::with_timeout(limit, std::ref(silent))));
        CHECK(breaker.is_host_available_now("h") == (told.history.at(0).result != verdict::failure));
        return told.history.at(0).result;
    }
};

} // namespace

TEST_CASE(
    "deadline: an attempt that it cut has failed if it had half of its fair time, and is neutral if not") {
    using bb::detail::verdict_of_cut;
    struct {
        duration fair, had;
        verdict means;
    } const table[] = {
        {4s, 1ms, verdict::neutral},
        {4s, 2s - 1ns, verdict::neutral},
        {4s, 2s, verdict::failure},
        {4s, 4s, verdict::failure},
        {4s, 9s, verdict::failure},
        {3ns, 1ns, verdict::neutral}, // half of it is 1.5
        {3ns, 2ns, verdict::failure},
        {5s, 0s, verdict::neutral},
        {duration::max(), 1h, verdict::neutral}, // nobody has said what is fair
        {duration::max(), duration::max(), verdict::neutral},
    };
    for (auto const& row : table) {
        INFO(row.fair.count() << " ns of which it had " << row.had.count());
        CHECK(verdict_of_cut(row.fair, row.had) == row.means);
    }
}

TEST_CASE("deadline: a neutral attempt that it cut is told as a slow call where it took as long as one") {
    using bb::detail::told_of_cut;
    CHECK(told_of_cut(verdict::neutral, false) == verdict::neutral);
    CHECK(told_of_cut(verdict::neutral, true) ==
          verdict::success); // the rule sees by its time that it was slow
    CHECK(told_of_cut(verdict::failure, true) == verdict::failure);
    CHECK(told_of_cut(verdict::success, true) == verdict::success);
}

TEST_CASE(
    "deadline: a host that swallows everything opens, be the deadline shorter than the time-out or equal") {
    for (duration const limit : {duration{6s}, duration{5s}, duration{10s} - 1ns}) {
        guarded_call c;
        CHECK(c.of(limit, c.retrier().with_deadline(5s)) == verdict::failure);
    }
    guarded_call all_of_it;
    CHECK(all_of_it.of(1h, all_of_it.retrier().with_deadline(5s)) == verdict::failure);
}

TEST_CASE("deadline: on the real clock, too, an attempt as long as its deadline is a failure") {
    bb::testing::virtual_time time;
    bb::detail::timed_attempt<answers_after, virtual_clock> attempt{{1h}, 20ms};
    bb::detail::timed_context const current{
        {1, virtual_clock::now().time_since_epoch() + 20ms - 1us,
         [] { return bb::detail::saturating_cast<duration>(virtual_clock::now().time_since_epoch()); }},
        {.fair = 20ms}};
    CHECK_THROWS(time.run(attempt(current)));
    CHECK(current.cut.by == bb::detail::cut_by::deadline);
    CHECK(bb::detail::verdict_of_cut(current.cut.fair, current.cut.had) == verdict::failure);
}

TEST_CASE("deadline: a moment is no measure: of it counts only what it leaves of the time-out") {
    {
        guarded_call c;
        CHECK(c.of(4s, c.retrier().with_deadline(virtual_clock::now() + 1ms)) == verdict::neutral);
    }
    {
        guarded_call c;
        CHECK(c.of(4s, c.retrier().with_deadline(virtual_clock::now() + 2s)) == verdict::failure);
    }
    {
        guarded_call c;
        auto const both = c.retrier().with_deadline(10s).with_deadline(virtual_clock::now() + 1ms);
        CHECK(c.of(1h, both) == verdict::neutral);
    }
    guarded_call c;
    auto const left = c.retrier().within({1, (virtual_clock::now() + 1ms).time_since_epoch(),
                                          [] { return duration{virtual_clock::now().time_since_epoch()}; }});
    CHECK(c.of(4s, left) == verdict::neutral);
}

TEST_CASE("README: An attempt that the call's deadline cuts is a failure if it had half of its fair time, "
          "and neutral if not.") {
    bb::testing::virtual_time time;
    bb::circuit_breaker<streak_store> breaker{streak_store{bb::consecutive_failures{.threshold = 2}}};
    int calls = 0;
    auto const answers = [&]() -> asio::awaitable<int> {
        virtual_timer timer{co_await asio::this_coro::executor, ++calls == 1 ? 4s : 1h};
        co_await timer.async_wait(asio::deferred);
        throw std::runtime_error("down");
    };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    auto const told = time.run(retrier.with_deadline(5s).outcome("h", bb::with_timeout(6s, answers)));
    CHECK(told.end == retry_end::deadline);
    REQUIRE(told.history.size() == 2);
    CHECK(told.history[0].result == verdict::failure);
    CHECK(told.history[1].result == verdict::neutral); // a second of five
}

TEST_CASE("deadline: 200 calls of a host that swallows everything open it, and no more reach it") {
    bb::testing::virtual_time time;
    bb::circuit_breaker<rate_store> breaker{rate_store{bb::failure_rate{}}};
    answers_after silent{1h};
    bb::retrier const retrier{bb::stop_after_attempt{1}, bb::retry_if_error{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    for (int i = 0; i < 7; ++i) // 30 s have room for six of 5 s
        CHECK_FALSE(time.run(retrier.with_deadline(5s).outcome("h", bb::with_timeout(6s, std::ref(silent)))));
    CHECK(breaker.snapshot_now("h").failures >= 5);
    CHECK(breaker.snapshot_now("h").calls == breaker.snapshot_now("h").failures);
}

TEST_CASE("README: A neutral attempt that the deadline cuts is counted as a slow call if it outlasted "
          "slow_call.longer_than.") {
    bb::testing::virtual_time time;
    bb::circuit_breaker<rate_store> breaker{
        rate_store{bb::failure_rate{.minimum_calls = 2, .window = 10, .slow_call = {.longer_than = 2s}}}};
    answers_after silent{1h};
    bb::retrier const retrier{bb::stop_after_attempt{1}, bb::retry_if_exception<>{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    auto const call = [&](duration left) {
        auto const told = time.run(retrier.with_deadline(virtual_clock::now() + left)
                                       .outcome("h", bb::with_timeout(1h, std::ref(silent))));
        return told.history.at(0).result;
    };
    CHECK(call(2s) == verdict::neutral);         // as long, not longer
    CHECK(call(2s + 999ns) == verdict::neutral); // the rule counts whole microseconds
    CHECK(breaker.snapshot_now("h").calls == 0);
    CHECK(call(2001ms) == verdict::neutral);
    CHECK(breaker.snapshot_now("h").slow_calls == 1);
    CHECK(breaker.snapshot_now("h").failures == 0);
    call(3s);
    CHECK(breaker.snapshot_now("h").state == breaker_state::open);
    CHECK(breaker.snapshot_now("h").cause == bb::trip_cause::slow_calls);
}

TEST_CASE("deadline: a breaker that is awaited is told of the failures and slow calls that it cuts as well") {
    bb::testing::virtual_time time;
    bb::circuit_breaker<support::distant_store<bb::failure_rate>> breaker{
        support::distant_store<bb::failure_rate>{
            bb::failure_rate{.minimum_calls = 10, .window = 10, .slow_call = {.longer_than = 2s}}}};
    answers_after silent{1h};
    bb::retrier const retrier{bb::stop_after_attempt{1}, bb::retry_if_exception<>{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    auto const call = [&](duration limit, duration left) {
        // To ask takes two seconds.
        auto const told = time.run(retrier.with_deadline(virtual_clock::now() + 2s + left)
                                       .outcome("h", bb::with_timeout(limit, std::ref(silent))));
        auto const seen = time.run(breaker.snapshot("h"));
        CHECK(told.end == retry_end::deadline);
        return std::array{std::uint64_t{seen.calls}, std::uint64_t{seen.slow_calls},
                          std::uint64_t{seen.failures}};
    };
    using counts = std::array<std::uint64_t, 3>;
    CHECK(call(1h, 1s) == counts{0, 0, 0});
    CHECK(call(1h, 3s) == counts{1, 1, 0});
    CHECK(call(4s, 3s) == counts{2, 2, 1});
}

TEST_CASE(
    "deadline: of an operation that returns its errors, and whose error bears no code, the same holds") {
    struct bare_error {
        bare_error() = default;
        explicit bare_error(boost::system::error_code) {}
    };
    bb::testing::virtual_time time;
    bb::circuit_breaker<streak_store> breaker{streak_store{bb::consecutive_failures{.threshold = 1}}};
    auto const silent = []() -> asio::awaitable<boost::system::result<int, bare_error>> {
        virtual_timer timer{co_await asio::this_coro::executor, 1h};
        co_await timer.async_wait(asio::as_tuple(asio::deferred));
        co_return bare_error{};
    };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_never{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    auto const ended = [&](char const* host, auto const& by, duration limit) {
        auto const told = time.run(by.outcome(host, bb::with_timeout(limit, silent)));
        CHECK(told.history.at(0).result == verdict::failure);
        return told.end;
    };
    CHECK(ended("cut by the deadline", retrier.with_deadline(1s), 1h) == retry_end::deadline);
    CHECK(ended("cut by its time-out", retrier, 1s) == retry_end::not_retryable);
}

TEST_CASE("deadline: an inner retrier's own is an error like any other to the one around it") {
    bb::testing::virtual_time time;
    answers_after slow{1h};
    auto const load = [&]() -> asio::awaitable<int> {
        co_return co_await patient.with_deadline(5ms).retry(bb::with_timeout(1s, std::ref(slow)));
    };
    auto const told = time.run(patient.outcome(load));
    CHECK(told.attempts == 5);
    CHECK(told.end == retry_end::stopped);
    CHECK(told.error() == bb::errc::deadline_exceeded);
    CHECK(slow.calls == 5);
    // Also where the one around it has a deadline that is far, and a time-out of its own.
    auto const far = time.run(patient.with_deadline(1min).outcome(bb::with_timeout(1s, load)));
    CHECK(far.attempts == 5);
    CHECK(far.end == retry_end::stopped);
}

TEST_CASE("README: Only its own deadline ends a call: another one's deadline_exceeded is an error like any "
          "other.") {
    bb::testing::virtual_time time;
    bb::circuit_breaker<streak_store> breaker{streak_store{bb::consecutive_failures{.threshold = 3}}};
    auto const late = [](bool throws) -> asio::awaitable<boost::system::result<int>> {
        if (throws)
            throw boost::system::system_error{make_error_code(bb::errc::deadline_exceeded)};
        co_return make_error_code(bb::errc::deadline_exceeded);
    };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_error{bb::errc::deadline_exceeded},
                              bb::wait_none{}, breaker, retrier_options{}};
    CHECK(time.run(retrier.outcome("thrown", late, true)).attempts == 3);
    CHECK(time.run(retrier.outcome("returned", late, false)).attempts == 3);
    bb::retrier const other{bb::stop_never{}, bb::retry_if_error{bb::errc::budget_spent}, bb::wait_none{},
                            breaker, retrier_options{}};
    auto const told = time.run(other.outcome("not matched", late, false));
    CHECK(told.end == retry_end::not_retryable);
    CHECK(told.history.at(0).result == verdict::neutral);
}

TEST_CASE(
    "deadline: one that an inner retrier shares ends the outer call, and is judged as the outer's own") {
    bb::circuit_breaker<streak_store> breaker{streak_store{bb::consecutive_failures{.threshold = 1}}};
    bb::testing::virtual_time time;
    answers_after silent{1h};
    bb::retrier const outer{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_none{}, breaker,
                            retrier_options{}};
    auto const load = [&](bb::attempt_context const& context) -> asio::awaitable<int> {
        co_return co_await patient.within(context).retry(bb::with_timeout(4s, std::ref(silent)));
    };
    auto const told = time.run(outer.with_deadline(virtual_clock::now() + 1ms).outcome("moment", load));
    CHECK(told.end == retry_end::deadline);
    CHECK(told.attempts == 1);
    CHECK(told.history.at(0).result == verdict::neutral);
    CHECK(time.run(outer.with_deadline(3s).outcome("duration", load)).history.at(0).result ==
          verdict::failure);
}

} // namespace deadline_verdict_test
