// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_after.hpp>

#include "support/virtual_breaker.hpp"

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/retry/retry_error.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace retry_after_hints_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::when_longer;
using boost::system::result;
using support::retrier_options;
using hint = std::optional<bb::duration>;

namespace {

struct response {
    int status = 503;
    hint come_back_in{};
};

struct busy : std::runtime_error {
    explicit busy(hint d) : std::runtime_error("busy"), come_back_in(d) {}
    hint come_back_in;
};

auto const of_response = [](response const& r) { return r.come_back_in; };
auto const of_exception = [](busy const& e) { return e.come_back_in; };
bb::retry_if_result const if_503{[](response const& r) { return r.status == 503; }};

/// An error with a hint, that a library's own errors can be made into.
struct my_error {
    my_error() = default;
    my_error(boost::system::error_code c, hint d = {}) : code_(c), come_back_in(d) {}
    boost::system::error_code code() const { return code_; }

    boost::system::error_code code_{};
    hint come_back_in{};
};
auto const of_error = [](my_error const& e) { return e.come_back_in; };
[[noreturn, maybe_unused]] inline void throw_exception_from_error(my_error const& e,
                                                                  boost::source_location const&) {
    throw boost::system::system_error{e.code()};
}

/// Answers each call alike, and counts.
template <class T>
struct answering {
    T answer;
    int calls = 0;

    asio::awaitable<T> operator()() {
        ++calls;
        co_return answer;
    }
};

auto four_times(auto retry_if, auto wait) {
    return bb::retrier{bb::stop_after_attempt{4}, retry_if, wait, retrier_options{}};
}

} // namespace

TEST_CASE("retry_after: seconds may have a fraction, as some servers send them") {
    CHECK(bb::retry_after("2.0") == 2s);
    CHECK(bb::retry_after(" 0.5 ") == 500ms);
    CHECK(bb::retry_after("1.") == 1s);
    CHECK(bb::retry_after("1.000000001") == 1s + 1ns);
    CHECK(bb::retry_after("1.0000000001") == 1s + 1ns); // no wait is too short
    CHECK(bb::retry_after("0.9999999999") == 1s);
    CHECK(bb::retry_after("1.0000000000000000000000") == 1s);
    CHECK(bb::retry_after("99999999999999999999.9") == bb::duration::max());
    CHECK(bb::retry_after("9223372036.9") == bb::duration::max());
}

TEST_CASE("retry_after: what only looks like a number is none") {
    for (auto const* const value :
         {".5", ".", "1.5.5", "1,5", "-1.0", "+1.0", "1e3", "0x10", "1.-5", "1. 5", "1.5s", "NaN", "inf"}) {
        CAPTURE(value);
        CHECK(bb::retry_after(value) == std::nullopt);
    }
}

TEST_CASE("wait_retry_after: a hint beyond max is waited for as max, or ends the call") {
    bb::testing::virtual_time time;
    answering<response> operation{{.come_back_in = 1h}};
    auto const clamping =
        four_times(if_503, bb::wait_retry_after{of_response, bb::wait_none{}, {.max = 60s, .jitter = 0}});
    CHECK_THROWS_AS(time.run(clamping.retry(std::ref(operation))), bb::retry_error);
    CHECK(operation.calls == 4);
    CHECK(time.elapsed() == 3min);

    operation.calls = 0;
    auto const giving_up = four_times(
        if_503, bb::wait_retry_after{
                    of_response, bb::wait_none{}, {.max = 60s, .when_longer = when_longer::give_up}});
    auto const call = time.run(giving_up.outcome(std::ref(operation)));
    CHECK(operation.calls == 1);
    CHECK(call.end == bb::retry_end::wait_too_long);
    CHECK(call.has_value());
    CHECK(call.error() == bb::errc::attempts_exhausted);
    CHECK(time.elapsed() == 3min);
}

