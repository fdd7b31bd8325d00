// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/store/detail/host_filter.hpp>

#include "support/on_threads.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstddef>

namespace host_filter_test {

using breakerbox::detail::host_filter;

namespace {

/// Hashes of which each is counted in a place of its own, in the filter of so many hosts.
std::size_t hash_of(std::size_t i) {
    return i * 64;
}

} // namespace

TEST_CASE("host_filter: a new one has no host") {
    host_filter const filter{100};
    for (std::size_t i = 0; i != 1000; ++i)
        REQUIRE_FALSE(filter.may_have(hash_of(i)));
}

TEST_CASE("host_filter: has what was added, until it is removed, and takes few others for that") {
    host_filter filter{100};
    for (std::size_t i = 0; i != 100; ++i)
        filter.add(hash_of(i));
    for (std::size_t i = 0; i != 100; ++i)
        REQUIRE(filter.may_have(hash_of(i)));
    CHECK_FALSE(filter.may_have(hash_of(100)));
    for (std::size_t i = 0; i != 100; ++i)
        filter.remove(hash_of(i));
    for (std::size_t i = 0; i != 100; ++i)
        REQUIRE_FALSE(filter.may_have(hash_of(i)));
}

TEST_CASE("host_filter: of two hosts in one place one remains when the other is removed") {
    host_filter filter{100};
    filter.add(hash_of(7));
    filter.add(hash_of(7) + 1);
    filter.remove(hash_of(7));
    CHECK(filter.may_have(hash_of(7)));
    filter.remove(hash_of(7) + 1);
    CHECK_FALSE(filter.may_have(hash_of(7)));
}

TEST_CASE("host_filter: hosts that were made up to share a count leave nothing behind") {
    host_filter filter{100};
    for (std::size_t i = 0; i != 20'000; ++i)
        filter.add(hash_of(7) + i % 64);
    CHECK(filter.may_have(hash_of(7)));
    for (std::size_t i = 0; i != 20'000; ++i)
        filter.remove(hash_of(7) + i % 64);
    CHECK_FALSE(filter.may_have(hash_of(7)));
}

TEST_CASE("host_filter: a count that was full stays, so that no host is ever missed") {
    host_filter filter{1};
    for (int i = 0; i != 70'000; ++i)
        filter.add(0);
    for (int i = 0; i != 69'999; ++i)
        filter.remove(0);
    CHECK(filter.may_have(0));
}

TEST_CASE("host_filter: threads may change it at once") {
    host_filter filter{1};
    support::on_threads(4, [&](int) {
        for (int i = 0; i != 10'000; ++i) {
            filter.add(0);
            filter.remove(0);
        }
    });
    CHECK_FALSE(filter.may_have(0));
}

TEST_CASE("host_filter: any number of hosts has a place for each hash") {
    for (std::size_t const most : {std::size_t{1}, std::size_t{1000}, std::size_t{1} << 30}) {
        host_filter filter{most};
        filter.add(~std::size_t{0});
        CHECK(filter.may_have(~std::size_t{0}));
    }
}

} // namespace host_filter_test
