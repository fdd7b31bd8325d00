// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/call_report.hpp>

#include "support/failing_operation.hpp"
#include "support/printed.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/result.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace call_report_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::retry_end;
using bb::testing::virtual_timer;
using boost::system::result;
using support::failing_operation;
using support::host_down;
using support::printed;
using support::retrier_options;

namespace {

bb::retrier const three_times{bb::stop_after_attempt{3}, bb::retry_if_exception<host_down>{},
                              bb::wait_fixed{2s}, retrier_options{}};

/// Fails after 100 ms, each time with the number of the call.
struct slowly_failing {
    int calls = 0;

    asio::awaitable<int> operator()() {
        virtual_timer timer{co_await asio::this_coro::executor, 100ms};
        co_await timer.async_wait(asio::deferred);
        throw host_down("failure " + std::to_string(++calls));
    }
};

} // namespace

TEST_CASE("outcome: of a call that succeeds at last, its value and its attempts") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 1};
    auto const told = time.run(three_times.outcome(std::ref(operation)));
    REQUIRE(told);
    CHECK(told.end == retry_end::succeeded);
    CHECK(told.value() == 7);
    CHECK_FALSE(told.exception());
    CHECK_FALSE(told.error().failed());
    CHECK(told.attempts == 2);
    CHECK(told.took == 2s);
    REQUIRE(told.history.size() == 2);
    CHECK(told.history[0].error() == "failure 1");
    CHECK(told.history[0].result == bb::verdict::failure);
    CHECK(told.history[0].wait_after == 2s);
    CHECK(told.history[1].number == 2);
    CHECK(told.history[1].start == 2s);
    CHECK(told.history[1].error().empty());
    CHECK(told.history[1].result == bb::verdict::success);
}

TEST_CASE("outcome: nothing is thrown for what the operation did; the last exception is there") {
    bb::testing::virtual_time time;
    slowly_failing operation;
    auto const told = time.run(three_times.outcome(std::ref(operation)));
    CHECK_FALSE(told);
    CHECK(told.end == retry_end::stopped);
    CHECK_FALSE(told.has_value());
    CHECK_THROWS_AS(told.value(), std::bad_optional_access);
    CHECK_THROWS_AS(std::rethrow_exception(told.exception()), host_down);
    CHECK(told.error() == bb::errc::attempts_exhausted);
    CHECK(told.attempts == 3);
    CHECK(printed(told) == "gave up after 3 attempts in 4.3s\n"
                           "  attempt 1 at 0s: failure after 100ms: failure 1; then a wait of 2s\n"
                           "  attempt 2 at 2.1s: failure after 100ms: failure 2; then a wait of 2s\n"
                           "  attempt 3 at 4.2s: failure after 100ms: failure 3");
}

TEST_CASE("outcome: an exception that isn't retried, and its code where it has one") {
    bb::testing::virtual_time time;
    auto const throws = []() -> asio::awaitable<void> {
        throw boost::system::system_error{asio::error::access_denied};
        co_return;
    };
    auto const told = time.run(three_times.outcome(throws));
    CHECK(told.end == retry_end::not_retryable);
    CHECK(told.error() == asio::error::access_denied);
    CHECK(told.attempts == 1);
    CHECK(told.history.at(0).result == bb::verdict::neutral);
}

TEST_CASE("outcome: of an operation that returns its errors, the last result") {
    bb::testing::virtual_time time;
    auto const fails = []() -> asio::awaitable<result<int>> {
        co_return boost::system::error_code{asio::error::connection_reset};
    };
    bb::retrier const twice{bb::stop_after_attempt{2}, bb::retry_if_error{}, bb::wait_none{},
                            retrier_options{}};
    auto const told = time.run(twice.outcome(fails));
    CHECK(told.end == retry_end::stopped);
    CHECK(told.value().error() == asio::error::connection_reset);
    CHECK(told.error() == asio::error::connection_reset);
    CHECK(told.history.at(0).error() == boost::system::error_code{asio::error::connection_reset}.message());
    CHECK_FALSE(told.history.at(0).exception);
}

