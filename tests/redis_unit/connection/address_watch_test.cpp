// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/address_watch.hpp>

#include <catch2/catch_test_macros.hpp>

#include <vector>

namespace address_watch_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using detail::address_watch;

namespace {

constexpr address_watch::time_point start{1h};

address_watch make_watch() {
    return address_watch{detail::jittered_backoff{50ms, 5s, detail::random_source{1}}};
}

std::vector<int> const nowhere;
std::vector<int> const both{1, 2};

} // namespace

TEST_CASE("address_watch: the first doubt has the name looked up at once, one look-up at a time") {
    auto watch = make_watch();
    CHECK(watch.on_doubt(start));
    CHECK_FALSE(watch.on_doubt(start));
    CHECK_FALSE(watch.on_doubt(start + 1h));
    watch.on_found(both, 1);
    CHECK(watch.on_doubt(start + 1h));
}

TEST_CASE("address_watch: of doubts that go on for a minute, few have it looked up") {
    auto watch = make_watch();
    int looks = 0;
    for (auto now = start; now != start + 60s; now += 1ms)
        if (watch.on_doubt(now)) {
            ++looks;
            watch.on_found(both, 1);
        }
    CHECK(looks > 10);
    CHECK(looks < 100);
}

TEST_CASE(
    "address_watch: the name points elsewhere where the connection's address is not among those found") {
    auto watch = make_watch();
    CHECK_FALSE(watch.on_found(both, 1));
    CHECK_FALSE(watch.on_found(both, 2));
    CHECK(watch.on_found(both, 3));
    CHECK_FALSE(watch.on_found(nowhere, 1));
}

TEST_CASE("address_watch: a new connection begins anew, whatever became of the look-up for the one before") {
    auto watch = make_watch();
    CHECK(watch.on_doubt(start));
    watch.on_connected();
    CHECK(watch.on_doubt(start + 50ms));
}

} // namespace address_watch_test
