// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include "support/cancellable_call.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/budget/budget.hpp>
#include <breakerbox/budget/retry_throttle.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/result.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace retrier_by_value_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::testing::virtual_timer;
using boost::system::error_code;
using boost::system::result;
using support::retrier_options;

namespace {

error_code const reset = asio::error::connection_reset;
error_code const refused = asio::error::connection_refused;

/// Returns the errors given, one a call, and then 7.
struct returning_operation {
    std::vector<error_code> errors;
    std::size_t calls = 0;

    asio::awaitable<result<int>> operator()() {
        if (calls++ < errors.size())
            co_return errors[calls - 1];
        co_return 7;
    }
};

bb::retrier const four_times{bb::stop_after_attempt{4}, bb::retry_if_error{reset}, bb::wait_fixed{1s},
                             retrier_options{}};

} // namespace

TEST_CASE("by value: an error that retry_if_error names is tried again, and the value comes back") {
    bb::testing::virtual_time time;
    returning_operation operation{{reset, reset}};
    CHECK(time.run(four_times.retry(std::ref(operation))) == 7);
    CHECK(operation.calls == 3);
    CHECK(time.elapsed() == 2s);
}

TEST_CASE("by value: an error that retry_if doesn't match comes back at once") {
    bb::testing::virtual_time time;
    returning_operation operation{{refused}};
    CHECK(time.run(four_times.retry(std::ref(operation))).error() == refused);
    CHECK(operation.calls == 1);
}

TEST_CASE("by value: where the attempts end, the last error comes back") {
    bb::testing::virtual_time time;
    returning_operation operation{{reset, reset, reset, reset, reset}};
    CHECK(time.run(four_times.retry(std::ref(operation))).error() == reset);
    CHECK(operation.calls == 4);
    CHECK(time.elapsed() == 3s);
}

TEST_CASE("by value: with reraise off the end of the attempts is an error of its own") {
    bb::testing::virtual_time time;
    returning_operation operation{{reset, reset}};
    bb::retrier const retrier{
        bb::stop_after_attempt{2}, bb::retry_if_error{}, bb::wait_none{}, {.reraise = false}};
    CHECK(time.run(retrier.retry(std::ref(operation))).error() == bb::errc::attempts_exhausted);
}

TEST_CASE("by value: retry_if_error without a code retries every error, thrown or returned") {
    bb::testing::virtual_time time;
    int calls = 0;
    auto const operation = [&]() -> asio::awaitable<result<int>> {
        switch (++calls) {
        case 1:
            co_return reset;
        case 2:
            throw std::runtime_error("thrown");
        default:
            co_return calls;
        }
    };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_error{}, bb::wait_none{}};
    CHECK(time.run(retrier.retry(operation)) == 3);
}

TEST_CASE("by value: a predicate on the error, on what a result carries, and on the result itself") {
    bb::testing::virtual_time time;
    auto const is_reset = [](error_code const& e) { return e == reset; };
    auto const is_small = [](int v) { return v < 3; };
    auto const is_even = [](result<int> const& r) { return r.has_value() && *r % 2 == 0; };
    int calls = 0;
    auto const counts = [&]() -> asio::awaitable<result<int>> {
        if (++calls == 1)
            co_return reset;
        co_return calls;
    };
    auto const run_with = [&](auto const& retry_if) {
        calls = 0;
        bb::retrier const retrier{bb::stop_never{}, retry_if, bb::wait_none{}};
        return time.run(retrier.retry(counts));
    };
    CHECK(run_with(bb::retry_if_error_that{is_reset}) == 2);
    CHECK(run_with(bb::retry_if_result{is_small}).error() == reset);
    CHECK(run_with(bb::retry_if_error_that{is_reset} | bb::retry_if_result{is_small}) == 3);
    CHECK(run_with(bb::retry_if_error_that{is_reset} | bb::retry_if_result{is_even}) == 3);
    CHECK(run_with(bb::retry_if_error_that{is_reset} | bb::retry_if_not_result{is_even}) == 2);
}

TEST_CASE("by value: a value that retry_if matches to the end comes back as an error") {
    bb::testing::virtual_time time;
    auto const pending = []() -> asio::awaitable<result<int>> { co_return 1; };
    bb::retrier const retrier{bb::stop_after_attempt{2}, bb::retry_if_result{[](int) { return true; }},
                              bb::wait_none{}};
    CHECK(time.run(retrier.retry(pending)).error() == bb::errc::attempts_exhausted);
}

TEST_CASE("by value: an exception that the operation throws all the same comes out as one") {
    bb::testing::virtual_time time;
    auto const throws = []() -> asio::awaitable<result<int>> {
        throw std::runtime_error("thrown");
        co_return 1;
    };
    CHECK_THROWS_AS(time.run(four_times.retry(throws)), std::runtime_error);
}

