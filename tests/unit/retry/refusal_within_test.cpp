// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include "support/outcomes.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>

namespace refusal_within_test {

// A refusal that comes out of the operation, a retrier's within it or another breaker's, and who retries it.

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::detail::judgement;
using boost::system::error_code;
using boost::system::system_error;
using support::retrier_options;
using support::threw;

namespace {

using result = boost::system::result<int>;

bb::rejection const refusal;

struct refused_by_region : bb::host_unavailable {
    refused_by_region() : host_unavailable(refusal) {}
};

template <class RetryIf, class Outcome>
bool retries(RetryIf const& retry_if, Outcome const& ended) {
    return bb::detail::retry_decisions{bb::stop_never{}, retry_if, bb::wait_none{}}.judge(ended, false) ==
           judgement::failure;
}

/// Whether each of three refusals is retried: thrown as it is, thrown as a code, and returned.
template <class RetryIf>
std::array<bool, 3> retries_refusals(RetryIf const& retry_if) {
    error_code const code = bb::errc::host_unavailable;
    return {retries(retry_if, threw(bb::host_unavailable{refusal})),
            retries(retry_if, threw(system_error{code})),
            retries(retry_if, bb::outcome_of<result>{result{code}})};
}

constexpr std::array never{false, false, false};
constexpr std::array always{true, true, true};
constexpr std::array as_thrown{true, false, false};

/// Refuses with an error of the application's own.
template <class Error>
struct own_breaker : support::breaker {
    using support::breaker::breaker;