TEST_CASE("outcome: a value that is retried to the end is there") {
    bb::testing::virtual_time time;
    auto const polls = []() -> asio::awaitable<std::unique_ptr<int>> { co_return std::make_unique<int>(3); };
    bb::retrier const twice{bb::stop_after_attempt{2}, bb::retry_always{}, bb::wait_none{},
                            retrier_options{}};
    auto told = time.run(twice.outcome(polls));
    CHECK_FALSE(told);
    CHECK(told.error() == bb::errc::attempts_exhausted);
    std::unique_ptr<int> const last = std::move(told).value();
    CHECK(*last == 3);
}

TEST_CASE("outcome: a refusal is told with its evidence, without a call of on_host_unavailable") {
    bb::testing::virtual_time time;
    struct loud_breaker : support::breaker {
        using support::breaker::circuit_breaker;
        void on_host_unavailable(bb::rejection const&) override { throw std::logic_error("called"); }
    };
    loud_breaker breaker{support::store{bb::failure_count{.max_failures = 1, .reset_timeout = 10s}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1s}, breaker,
                              retrier_options{}};
    failing_operation operation{.failures = 100};
    auto const told = time.run(retrier.outcome("h", std::ref(operation)));
    CHECK(told.end == retry_end::refused);
    CHECK(told.error() == bb::errc::host_unavailable);
    REQUIRE(told.why);
    CHECK(told.why->failures == 2);
    CHECK(told.attempts == 2);
    CHECK(printed(told) ==
          "refused by the breaker after 2 attempts in 1s: host 'h' is open: 2 failures (at most 1 allowed), "
          "retry after 10s\n"
          "  attempt 1 at 0s: failure after 0s: failure 1; then a wait of 1s\n"
          "  attempt 2 at 1s: failure after 0s: failure 2");

    auto const at_once = time.run(retrier.outcome("h", std::ref(operation)));
    CHECK(at_once.attempts == 0);
    CHECK(printed(at_once).starts_with("refused by the breaker without an attempt in 0s: host 'h' is open"));
}

TEST_CASE("outcome: only the last attempts are kept, and all are counted") {
    bb::testing::virtual_time time;
    slowly_failing operation;
    bb::retrier const retrier{bb::stop_after_attempt{20}, bb::retry_if_exception<>{}, bb::wait_none{},
                              retrier_options{.history = 2}};
    auto const told = time.run(retrier.outcome(std::ref(operation)));
    CHECK(told.attempts == 20);
    REQUIRE(told.history.size() == 2);
    CHECK(told.history[0].number == 19);
    CHECK(printed(told) == "gave up after 20 attempts in 2s\n"
                           "  18 earlier attempts not kept\n"
                           "  attempt 19 at 1.8s: failure after 100ms: failure 19\n"
                           "  attempt 20 at 1.9s: failure after 100ms: failure 20");

    bb::retrier const none{bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_none{},
                           retrier_options{.history = 0}};
    CHECK(time.run(none.outcome(std::ref(operation))).history.empty());
}

TEST_CASE("outcome: that of no call is no success") {
    bb::call_outcome<int> const none;
    CHECK_FALSE(none);
    CHECK_FALSE(none.has_value());
    CHECK(none.attempts == 0);
}

TEST_CASE("outcome: what a policy throws comes out") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 100};
    auto const wait = [](bb::attempt const&) -> bb::duration { throw std::logic_error("wait"); };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, wait, retrier_options{}};
    CHECK_THROWS_AS(time.run(retrier.outcome(std::ref(operation))), std::logic_error);
}

TEST_CASE("retry_error: holds the same report") {
    bb::testing::virtual_time time;
    slowly_failing operation;
    bb::retrier const retrier{bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_fixed{1s},
                              retrier_options{.reraise = false}};
    try {
        time.run(retrier.retry(std::ref(operation)));
        FAIL("nothing was thrown");
    } catch (bb::retry_error const& e) {
        CHECK(printed(e.report()) == "gave up after 2 attempts in 1.2s\n"
                                     "  attempt 1 at 0s: failure after 100ms: failure 1; then a wait of 1s\n"
                                     "  attempt 2 at 1.1s: failure after 100ms: failure 2");
    }
}

} // namespace call_report_test
