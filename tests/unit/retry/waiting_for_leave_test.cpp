// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include "support/distant_store.hpp"
#include "support/failing_operation.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/testing.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <vector>

namespace waiting_for_leave_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::retry_end;
using bb::testing::virtual_clock;
using support::failing_operation;
using support::retrier_options;

namespace {

constexpr bb::failure_count opens_for_30s{.max_failures = 0, .reset_timeout = 30s};

/// A call of an operation that fails at first, at a host that opens for 30 s then, or is open.
template <class Stop>
bb::call_outcome<int> wait_by(Stop stop, bool is_open_before) {
    bb::testing::virtual_time time;
    support::breaker breaker{support::store{opens_for_30s}};
    if (is_open_before)
        breaker.force_open_now("h", 30s);
    bb::retrier const retrier{stop, bb::retry_if_exception<>{}, bb::wait_fixed{1s}, breaker,
                              retrier_options{.when_refused = bb::wait_until_available{60s}}};
    auto told = time.run(retrier.outcome("h", failing_operation{.failures = is_open_before ? 0 : 1}));
    CHECK(time.elapsed() == told.took);
    return told;
}

/// Remembers when it was called, and takes 20 ms.
struct timed_operation {
    std::vector<bb::duration> began{};

    asio::awaitable<int> operator()() {
        began.push_back(virtual_clock::now().time_since_epoch());
        bb::testing::virtual_timer answer{co_await asio::this_coro::executor, 20ms};
        co_await answer.async_wait(asio::deferred);
        co_return 7;
    }
};

/// How many of a breaker's events are of which kind.
struct counted_events {
    std::map<bb::breaker_event::kind, int> counts{};
    void operator()(bb::breaker_event const& event) { ++counts[event.what]; }
};

} // namespace

TEST_CASE("wait_until_available: stop bounds the wait for a host that a failed attempt has opened") {
    for (auto const limit : std::initializer_list<bb::duration>{5s, 29s}) {
        for (auto const& told :
             {wait_by(bb::stop_before_delay{limit}, false), wait_by(bb::stop_after_delay{limit}, false),
              wait_by(bb::stop_after_attempt{9} | bb::stop_after_delay{limit}, false)}) {
            CHECK(told.end == retry_end::refused);
            CHECK(told.attempts == 1);
            CHECK(told.took == 0s);
        }
    }
    CHECK(wait_by(bb::stop_before_delay{40s}, false).attempts == 2);
    CHECK(wait_by(bb::stop_after_delay{40s}, false).attempts == 2);
}

TEST_CASE("wait_until_available: stop bounds the wait before the first attempt") {
    CHECK(wait_by(bb::stop_before_delay{5s}, true).end == retry_end::refused);
    CHECK(wait_by(bb::stop_after_delay{5s}, true).end == retry_end::refused);
    CHECK(wait_by(bb::stop_after_delay{5s}, true).took == 0s);
    CHECK(wait_by(bb::stop_before_delay{31s}, true));
    CHECK(wait_by(bb::stop_after_delay{31s}, true));
}

TEST_CASE(
    "wait_until_available: the wait before the first attempt is none of the attempts that stop counts") {
    for (auto const attempts : std::initializer_list<std::uint64_t>{0, 1, 2})
        CHECK(wait_by(bb::stop_after_attempt{attempts}, true));
    CHECK(wait_by(bb::stop_after_attempt{2}, false).attempts == 2);
}

TEST_CASE("wait_until_available: stop is told of the wait for leave, and of the attempts that were made") {
    std::vector<bb::attempt> asked;
    auto const stop = [&asked](bb::attempt const& a) {
        asked.push_back(a);
        return a.upcoming_wait > 20s;
    };
    CHECK(wait_by(stop, true).end == retry_end::refused);
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].number == 0);
    CHECK(asked[0].upcoming_wait == 30s);
    asked.clear();
    CHECK(wait_by(stop, false).end == retry_end::refused);
    REQUIRE(asked.size() == 2);
    CHECK(asked[1].number == 1);
    CHECK(asked[1].upcoming_wait == 30s);
    CHECK(asked[1].last != nullptr);
}

TEST_CASE("wait_until_available: the wait that has made a limit of stop near is no longer than that") {
    for (std::uint64_t seed = 0; seed != 20; ++seed) {
        bb::testing::virtual_time time;
        support::breaker breaker{support::store{opens_for_30s}};
        breaker.force_open_now("h", 30s);
        bb::retrier const retrier{
            bb::stop_before_delay{30s + 10ms}, bb::retry_never{}, bb::wait_none{}, breaker,
            retrier_options{.seed = seed, .when_refused = bb::wait_until_available{60s}}};
        CHECK(time.run(retrier.retry("h", failing_operation{})) == 7);
        CHECK(time.elapsed() < 30s + 10ms);
    }
}

