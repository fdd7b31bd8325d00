// SPDX-License-Identifier: BSL-1.0
#include <gateway/history.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>

namespace history_test {

namespace {

using breakerbox::breaker_state;

TEST_CASE("a sample is what one second has added") {
    gateway::history recent;
    recent.add({.calls = 4, .failures = 3, .refused = 1, .seconds = 0.6}, breaker_state::closed);
    recent.add({.calls = 9, .failures = 3, .refused = 4, .seconds = 1.0}, breaker_state::open);
    REQUIRE(recent.samples().size() == 2);
    auto const& first = recent.samples()[0];
    CHECK(first.calls == 4);
    CHECK(first.failures == 3);
    CHECK(first.refused == 1);
    CHECK(first.milliseconds == 200);
    auto const& second = recent.samples()[1];
    CHECK(second.calls == 5);
    CHECK(second.failures == 0);
    CHECK(second.refused == 3);
    CHECK(second.milliseconds == 200);
    CHECK(second.state == breaker_state::open);
}

TEST_CASE("calls that are refused make no others quicker") {
    gateway::history recent;
    recent.add({.calls = 5, .refused = 5}, breaker_state::open);
    recent.add({.calls = 5, .refused = 6}, breaker_state::open); // its call has not ended yet
    for (auto const& sample : recent.samples())
        CHECK(sample.milliseconds == 0);
}

TEST_CASE("only the last minutes are kept") {
    gateway::history recent;
    for (std::uint64_t i = 1; i <= gateway::history::seconds + 10; ++i)
        recent.add({.calls = i * i}, breaker_state::closed);
    REQUIRE(recent.samples().size() == gateway::history::seconds);
    CHECK(recent.samples().front().calls == 21);
}

} // namespace

} // namespace history_test
