// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/detail/recovery_slot.hpp>

#include <catch2/catch_test_macros.hpp>

namespace recovery_slot_test {

using breakerbox::detail::recovery_slot;

TEST_CASE("recovery_slot: one recovery at a time") {
    recovery_slot slot;
    CHECK_FALSE(slot.is_held());
    auto const first = slot.take();
    CHECK(first != 0);
    CHECK(slot.is_held());
    CHECK(slot.take() == 0);
    slot.free(first);
    CHECK_FALSE(slot.is_held());
    CHECK(slot.take() != 0);
}

TEST_CASE("recovery_slot: one that has ended doesn't end a later one") {
    recovery_slot slot;
    auto const first = slot.take();
    slot.free(first);
    auto const second = slot.take();
    CHECK(second != first);
    slot.free(first);
    CHECK(slot.is_held());
    slot.free(second);
    CHECK_FALSE(slot.is_held());
}

} // namespace recovery_slot_test
