// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/permanent.hpp>

#include "support/failing_operation.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/retry/with_timeout.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace permanent_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using support::host_down;
using support::retrier_options;

namespace {

/// An operation that throws what it is given, and counts.
struct throwing {
    std::exception_ptr error;
    int calls = 0;

    asio::awaitable<int> operator()() {
        ++calls;
        std::rethrow_exception(error);
        co_return 7;
    }
};

template <class E>
std::exception_ptr permanently(E e) {
    return std::make_exception_ptr(bb::permanent{std::move(e)});
}

bb::retrier const four_times{bb::stop_after_attempt{4}, bb::retry_if_exception<>{}, bb::wait_fixed{1s},
                             retrier_options{}};

/// An error type of a user's own.
struct my_error {
    my_error() = default;
    my_error(boost::system::error_code c, bool p = false) : code_(c), permanent_(p) {}
    boost::system::error_code code() const { return code_; }
    bool is_permanent() const { return permanent_; }

    boost::system::error_code code_{};
    bool permanent_ = false;
};
[[noreturn, maybe_unused]] inline void throw_exception_from_error(my_error const& e,
                                                                  boost::source_location const&) {
    throw boost::system::system_error{e.code()};
}

} // namespace

TEST_CASE("permanent: ends the call at once, and the error within comes out as it is") {
    bb::testing::virtual_time time;
    throwing operation{permanently(host_down{"gone for good"})};
    CHECK_THROWS_MATCHES(time.run(four_times.retry(std::ref(operation))), host_down,
                         Catch::Matchers::Message("gone for good"));
    CHECK(operation.calls == 1);
    CHECK(time.elapsed() == 0s);
}

TEST_CASE("permanent: takes the exception that is being handled, and may be wrapped twice") {
    bb::testing::virtual_time time;
    std::exception_ptr handled;
    try {
        throw host_down{"handled"};
    } catch (...) {
        handled = permanently(std::current_exception());
    }
    for (auto const& error : {handled, permanently(handled)}) {
        throwing operation{error};
        CHECK_THROWS_AS(time.run(four_times.retry(std::ref(operation))), host_down);
        CHECK(operation.calls == 1);
    }
}

TEST_CASE("permanent: a later attempt may end the call, too, and one within a time-out") {
    bb::testing::virtual_time time;
    int calls = 0;
    auto const operation = [&]() -> asio::awaitable<int> {
        if (++calls == 1)
            throw host_down{"once"};
        throw bb::permanent{std::out_of_range{"no such thing"}};
        co_return 7;
    };
    CHECK_THROWS_AS(time.run(four_times.retry(operation)), std::out_of_range);
    CHECK(calls == 2);
    calls = 1;
    CHECK_THROWS_AS(time.run(four_times.retry(bb::with_timeout(1s, operation))), std::out_of_range);
    CHECK(calls == 2);
}

TEST_CASE("permanent: the breaker is told what it would be told of the error within") {
    bb::testing::virtual_time time;
    support::breaker breaker{support::store{{.max_failures = 5, .reset_timeout = 1h}}};
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_if_exception<host_down>{}, bb::wait_none{},
                              breaker, retrier_options{}};
    throwing matched{permanently(host_down{"gone"})};
    CHECK_THROWS_AS(time.run(retrier.retry("h", std::ref(matched))), host_down);
    CHECK(matched.calls == 1);
    CHECK(breaker.snapshot_now("h").failures == 1);
    throwing unmatched{permanently(std::logic_error{"mine"})};
    CHECK_THROWS_AS(time.run(retrier.retry("h", std::ref(unmatched))), std::logic_error);
    CHECK(breaker.snapshot_now("h").failures == 1);
}

TEST_CASE("permanent: observers and reports see the error within, and that it isn't retried") {
    bb::testing::virtual_time time;
    std::string told;
    auto const observer = [&](bb::retry_event const& event) {
        if (event.what == bb::retry_event::kind::after_attempt)
            told = event.now.last->text();
    };
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_always{}, bb::wait_none{},
                              retrier_options{.observer = observer}};
    throwing operation{permanently(host_down{"gone"})};
    auto const call = time.run(retrier.outcome(std::ref(operation)));
    CHECK(told == "gone");
    CHECK(call.end == bb::retry_end::not_retryable);
    CHECK(call.attempts == 1);
    CHECK(bb::outcome_of<int>{call.exception()}.text() == "gone");
}

