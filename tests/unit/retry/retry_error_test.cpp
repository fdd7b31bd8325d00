// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retry_error.hpp>

#include "support/outcomes.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

namespace retry_error_test {

using namespace breakerbox;
using support::returned;
using support::threw;

namespace {

call_report gave_up_after(std::uint64_t attempts) {
    return {.end = retry_end::stopped, .attempts = attempts};
}

bool says(retry_error const& e, std::string const& text) {
    return std::string(e.what()).find(text) != std::string::npos;
}

} // namespace

TEST_CASE("retry_error: holds the last exception itself, and tells its text") {
    auto last = threw(std::out_of_range("far"));
    retry_error const e{gave_up_after(3), last};
    CHECK(e.code() == errc::attempts_exhausted);
    CHECK(e.attempts() == 3);
    CHECK(e.exception() == last.exception());
    CHECK_THROWS_AS(std::rethrow_exception(e.exception()), std::out_of_range);
    CHECK(e.value<int>() == nullptr);
    CHECK(says(e, "gave up after 3 attempts, the last of which ended with far"));
}

TEST_CASE("retry_error: tells of an exception that has no text, and of a single attempt") {
    auto last = threw(42);
    CHECK(says(retry_error{gave_up_after(1), last},
               "gave up after 1 attempt, the last of which ended with unknown exception"));
}

TEST_CASE("retry_error: holds the last value, as exactly its own type") {
    auto last = returned(7);
    retry_error const e{gave_up_after(2), last};
    REQUIRE(e.value<int>() != nullptr);
    CHECK(*e.value<int>() == 7);
    CHECK(e.value<long>() == nullptr);
    CHECK(e.exception() == nullptr);
    CHECK(says(e, "gave up after 2 attempts, the last of which ended with a value"));
}

TEST_CASE("retry_error: a move-only value is moved in, and lives as long as a copy of the error does") {
    auto last = returned(std::make_unique<int>(7));
    auto e = std::make_unique<retry_error>(gave_up_after(2), last);
    CHECK(last.value() == nullptr);
    auto const copy = *e;
    e.reset();
    REQUIRE(copy.value<std::unique_ptr<int>>() != nullptr);
    CHECK(**copy.value<std::unique_ptr<int>>() == 7);
}

TEST_CASE("retry_error: of an operation without a value") {
    outcome_of<void> last;
    last.set_value();
    retry_error const e{gave_up_after(2), last};
    CHECK(e.exception() == nullptr);
    CHECK(e.value<int>() == nullptr);
    CHECK(says(e, "ended with a value"));
}

TEST_CASE("retry_error: its code says why there was no further attempt, and its report tells of the call") {
    auto last = threw(std::out_of_range("far"));
    retry_error const late{{.end = retry_end::deadline, .attempts = 2, .took = std::chrono::seconds{3}},
                           last};
    CHECK(late.code() == errc::deadline_exceeded);
    CHECK(says(late, "out of time after 2 attempts, the last of which ended with far"));
    CHECK(late.report().took == std::chrono::seconds{3});
    retry_error const poor{{.end = retry_end::budget_spent, .attempts = 1}, last};
    CHECK(poor.code() == errc::budget_spent);
}

} // namespace retry_error_test