TEST_CASE("by value: a deferred operation awaited as a tuple is retried for its error code") {
    bb::testing::virtual_time time;
    virtual_timer cancelled{time.context(), 1h};
    int calls = 0;
    // Cancelled twice, then let run out.
    auto const wait_for = [&]() {
        cancelled.expires_after(1h);
        if (++calls <= 2)
            asio::post(time.context(), [&] { cancelled.cancel(); });
        return cancelled.async_wait(asio::as_tuple(asio::deferred));
    };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_error{asio::error::operation_aborted},
                              bb::wait_none{}};
    CHECK(std::get<0>(time.run(retrier.retry(wait_for))) == error_code{});
    CHECK(calls == 3);
}

TEST_CASE("by value: what the breaker is told of each error") {
    bb::testing::virtual_time time;
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 9, .reset_timeout = 10s}}};
    bb::retrier const retrier{bb::stop_after_attempt{2}, bb::retry_if_error{reset}, bb::wait_none{}, breaker,
                              retrier_options{}};
    auto const failures_after = [&](std::vector<error_code> errors) {
        breaker.reset_now("h");
        returning_operation operation{std::move(errors)};
        (void)time.run(retrier.retry("h", std::ref(operation)));
        return breaker.snapshot_now("h").failures;
    };
    CHECK(failures_after({}) == 0);
    CHECK(failures_after({reset}) == 1);
    CHECK(failures_after({refused}) == 0); // not the host's fault, says retry_if
    CHECK(failures_after({asio::error::timed_out}) == 1);
    CHECK(failures_after({bb::errc::attempt_timed_out}) == 1);
    CHECK(failures_after({asio::error::operation_aborted}) == 0);
}

TEST_CASE("by value: a refusal comes back in the result, without a call of on_host_unavailable") {
    bb::testing::virtual_time time;
    struct loud_breaker : support::breaker {
        using support::breaker::circuit_breaker;
        void on_host_unavailable(bb::rejection const&) override { throw std::logic_error("called"); }
    };
    loud_breaker breaker{support::store{bb::failure_count{.max_failures = 1, .reset_timeout = 10s}}};
    breaker.force_open_now("h");
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_error{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    returning_operation operation{};
    CHECK(time.run(retrier.retry("h", std::ref(operation))).error() == bb::errc::host_unavailable);
    CHECK(operation.calls == 0);
}

TEST_CASE("by value: a failure that opens the host ends the call with the refusal") {
    bb::testing::virtual_time time;
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 1, .reset_timeout = 10s}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_error{}, bb::wait_fixed{1s}, breaker,
                              retrier_options{}};
    returning_operation operation{{reset, reset, reset}};
    CHECK(time.run(retrier.retry("h", std::ref(operation))).error() == bb::errc::host_unavailable);
    CHECK(operation.calls == 2);
    CHECK(time.elapsed() == 1s);
}

TEST_CASE("by value: an inner retrier's refusal is not retried by the outer one") {
    bb::testing::virtual_time time;
    returning_operation operation{{bb::errc::host_unavailable, bb::errc::host_unavailable}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_error{}, bb::wait_none{}};
    CHECK(time.run(retrier.retry(std::ref(operation))).error() == bb::errc::host_unavailable);
    CHECK(operation.calls == 1);
}

TEST_CASE("by value: cancelled in a wait, operation_aborted comes back in the result") {
    bb::testing::virtual_time time;
    support::cancellable_call call{time};
    returning_operation operation{{reset, reset}};
    error_code ended;
    auto const caller = [&]() -> asio::awaitable<int> {
        co_await asio::this_coro::throw_if_cancelled(false);
        result<int> const answer = co_await four_times.retry(std::ref(operation));
        ended = answer.has_error() ? answer.error() : error_code{};
        co_return 0;
    };
    call.spawn(caller());
    time.advance(500ms);
    call.emit();
    REQUIRE(call.ended);
    CHECK(ended == asio::error::operation_aborted);
    CHECK(operation.calls == 1);
}

TEST_CASE("by value: a value that retry_if matches in a cancelled call comes back as operation_aborted") {
    bb::testing::virtual_time time;
    support::cancellable_call call{time};
    error_code ended;
    bb::retrier const polls{bb::stop_never{}, bb::retry_if_result{[](int v) { return v == 0; }},
                            bb::wait_none{}, retrier_options{}};
    auto const swallows = []() -> asio::awaitable<result<int>> {
        virtual_timer timer{co_await asio::this_coro::executor, 1h};
        co_await timer.async_wait(asio::as_tuple(asio::deferred));
        co_return 0;
    };
    auto const caller = [&]() -> asio::awaitable<int> {
        co_await asio::this_coro::throw_if_cancelled(false);
        result<int> const answer = co_await polls.retry(swallows);
        ended = answer.has_error() ? answer.error() : error_code{};
        co_return 0;
    };
    call.spawn(caller());
    time.advance(1min);
    call.emit();
    REQUIRE(call.ended);
    CHECK(ended == asio::error::operation_aborted);
}