TEST_CASE("permanent: what is passed to a retrier around it depends on whether that is known") {
    bb::testing::virtual_time time;
    throwing operation{permanently(host_down{"gone"})};
    // To the outer retrier here the inner one is an operation like any other, whose error may be retried.
    auto const apart = [&]() -> asio::awaitable<int> {
        co_return co_await four_times.retry(std::ref(operation));
    };
    CHECK_THROWS_AS(time.run(four_times.retry(apart)), host_down);
    CHECK(operation.calls == 4);

    for (auto const when : {bb::nested::once, bb::nested::multiply}) {
        operation.calls = 0;
        bb::retrier const inner{bb::stop_after_attempt{4}, bb::retry_if_exception<>{}, bb::wait_fixed{1s},
                                retrier_options{.when_nested = when}};
        auto const within = [&](bb::attempt_context const& outer) -> asio::awaitable<int> {
            co_return co_await inner.within(outer).retry(std::ref(operation));
        };
        CHECK_THROWS_AS(time.run(four_times.retry(within)), host_down);
        CHECK(operation.calls == 1);
    }
}

TEST_CASE("permanent: an error that is returned may say that it is, and comes back as it is") {
    bb::testing::virtual_time time;
    int calls = 0;
    my_error error{asio::error::connection_reset, true};
    auto const operation = [&]() -> asio::awaitable<boost::system::result<int, my_error>> {
        ++calls;
        co_return error;
    };
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_if_error{}, bb::wait_fixed{1s},
                              retrier_options{}};
    CHECK(time.run(retrier.retry(operation)).error().is_permanent());
    CHECK(calls == 1);
    error = {asio::error::connection_reset, false};
    CHECK_FALSE(time.run(retrier.retry(operation)).error().is_permanent());
    CHECK(calls == 5);
}

TEST_CASE("permanent: a returned exception_ptr of one comes back as the error within") {
    bb::testing::virtual_time time;
    int calls = 0;
    auto const operation = [&]() -> asio::awaitable<boost::system::result<int, std::exception_ptr>> {
        ++calls;
        co_return permanently(permanently(host_down{"gone"}));
    };
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_if_error{}, bb::wait_fixed{1s},
                              retrier_options{}};
    auto const check_gone = [](boost::system::result<int, std::exception_ptr> const& answer) {
        REQUIRE(answer.has_error());
        CHECK_THROWS_AS(std::rethrow_exception(answer.error()), host_down);
    };
    check_gone(time.run(retrier.retry(operation)));
    CHECK(calls == 1);
    auto const within = [&](bb::attempt_context const& outer)
        -> asio::awaitable<boost::system::result<int, std::exception_ptr>> {
        co_return co_await retrier.within(outer).retry(operation);
    };
    check_gone(time.run(retrier.retry(within)));
    CHECK(calls == 2);
}

TEST_CASE("permanent: an outcome made of one is that of the error within, for tests of policies") {
    bb::outcome_of<int> const o{permanently(host_down{"gone"})};
    CHECK(o.is_permanent());
    CHECK(o.exception_as<host_down>() != nullptr);
    CHECK(o.exception_as<bb::permanent>() == nullptr);
    CHECK_FALSE(bb::outcome_of<int>{std::make_exception_ptr(host_down{"x"})}.is_permanent());
    bb::outcome_of<int> const empty{std::make_exception_ptr(bb::permanent{std::exception_ptr{}})};
    CHECK(empty.is_permanent());
    CHECK(empty.text() == "permanent error");
}

TEST_CASE("permanent: a returned exception_ptr of one is seen through a time-out") {
    bb::testing::virtual_time time;
    int calls = 0;
    auto const operation = [&]() -> asio::awaitable<boost::system::result<int, std::exception_ptr>> {
        ++calls;
        co_return permanently(host_down{"gone"});
    };
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_if_error{}, bb::wait_fixed{1s},
                              retrier_options{}};
    CHECK(time.run(retrier.retry(bb::with_timeout(1s, operation))).has_error());
    CHECK(calls == 1);
}

} // namespace permanent_test