TEST_CASE(
    "wait_until_available: calls that wait for one host run apart once it is back, and raise no refusal") {
    bb::testing::virtual_time time;
    counted_events events;
    support::breaker breaker{support::store{opens_for_30s}, {.observer = std::ref(events)}};
    breaker.force_open_now("h", 30s);
    timed_operation operation;
    bb::retrier const retrier{bb::stop_never{}, bb::retry_never{}, bb::wait_none{}, breaker,
                              retrier_options{.when_refused = bb::wait_until_available{60s}}};
    for (int i = 0; i != 500; ++i)
        asio::co_spawn(time.context(), retrier.retry("h", std::ref(operation)), asio::detached);
    time.run_until_idle();
    REQUIRE(operation.began.size() == 500);
    CHECK(operation.began.front() >= 30s);
    CHECK(operation.began.back() < 31s);
    // A hundredth of a second has five of them or so.
    for (auto at = 30s + 0ms; at != 31s; at += 10ms) {
        auto const count =
            std::count_if(operation.began.begin(), operation.began.end(),
                          [at](bb::duration began) { return began >= at && began < at + 10ms; });
        CHECK(count < 25);
    }
    CHECK(events.counts[bb::breaker_event::kind::call_rejected] == 0);
}

TEST_CASE("wait_until_available: no more of the calls that wait run than may probe, until one has closed the "
          "host") {
    bb::testing::virtual_time time;
    counted_events events;
    using store = bb::memory_store<bb::consecutive_failures, virtual_clock>;
    bb::circuit_breaker breaker{store{{.threshold = 1, .recovery = {.open_for = 10s, .probes = 3}}},
                                {.observer = std::ref(events)}};
    breaker.increment_failures_count_now("h");
    timed_operation operation;
    bb::retrier const retrier{bb::stop_never{}, bb::retry_never{}, bb::wait_none{}, breaker,
                              retrier_options{.when_refused = bb::wait_until_available{60s}}};
    for (int i = 0; i != 500; ++i)
        asio::co_spawn(time.context(), retrier.retry("h", std::ref(operation)), asio::detached);
    time.run_until_idle();
    REQUIRE(operation.began.size() == 500);
    auto const first = operation.began.front();
    CHECK(std::count_if(operation.began.begin(), operation.began.end(),
                        [first](bb::duration began) { return began < first + 20ms; }) <= 3);
    CHECK(operation.began.back() < first + 4s);
    CHECK(events.counts[bb::breaker_event::kind::call_rejected] == 0);
}

TEST_CASE("wait_until_available: seeded, the waits are the same each time") {
    auto const took = [](std::uint64_t seed) {
        bb::testing::virtual_time time;
        support::breaker breaker{support::store{opens_for_30s}};
        breaker.force_open_now("h", 30s);
        bb::retrier const retrier{
            bb::stop_never{}, bb::retry_never{}, bb::wait_none{}, breaker,
            retrier_options{.seed = seed, .when_refused = bb::wait_until_available{60s}}};
        CHECK(time.run(retrier.retry("h", failing_operation{})) == 7);
        return time.elapsed();
    };
    CHECK(took(1) == took(1));
    CHECK(took(1) != took(2));
}

TEST_CASE("wait_until_available: a call that ends with the refusal after all tells of it once") {
    bb::testing::virtual_time time;
    counted_events events;
    support::breaker breaker{support::store{opens_for_30s}, {.observer = std::ref(events)}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_none{}, breaker,
                              retrier_options{.when_refused = bb::wait_until_available{45s}}};
    CHECK(time.run(retrier.outcome("h", failing_operation{.failures = 9})).end == retry_end::refused);
    CHECK(time.elapsed() >= 30s);
    CHECK(events.counts[bb::breaker_event::kind::call_rejected] == 1);

    counted_events distant_events;
    bb::circuit_breaker distant{support::distant_store<bb::failure_count>{opens_for_30s},
                                {.observer = std::ref(distant_events)}};
    bb::retrier const far{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_none{}, distant,
                          retrier_options{.when_refused = bb::wait_until_available{45s}}};
    CHECK(time.run(far.outcome("h", failing_operation{.failures = 9})).end == retry_end::refused);
    CHECK(distant_events.counts[bb::breaker_event::kind::call_rejected] == 1);
}

} // namespace waiting_for_leave_test