TEST_CASE("by value: a spent budget leaves the last error") {
    bb::testing::virtual_time time;
    bb::shared_budget budget{bb::retry_throttle{.tokens = 4, .ratio = 0.1}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_error{}, bb::wait_none{},
                              retrier_options{.budget = &budget}};
    returning_operation operation{{reset, refused, reset, reset}};
    CHECK(time.run(retrier.retry(std::ref(operation))).error() == refused);
    CHECK(operation.calls == 2); // four tokens, three after the first failure, two are half
}

TEST_CASE("by value: results may be move-only, void, or carry an error type of one's own") {
    bb::testing::virtual_time time;
    auto const boxes = []() -> asio::awaitable<result<std::unique_ptr<int>>> {
        co_return std::make_unique<int>(7);
    };
    auto const boxed = time.run(four_times.retry(boxes));
    CHECK(**boxed == 7);

    int calls = 0;
    auto const nothing = [&]() -> asio::awaitable<result<void>> {
        if (++calls == 1)
            co_return reset;
        co_return result<void>{};
    };
    CHECK(time.run(four_times.retry(nothing)).has_value());
    CHECK(calls == 2);

    calls = 0;
    auto const words = [&]() -> asio::awaitable<result<int, std::error_code>> {
        if (++calls == 1)
            co_return std::make_error_code(std::errc::connection_reset);
        co_return 1;
    };
    bb::retrier const by_condition{bb::stop_never{}, bb::retry_if_error{std::errc::connection_reset},
                                   bb::wait_none{}};
    CHECK(time.run(by_condition.retry(words)) == 1);
}

TEST_CASE("by value: an exception_ptr's code tells time-outs, refusals and cancellations apart") {
    bb::testing::virtual_time time;
    using answer = result<int, std::exception_ptr>;
    int calls = 0;
    auto const ends_with = [&](error_code code) {
        calls = 0;
        auto const fails = [&calls, code]() -> asio::awaitable<answer> {
            if (++calls < 3)
                co_return std::make_exception_ptr(boost::system::system_error{code});
            co_return 7;
        };
        bb::retrier const retrier{bb::stop_never{}, bb::retry_if_error{}, bb::wait_none{}, retrier_options{}};
        (void)time.run(retrier.retry(fails));
        return calls;
    };
    CHECK(ends_with(reset) == 3);
    CHECK(ends_with(bb::errc::host_unavailable) == 1);
    CHECK(ends_with(asio::error::operation_aborted) == 1);

    support::breaker breaker{support::store{bb::failure_count{.max_failures = 9, .reset_timeout = 10s}}};
    bb::retrier const retrier{bb::stop_after_attempt{2}, bb::retry_if_error{boost::system::errc::timed_out},
                              bb::wait_none{}, breaker, retrier_options{}};
    auto const hangs = []() -> asio::awaitable<answer> {
        virtual_timer timer{co_await asio::this_coro::executor, 1h};
        co_await timer.async_wait(asio::deferred);
        co_return 1;
    };
    (void)time.run(retrier.retry("h", bb::with_timeout(1s, hangs)));
    CHECK(breaker.snapshot_now("h").failures == 2);
}

TEST_CASE(
    "by value: an exception comes out as one also where the end of the attempts is an error of its own") {
    bb::testing::virtual_time time;
    auto const throws = []() -> asio::awaitable<result<int>> {
        throw std::runtime_error("thrown");
        co_return 1;
    };
    bb::retrier const retrier{
        bb::stop_after_attempt{2}, bb::retry_if_error{}, bb::wait_none{}, {.reraise = false}};
    CHECK_THROWS_AS(time.run(retrier.retry(throws)), std::runtime_error);
}

TEST_CASE("by value: what a result carries is seen as a value of its own") {
    bb::testing::virtual_time time;
    std::vector<int> seen;
    auto const classify = [&seen](bb::outcome const& ended, bb::verdict otherwise) {
        if (auto const* value = ended.value_as<int>())
            seen.push_back(*value);
        CHECK((ended.value_as<result<int>>() != nullptr));
        CHECK(ended.value_as<long>() == nullptr);
        return otherwise;
    };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_error{}, bb::wait_none{},
                              retrier_options{.classify = classify}};
    returning_operation operation{{reset}};
    CHECK(time.run(retrier.retry(std::ref(operation))) == 7);
    CHECK(seen == std::vector{7});
}

TEST_CASE("by value: the observer and the policies see the error, and its text") {
    bb::testing::virtual_time time;
    std::vector<std::string> texts;
    auto const observer = [&texts](bb::retry_event const& event) {
        if (event.what == bb::retry_event::kind::after_attempt && event.now.last->has_error())
            texts.push_back(event.now.last->text());
    };
    auto const as_the_error_says = [](bb::attempt const& a) {
        return a.last->error() == reset ? bb::duration{2s} : bb::duration{5s};
    };
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_if_error{}, as_the_error_says,
                              retrier_options{.observer = observer}};
    returning_operation operation{{reset, refused}};
    CHECK(time.run(retrier.retry(std::ref(operation))) == 7);
    CHECK(texts == std::vector{reset.message(), refused.message()});
    CHECK(time.elapsed() == 7s);
}

} // namespace retrier_by_value_test