TEST_CASE("wait_retry_after: a call that is told to wait for too long ends with its last error") {
    bb::testing::virtual_time time;
    bb::retry_after_options const options{.max = 60s, .jitter = 0, .when_longer = when_longer::give_up};
    bb::duration asked = 60s;
    int calls = 0;
    auto const throwing = [&]() -> asio::awaitable<int> {
        ++calls;
        throw busy{asked};
        co_return 7;
    };
    auto const thrown =
        four_times(bb::retry_if_exception<>{}, bb::wait_retry_after{of_exception, bb::wait_none{}, options});
    CHECK_THROWS_AS(time.run(thrown.retry(throwing)), busy);
    CHECK(calls == 4); // exactly max is not longer
    asked += 1ns;
    CHECK_THROWS_AS(time.run(thrown.retry(throwing)), busy);
    CHECK(calls == 5);

    answering<result<int, my_error>> returning{my_error{asio::error::try_again, 1h}};
    auto const returned =
        four_times(bb::retry_if_error{}, bb::wait_retry_after{of_error, bb::wait_none{}, options});
    CHECK(time.run(returned.retry(std::ref(returning))).error().code() == asio::error::try_again);
    CHECK(returning.calls == 1);
}

TEST_CASE(
    "wait_retry_after: gives up within sums and chains too, and only after the attempt that was told so") {
    bb::testing::virtual_time time;
    bb::wait_retry_after const policy{
        of_response, bb::wait_none{}, {.max = 60s, .jitter = 0, .when_longer = when_longer::give_up}};
    int calls = 0;
    auto const operation = [&]() -> asio::awaitable<response> {
        co_return response{.come_back_in = ++calls == 3 ? 1h : 1s};
    };
    auto const ends = [&](auto const& wait) {
        calls = 0;
        auto const call = time.run(four_times(if_503, wait).outcome(operation));
        return std::pair{calls, call.end};
    };
    std::pair const too_long{3, bb::retry_end::wait_too_long};
    CHECK(ends(policy) == too_long);
    CHECK(ends(policy + bb::wait_fixed{1s}) == too_long);
    CHECK(ends(bb::wait_chain{bb::wait_none{}, policy}) == too_long);
    CHECK(ends(bb::wait_chain{policy, bb::wait_none{}}) == std::pair{4, bb::retry_end::stopped});
}

TEST_CASE("wait_retry_after: a hint is read in the error of a result, whatever the result") {
    bb::testing::virtual_time time;
    bb::retry_after_options const options{.jitter = 0};
    answering<result<int, my_error>> mine{my_error{asio::error::try_again, 2s}};
    auto const asked =
        four_times(bb::retry_if_error{}, bb::wait_retry_after{of_error, bb::wait_fixed{1min}, options});
    CHECK(time.run(asked.retry(std::ref(mine))).has_error());
    CHECK(time.elapsed() == 6s);

    // An error without a hint leaves it to the other policy.
    mine.answer = my_error{asio::error::try_again};
    CHECK(time.run(asked.retry(std::ref(mine))).has_error());
    CHECK(time.elapsed() == 6s + 3min);
}

TEST_CASE("wait_retry_after: an error that is made for the occasion is looked at, too") {
    bb::testing::virtual_time time;
    auto const of_code = [](boost::system::error_code const& code) -> hint {
        return code == asio::error::try_again ? hint{2s} : std::nullopt;
    };
    auto const policy = bb::wait_retry_after{of_code, bb::wait_none{}, {.jitter = 0}};
    answering<result<int>> boost_result{make_error_code(asio::error::try_again)};
    CHECK(time.run(four_times(bb::retry_if_error{}, policy).retry(std::ref(boost_result))).has_error());
    CHECK(time.elapsed() == 6s);
    using tuple = std::tuple<boost::system::error_code, int>;
    answering<tuple> in_tuple{tuple{asio::error::try_again, 0}};
    (void)time.run(four_times(bb::retry_if_error{}, policy).retry(std::ref(in_tuple)));
    CHECK(time.elapsed() == 12s);
}

TEST_CASE("wait_retry_after: a returned exception_ptr is given to a function that takes one") {
    bb::testing::virtual_time time;
    auto const of_any = [](std::exception_ptr const& e) -> hint {
        bb::outcome_of<void> const o{e};
        auto const* const known = o.exception_as<busy>();
        return known != nullptr ? known->come_back_in : std::nullopt;
    };
    auto const policy = bb::wait_retry_after{of_any, bb::wait_none{}, {.jitter = 0}};
    answering<result<int, std::exception_ptr>> operation{std::make_exception_ptr(busy{2s})};
    CHECK(time.run(four_times(bb::retry_if_error{}, policy).retry(std::ref(operation))).has_error());
    CHECK(time.elapsed() == 6s);
}

} // namespace retry_after_hints_test
