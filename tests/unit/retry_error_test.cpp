// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry_error.hpp>

#include "support/outcomes.hpp"

#include <catch2/catch_test_macros.hpp>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

using namespace breakerbox;
using support::returned;
using support::threw;

namespace {

bool says(retry_error const& e, std::string const& text) {
    return std::string(e.what()).find(text) != std::string::npos;
}

} // namespace

TEST_CASE("retry_error: holds the last exception itself, and tells its text") {
    auto last = threw(std::out_of_range("far"));
    retry_error const e{3, last};
    CHECK(e.code() == errc::attempts_exhausted);
    CHECK(e.attempts() == 3);
    CHECK(e.exception() == last.exception());
    CHECK_THROWS_AS(std::rethrow_exception(e.exception()), std::out_of_range);
    CHECK(e.value<int>() == nullptr);
    CHECK(says(e, "gave up after 3 attempts, the last of which ended with far"));
}

TEST_CASE("retry_error: tells of an exception that has no text, and of a single attempt") {
    auto last = threw(42);
    CHECK(says(retry_error{1, last},
               "gave up after 1 attempt, the last of which ended with unknown exception"));
}

TEST_CASE("retry_error: holds the last value, as exactly its own type") {
    auto last = returned(7);
    retry_error const e{2, last};
    REQUIRE(e.value<int>() != nullptr);
    CHECK(*e.value<int>() == 7);
    CHECK(e.value<long>() == nullptr);
    CHECK(e.exception() == nullptr);
    CHECK(says(e, "gave up after 2 attempts, the last of which ended with a value"));
}

TEST_CASE("retry_error: a move-only value is moved in, and lives as long as a copy of the error does") {
    auto last = returned(std::make_unique<int>(7));
    auto e = std::make_unique<retry_error>(2, last);
    CHECK(last.value() == nullptr);
    auto const copy = *e;
    e.reset();
    REQUIRE(copy.value<std::unique_ptr<int>>() != nullptr);
    CHECK(**copy.value<std::unique_ptr<int>>() == 7);
}

TEST_CASE("retry_error: of an operation without a value") {
    outcome_of<void> last;
    last.set_value();
    retry_error const e{2, last};
    CHECK(e.exception() == nullptr);
    CHECK(e.value<int>() == nullptr);
    CHECK(says(e, "ended with a value"));
}
