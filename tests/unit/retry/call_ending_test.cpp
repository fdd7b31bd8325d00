// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/detail/call_ending.hpp>

#include <breakerbox/policy/outcome_of.hpp>

#include "support/outcomes.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <catch2/catch_test_macros.hpp>

#include <stdexcept>
#include <vector>

namespace call_ending_test {

using namespace breakerbox;
using boost::system::error_code;
using detail::call_end;
using detail::call_ending;
using detail::code_of;
using detail::ends_with;
using detail::telling;
using result_of_int = boost::system::result<int>;

namespace {

/// Says of a refusal what the user's breaker would throw, which is nothing.
struct quiet_source {
    static constexpr bool is_guarded = true;
    void on_host_unavailable(rejection const&) const {}
};

constexpr auto no_report = [] { return call_report{}; };

error_code code(errc e) {
    return make_error_code(e);
}

} // namespace

TEST_CASE("call_ending: each end that is not the operation's has its code") {
    CHECK(code_of({retry_end::refused, ends_with::refusal}) == errc::host_unavailable);
    CHECK(code_of({retry_end::deadline, ends_with::own_error}) == errc::deadline_exceeded);
    CHECK(code_of({retry_end::store_failed, ends_with::own_error}) == errc::store_failed);
    CHECK(code_of({retry_end::cancelled, ends_with::own_error}) == boost::asio::error::operation_aborted);
    CHECK(code_of({retry_end::stopped, ends_with::no_other}) == errc::attempts_exhausted);
    CHECK(code_of({retry_end::deadline, ends_with::no_other}) == errc::deadline_exceeded);
    CHECK(code_of({retry_end::budget_spent, ends_with::no_other}) == errc::budget_spent);
}

TEST_CASE(
    "call_ending: a call that gives up ends with its last error where that is wanted and can be raised") {
    auto const with = [](retry_end why, outcome const& last, bool exceptions, bool errors) {
        return detail::resolved({why, ends_with::no_other}, last, exceptions, errors).with;
    };
    auto const threw = support::threw(std::runtime_error("no"));
    auto const asks_again = support::threw(try_again{});
    auto const value = support::returned(1);
    outcome_of<result_of_int> error;
    error.set_value(error_code{boost::asio::error::connection_reset});

    CHECK(with(retry_end::stopped, threw, true, false) == ends_with::last_outcome);
    CHECK(with(retry_end::stopped, threw, false, true) == ends_with::no_other);
    CHECK(with(retry_end::stopped, asks_again, true, true) == ends_with::no_other);
    CHECK(with(retry_end::stopped, value, true, true) == ends_with::no_other);
    CHECK(with(retry_end::stopped, error, false, true) == ends_with::last_outcome);
    CHECK(with(retry_end::stopped, error, true, false) == ends_with::no_other);
    CHECK(with(retry_end::left_to_outer, value, false, false) == ends_with::last_outcome);
}

TEST_CASE("call_ending: thrown, an own error comes out instead of what was left of an attempt") {
    auto last = support::threw(std::runtime_error("no"));
    call_ending<int, telling::thrown> ending;
    ending.hold(last, {retry_end::cancelled, ends_with::own_error}, nullptr, true);
    try {
        (void)ending.give(last, false, no_report, quiet_source{});
        FAIL("nothing thrown");
    } catch (boost::system::system_error const& e) {
        CHECK(e.code() == boost::asio::error::operation_aborted);
    }
}

TEST_CASE("call_ending: thrown, a refusal comes out with its reason") {
    outcome_of<int> none;
    call_ending<int, telling::thrown> ending;
    rejection const why{};
    ending.hold(none, {retry_end::refused, ends_with::refusal}, &why, true);
    CHECK_THROWS_AS(ending.give(none, false, no_report, quiet_source{}), host_unavailable);
}

TEST_CASE("call_ending: returned, the operation's own result holds the error") {
    outcome_of<result_of_int> none;
    call_ending<result_of_int, telling::returned> ending;
    ending.hold(none, {retry_end::deadline, ends_with::own_error}, nullptr, true);
    CHECK(ending.give(none, false, no_report, quiet_source{}).error() == code(errc::deadline_exceeded));
}

TEST_CASE("call_ending: in an outcome there are the last attempt's error, and the refusal") {
    auto last = support::failed_with(boost::asio::error::connection_reset);
    call_ending<int, telling::in_outcome> failed;
    failed.hold(last, {retry_end::stopped, ends_with::no_other}, nullptr, true);
    auto const told = failed.give(last, false, no_report, quiet_source{});
    CHECK(told.error() == boost::asio::error::connection_reset);
    CHECK(told.exception() != nullptr);
    CHECK(told.why == nullptr);

    outcome_of<int> none;
    call_ending<int, telling::in_outcome> refused;
    rejection const why{};
    refused.hold(none, {retry_end::refused, ends_with::refusal}, &why, true);
    auto const refusal = refused.give(none, false, no_report, quiet_source{});
    CHECK(refusal.error() == code(errc::host_unavailable));
    CHECK(refusal.why != nullptr);
}

} // namespace call_ending_test
