// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/attempt.hpp>

#include <catch2/catch_test_macros.hpp>

namespace attempt_test {

using namespace breakerbox;

TEST_CASE("attempt: a call begins with attempt 1, at no time, with nothing to wait for and no outcome") {
    attempt const first;
    CHECK(first.number == 1);
    CHECK(first.elapsed == duration::zero());
    CHECK(first.upcoming_wait == duration::zero());
    CHECK(first.last == nullptr);
}

TEST_CASE("attempt: policies, which see it const, draw one number after the other from it") {
    attempt const call{.random = detail::random_source{1}};
    CHECK(call.random.next() != call.random.next());
}

} // namespace attempt_test
