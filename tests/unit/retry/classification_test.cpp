// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/detail/retry_decisions.hpp>

#include <breakerbox/policy/stop.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <catch2/catch_test_macros.hpp>

#include <dlfcn.h>

#include <atomic>
#include <exception>
#include <stdexcept>

// An exception thrown again to find out its type costs as much as the first throw did. These tests count.

namespace {

std::atomic<int> thrown_again = 0;

} // namespace

// Stands before the standard library's, which is how an exception that an exception_ptr holds is thrown
// again.
void std::rethrow_exception(std::exception_ptr e) {
    using function = void (*)(std::exception_ptr);
    static auto const original = reinterpret_cast<function>(
        dlsym(RTLD_NEXT, "_ZSt17rethrow_exceptionNSt15__exception_ptr13exception_ptrE"));
    ++thrown_again;
    original(std::move(e));
    std::terminate();
}

namespace classification_test {
using namespace breakerbox;
using namespace std::chrono_literals;

namespace {

template <class E>
void hold(outcome_of<int>& result, E const& e) {
    try {
        throw e;
    } catch (std::exception const& caught) {
        result.set_current_exception(&caught);
    } catch (...) {
        result.set_current_exception();
    }
}

/// How many times `look` at an attempt that threw `e` throws it again.
template <class E, class Look>
int throws_of(E const& e, Look look) {
    outcome_of<int> result;
    hold(result, e);
    auto const before = thrown_again.load();
    look(result);
    return thrown_again - before;
}

} // namespace

TEST_CASE("classification: the count counts: what is no std::exception is thrown again to be looked at") {
    CHECK(throws_of(42, [](outcome const& o) { o.exception_as<int>(); }) == 1);
}

TEST_CASE("classification: no std::exception is thrown again to be looked at") {
    std::out_of_range const e("far");
    CHECK(throws_of(e, [](outcome const& o) {
              CHECK(o.exception_as<std::out_of_range>() != nullptr);
              CHECK(o.exception_as<std::runtime_error>() == nullptr);
              CHECK(o.exception_as<int>() == nullptr);
              CHECK(o.text() == "far");
              CHECK_FALSE(o.error());
              CHECK_FALSE(o.is_operation_aborted());
          }) == 0);
}

TEST_CASE("classification: a whole decision about a std::exception throws nothing, whatever policies ask") {
    auto const retry_if = retry_if_exception<std::out_of_range, std::runtime_error, int>{} |
                          retry_if_not_exception<std::logic_error>{} |
                          retry_if_error{boost::asio::error::eof} | retry_if_exception_message{"near"} |
                          retry_if_exception_that{[](std::domain_error const&) { return true; }} |
                          retry_if_exception_cause<std::bad_alloc>{};
    auto const wait = wait_exception{[](std::domain_error const&) { return 1s; }};
    auto const decide = [&](outcome_of<int> const& result) {
        detail::retry_decisions call{stop_after_attempt{3}, retry_if, wait};
        call.judge(result, false);
        call.end_after_failure();
    };
    CHECK(throws_of(std::invalid_argument("far"), decide) == 0);
    CHECK(throws_of(boost::system::system_error{boost::asio::error::fault}, decide) == 0);
    CHECK(throws_of(try_again{}, decide) == 0);
}

} // namespace classification_test
