// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/store/detail/segmented_array.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <vector>

namespace segmented_array_test {

using breakerbox::detail::segmented_array;

TEST_CASE("segmented_array: keeps what was pushed, each where it was first") {
    segmented_array<unsigned> a;
    std::vector<unsigned const*> places;
    constexpr unsigned count = 100'000;
    for (unsigned i = 0; i != count; ++i) {
        a.push_back(i);
        places.push_back(&a[i]);
    }
    REQUIRE(a.size() == count);
    for (unsigned i = 0; i != count; ++i) {
        REQUIRE(a[i] == i);
        REQUIRE(&a[i] == places[i]);
    }
}

TEST_CASE("segmented_array: destroys what is taken out, and what is left at its end") {
    auto const watched = std::make_shared<int>();
    {
        segmented_array<std::shared_ptr<int>> a;
        for (int i = 0; i != 100; ++i)
            a.push_back(watched);
        CHECK(watched.use_count() == 101);
        for (int i = 0; i != 30; ++i)
            a.pop_back();
        CHECK(watched.use_count() == 71);
        a.push_back(watched);
        CHECK(watched.use_count() == 72);
        CHECK(a.size() == 71);
    }
    CHECK(watched.use_count() == 1);
}

TEST_CASE("segmented_array: room that was made is not made again") {
    segmented_array<int> a;
    a.reserve(1000);
    a.push_back(1);
    auto const* const first = &a[0];
    a.reserve(10);
    CHECK(&a[0] == first);
    CHECK(a.size() == 1);
}

} // namespace segmented_array_test
