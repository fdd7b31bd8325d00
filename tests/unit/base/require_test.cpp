// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/require.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <chrono>
#include <stdexcept>

namespace require_test {

using namespace std::chrono_literals;
using namespace breakerbox::detail;
using Catch::Matchers::Message;

TEST_CASE("require: what holds is let pass") {
    CHECK_NOTHROW(require(true, "field", "anything", 1));
    CHECK_NOTHROW(require_not_negative("field", 0s));
    CHECK_NOTHROW(require_host("example.com"));
    CHECK_NOTHROW(require_host(std::string_view("\0", 1)));
}

TEST_CASE("require: what does not hold names the field, what was expected and the value") {
    CHECK_THROWS_MATCHES(require(false, "policy.field", "less than 3", 4), std::invalid_argument,
                         Message("breakerbox: policy.field must be less than 3, but is 4"));
    CHECK_THROWS_MATCHES(require(false, "policy.field", "positive", -0.5), std::invalid_argument,
                         Message("breakerbox: policy.field must be positive, but is -0.5"));
}

TEST_CASE("require: durations of any unit are told as a person writes them") {
    CHECK_THROWS_MATCHES(require_not_negative("policy.field", -1500ms), std::invalid_argument,
                         Message("breakerbox: policy.field must be zero or more, but is -1.5s"));
    CHECK_THROWS_MATCHES(require_not_negative("policy.field", -2h), std::invalid_argument,
                         Message("breakerbox: policy.field must be zero or more, but is -7200s"));
}

TEST_CASE("require: an empty host is refused in words that say it must be given") {
    CHECK_THROWS_MATCHES(require_host(""), std::invalid_argument,
                         Message("breakerbox: 'host' must be given, but is empty"));
}

} // namespace require_test