    void on_host_unavailable(bb::rejection const&) override { throw Error{}; }
};

struct service_down : std::runtime_error {
    service_down() : runtime_error("service down") {}
};

support::store opens_at_once() {
    return support::store{bb::failure_count{.max_failures = 0, .reset_timeout = 10s}};
}

/// Calls an inner retrier whose breaker refuses, within an outer one that tries five times.
template <class RetryIf>
auto around_refusing(support::breaker& breaker, RetryIf const& retry_if) {
    bb::testing::virtual_time time;
    breaker.force_open_now("h", 10s);
    bb::retrier const inner{bb::stop_never{}, bb::retry_always{}, bb::wait_none{}, breaker,
                            retrier_options{}};
    bb::retrier const outer{bb::stop_after_attempt{5}, retry_if, bb::wait_none{}, retrier_options{}};
    auto const fetch = []() -> asio::awaitable<int> { co_return 7; };
    auto const load = [&]() -> asio::awaitable<int> { co_return co_await inner.retry("h", fetch); };
    return time.run(outer.outcome(load));
}

} // namespace

TEST_CASE("refusal within: only what names it retries it, by its code or by its type") {
    using bb::errc;
    using bb::retry_if_error;
    bb::retry_if_error const by_code{errc::host_unavailable};
    bb::retry_if_exception<bb::host_unavailable> const by_type;

    CHECK(retries_refusals(by_code) == always);
    CHECK(retries_refusals(retry_if_error{boost::asio::error::eof, errc::host_unavailable}) == always);
    CHECK(retries_refusals(retry_if_error{error_code{errc::host_unavailable}.default_error_condition()}) ==
          always);
    CHECK(retries_refusals(by_type) == as_thrown);
    CHECK(retries_refusals(bb::retry_if_exception<std::logic_error, bb::host_unavailable>{}) == as_thrown);
    auto const soon = [](bb::host_unavailable const& e) { return e.why().retry_after < 1s; };
    CHECK(retries_refusals(bb::retry_if_exception_that{soon}) == as_thrown);

    CHECK(retries_refusals(bb::retry_always{}) == never);
    CHECK(retries_refusals(bb::retry_if_exception<>{}) == never);
    CHECK(retries_refusals(bb::retry_if_exception<std::exception>{}) == never);
    CHECK(retries_refusals(bb::retry_if_exception<system_error>{}) == never);
    CHECK(retries_refusals(bb::retry_if_not_exception<std::logic_error>{}) == never);
    CHECK(retries_refusals(bb::retry_unless_exception<std::logic_error>{}) == never);
    CHECK(retries_refusals(bb::retry_if_exception_message{"unavailable"}) == never);
    CHECK(retries_refusals(retry_if_error{}) == never);
    CHECK(retries_refusals(retry_if_error{boost::asio::error::eof}) == never);
    // A predicate of the caller's own that takes more than refusals has not been written for them.
    CHECK(retries_refusals(bb::retry_if_exception_that{[](system_error const&) { return true; }}) == never);
    CHECK(retries_refusals(bb::retry_if_exception_that{[](std::exception_ptr const&) { return true; }}) ==
          never);
    bb::outcome_of<result> const returned{result{error_code{errc::host_unavailable}}};
    CHECK_FALSE(retries(bb::retry_if_error_that{[](error_code) { return true; }}, returned));
    CHECK_FALSE(retries(bb::retry_if_result{[](result const&) { return true; }}, returned));
    CHECK(retries_refusals([](bb::outcome const&) { return true; }) == never);
    CHECK(retries_refusals(bb::retry_never{}) == never);
}

TEST_CASE(
    "refusal within: a combination retries it where one of its policies names it, and all of it says yes") {
    bb::retry_if_error const by_code{bb::errc::host_unavailable};
    bb::retry_if_exception<bb::host_unavailable> const by_type;

    CHECK(retries_refusals(bb::retry_never{} | by_code) == always);
    CHECK(retries_refusals(bb::retry_if_exception<>{} | by_type) == as_thrown);
    CHECK(retries_refusals(bb::retry_if_error{} | by_type) == as_thrown);
    CHECK(retries_refusals(bb::retry_always{} & by_code) == always);
    CHECK(retries_refusals(bb::retry_if_exception<>{} & by_code) == std::array{true, true, false});
    CHECK(retries_refusals(bb::retry_never{} & by_code) == never);
    CHECK(retries_refusals(!by_code) == never);
    CHECK(retries_refusals((!by_code) | bb::retry_always{}) == never);
    CHECK(retries_refusals(!!by_code) == never);
}

TEST_CASE(
    "refusal within: a type derived from host_unavailable is one, and is named by its own type as well") {
    auto const thrown = threw(refused_by_region{});
    CHECK(retries(bb::retry_if_exception<bb::host_unavailable>{}, thrown));
    CHECK(retries(bb::retry_if_exception<refused_by_region>{}, thrown));
    CHECK(retries(bb::retry_if_error{bb::errc::host_unavailable}, thrown));
    CHECK_FALSE(retries(bb::retry_always{}, thrown));
    CHECK_FALSE(retries(bb::retry_if_exception<refused_by_region>{}, threw(bb::host_unavailable{refusal})));
    CHECK(retries(bb::retry_if_error{bb::errc::host_unavailable},
                  threw(std::system_error{error_code{bb::errc::host_unavailable}})));
}

TEST_CASE("refusal within: what a cancelled call ends with is its cancellation, also where it is named") {
    bb::detail::retry_decisions call{bb::stop_never{}, bb::retry_if_error{bb::errc::host_unavailable},
                                     bb::wait_none{}};
    CHECK(call.judge(threw(bb::host_unavailable{refusal}), true) == judgement::cancelled);
}

TEST_CASE("refusal within: an inner retrier's ends the outer call, unless its retry_if names it") {
    support::breaker breaker{opens_at_once()};
    auto const unnamed = around_refusing(breaker, bb::retry_if_exception<>{});
    CHECK(unnamed.attempts == 1);
    CHECK(unnamed.end == bb::retry_end::not_retryable);
    CHECK(unnamed.error() == bb::errc::host_unavailable);
    auto const named = around_refusing(breaker, bb::retry_if_error{bb::errc::host_unavailable});
    CHECK(named.attempts == 5);
    CHECK(named.end == bb::retry_end::stopped);
}

TEST_CASE("refusal within: an override's own error, out of an inner retrier, is an error like any other") {
    own_breaker<service_down> breaker{opens_at_once()};
    CHECK(around_refusing(breaker, bb::retry_if_exception<service_down>{}).attempts == 5);
    CHECK(around_refusing(breaker, bb::retry_if_exception<>{}).attempts == 5);
    CHECK(around_refusing(breaker, bb::retry_if_exception<std::logic_error>{}).attempts == 1);
    own_breaker<refused_by_region> derived{opens_at_once()};
    CHECK(around_refusing(derived, bb::retry_if_exception<>{}).attempts == 1);
    CHECK(around_refusing(derived, bb::retry_if_exception<refused_by_region>{}).attempts == 5);
}

TEST_CASE("refusal within: of the retrier's own breaker none is ever retried, whatever names it") {
    bb::testing::virtual_time time;
    auto const fetch = []() -> asio::awaitable<int> { co_return 7; };
    auto const try_fetch = []() -> asio::awaitable<result> { co_return 7; };
    auto const refused = [&](support::breaker& breaker, auto const& retry_if) {
        breaker.force_open_now("h", 10s);
        bb::retrier const retrier{bb::stop_never{}, retry_if, bb::wait_fixed{1s}, breaker, retrier_options{}};
        CHECK_THROWS(time.run(retrier.retry("h", fetch)));
        CHECK(time.run(retrier.outcome("h", fetch)).attempts == 0);
        CHECK(time.run(retrier.retry("h", try_fetch)).error() == bb::errc::host_unavailable);
        CHECK(breaker.snapshot_now("h").failures == 1); // as force_open has it
    };
    support::breaker plain{opens_at_once()};
    own_breaker<service_down> overridden{opens_at_once()};
    refused(plain, bb::retry_always{});
    refused(plain, bb::retry_if_error{bb::errc::host_unavailable});
    refused(overridden, bb::retry_if_exception<service_down>{});
    refused(overridden, bb::retry_if_exception<>{} | bb::retry_if_error{bb::errc::host_unavailable});
    CHECK(time.elapsed() == 0s);
}

TEST_CASE("README: A refusal out of the operation is retried only where retry_if names it.") {
    // Fails over: another replica on each attempt, of which the first is known to be down.
    bb::testing::virtual_time time;
    support::breaker breaker{opens_at_once()};
    bb::retrier const ask{bb::stop_after_attempt{1}, bb::retry_if_exception<service_down>{}, bb::wait_none{},
                          breaker, retrier_options{}};
    std::string asked;
    auto const fetch = [&](char name) -> asio::awaitable<int> {
        asked += name;
        if (name != 'c')
            throw service_down{};
        co_return 7;
    };
    auto const from_next = [&](bb::attempt_context const& attempt) -> asio::awaitable<int> {
        auto const name = static_cast<char>('a' + (attempt.number() - 1) % 3);
        co_return co_await ask.within(attempt).retry(std::string(1, name), fetch, name);
    };
    auto const failing_over = [&](auto const& retry_if) {
        bb::retrier const retrier{bb::stop_after_attempt{3}, retry_if, bb::wait_none{}, retrier_options{}};
        return time.run(retrier.outcome(from_next));
    };
    breaker.force_open_now("a", 10s);
    auto const named =
        bb::retry_if_exception<service_down>{} | bb::retry_if_exception<bb::host_unavailable>{};
    CHECK(failing_over(named).value() == 7);
    CHECK(asked == "bc");
    CHECK(failing_over(named).value() == 7); // b has opened, too
    CHECK(asked == "bcc");
    CHECK(failing_over(bb::retry_if_exception<>{}).end == bb::retry_end::not_retryable);
    CHECK(asked == "bcc");
}

TEST_CASE("refusal within: a named one is a failure to the outer retrier's breaker, another one neutral") {
    bb::testing::virtual_time time;
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 9, .reset_timeout = 10s}}};
    auto const refused = []() -> asio::awaitable<result> { co_return bb::errc::host_unavailable; };
    auto const failures_after = [&](auto const& retry_if) {
        bb::retrier const retrier{bb::stop_after_attempt{2}, retry_if, bb::wait_none{}, breaker,
                                  retrier_options{}};
        CHECK_FALSE(time.run(retrier.retry("service", refused)));
        return breaker.snapshot_now("service").failures;
    };
    CHECK(failures_after(bb::retry_if_error{}) == 0);
    CHECK(failures_after(bb::retry_if_error{bb::errc::host_unavailable}) == 2);
}

} // namespace refusal_within_test
