// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/detail/meeting.hpp>

#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>

#include "redis/support/meeting_cases.hpp"

namespace meeting_test {

TEST_CASE("meeting: what is brought in, case by case") {
    for (auto const& each : support::meeting_cases()) {
        CAPTURE(each.what);
        CHECK(breakerbox::detail::is_brought_in(each.brought, each.shared) == each.is_brought_in);
    }
}

} // namespace meeting_test
