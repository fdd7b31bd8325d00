// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/connection_life.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/system/errc.hpp>

#include <algorithm>
#include <chrono>
#include <vector>

namespace connection_life_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using detail::connection_life;
using state = connection_life::state;
using time_point = connection_life::time_point;

namespace {

constexpr time_point start{1h};
auto const refused = make_error_code(boost::system::errc::connection_refused);

connection_life make_life(std::uint64_t seed = 1) {
    return connection_life{
        {.connect_timeout = 5s, .reconnect_min = 50ms, .reconnect_max = 5s, .reconnect_after_refusal = 30s},
        detail::random_source{seed}};
}

void make_ready(connection_life& life, time_point now) {
    if (life.now() == state::waiting)
        REQUIRE(life.start(now) == state::resolving);
    REQUIRE(life.on_resolved({}, 1, now) == state::connecting);
    REQUIRE(life.on_connected({}, now) == state::shaking_hands);
    REQUIRE(life.on_hands_shaken({}, now) == state::ready);
}

} // namespace

TEST_CASE("connection_life: resolves, connects, shakes hands, and is ready without a limit of time") {
    auto life = make_life();
    CHECK(life.start(start) == state::resolving);
    CHECK(life.until() == start + 5s);
    CHECK(life.on_resolved({}, 1, start + 1s) == state::connecting);
    CHECK(life.address() == 0);
    CHECK(life.until() == start + 5s);
    CHECK(life.on_connected({}, start + 2s) == state::shaking_hands);
    CHECK(life.until() == start + 5s);
    CHECK(life.on_hands_shaken({}, start + 3s) == state::ready);
    CHECK(life.until() == time_point::max());
    CHECK(life.now() == state::ready);
    CHECK_FALSE(life.is_down());
    CHECK_FALSE(life.last_error());
}

TEST_CASE("connection_life: is not down while the first connection is being made, and is until one is back") {
    auto life = make_life();
    life.start(start);
    CHECK_FALSE(life.is_down());
    CHECK(life.on_resolved(refused, 0, start) == state::waiting);
    CHECK(life.is_down());
    CHECK(life.last_error() == refused);
    CHECK(life.on_time(life.until()) == state::resolving);
    CHECK(life.is_down());
    make_ready(life, start + 1s);
    CHECK_FALSE(life.is_down());
    CHECK(life.on_lost(refused, start + 2s) == state::waiting);
    CHECK(life.is_down());
}

TEST_CASE("connection_life: tries each address in turn, and fails with the last one's error") {
    auto life = make_life();
    life.start(start);
    CHECK(life.on_resolved({}, 3, start) == state::connecting);
    CHECK(life.on_connected(make_error_code(boost::system::errc::host_unreachable), start) ==
          state::connecting);
    CHECK(life.address() == 1);
    CHECK(life.on_connected(make_error_code(boost::system::errc::network_unreachable), start) ==
          state::connecting);
    CHECK(life.address() == 2);
    CHECK(life.on_connected(refused, start) == state::waiting);
    CHECK(life.last_error() == refused);
}

TEST_CASE("connection_life: an address that swallows all leaves the others their share of the time") {
    auto life = make_life();
    life.start(start);
    life.on_resolved({}, 2, start + 1s);
    CHECK(life.until() == start + 3s);
    CHECK_FALSE(life.on_time(start + 2999ms).has_value());
    CHECK(life.on_time(start + 3s) == state::connecting);
    CHECK(life.address() == 1);
    CHECK(life.until() == start + 5s);
    CHECK(life.on_time(start + 5s) == state::waiting);
    CHECK(life.last_error() == make_error_code(boost::system::errc::timed_out));
}

TEST_CASE("connection_life: no name, no address, no end of the look-up or of the handshake are failures") {
    auto life = make_life();
    life.start(start);
    CHECK(life.on_resolved({}, 0, start) == state::waiting);
    CHECK(life.last_error() == make_error_code(redis_errc::not_connected));
    life.start(start);
    CHECK_FALSE(life.on_time(start + 4999ms).has_value());
    CHECK(life.on_time(start + 5s) == state::waiting);
    CHECK(life.last_error() == make_error_code(boost::system::errc::timed_out));
    life.start(start);
    life.on_resolved({}, 1, start);
    life.on_connected({}, start);
    CHECK(life.on_time(start + 5s) == state::waiting);
    CHECK(life.last_error() == make_error_code(redis_errc::timed_out));
    life.start(start);
    life.on_resolved({}, 1, start);
    life.on_connected({}, start);
    CHECK(life.on_lost(refused, start) == state::waiting);
}

TEST_CASE(
    "connection_life: waits at random below a bound that doubles from 50 ms up to 5 s, and tries for ever") {
    std::vector<duration> longest(40);
    std::vector<duration> shortest(40, duration::max());
    for (std::uint64_t seed = 0; seed != 500; ++seed) {
        auto life = make_life(seed);
        auto now = start;
        life.start(now);
        for (std::size_t i = 0; i != longest.size(); ++i) {
            REQUIRE(life.on_resolved(refused, 0, now) == state::waiting);
            REQUIRE(life.until() == now + life.wait());
            longest[i] = std::max(longest[i], life.wait());
            shortest[i] = std::min(shortest[i], life.wait());
            now = life.until();
            REQUIRE(life.on_time(now) == state::resolving);
        }
    }
    duration bound = 50ms;
    for (std::size_t i = 0; i != longest.size(); ++i) {
        INFO("wait " << i);
        CHECK(longest[i] <= bound);
        CHECK(longest[i] > bound * 9 / 10);
        CHECK(shortest[i] < bound / 10);
        bound = std::min<duration>(bound * 2, 5s);
    }
}

TEST_CASE("connection_life: a connection that held begins the waits anew, one that broke at once does not") {
    for (std::uint64_t seed = 0; seed != 50; ++seed) {
        auto life = make_life(seed);
        life.start(start);
        for (int i = 0; i != 20; ++i)
            life.on_lost(refused, start);
        make_ready(life, start);
        life.on_lost(refused, start + 5s);
        CHECK(life.wait() <= 50ms);
    }
    duration longest{};
    for (std::uint64_t seed = 0; seed != 50; ++seed) {
        auto life = make_life(seed);
        life.start(start);
        for (int i = 0; i != 20; ++i) {
            make_ready(life, start);
            life.on_lost(refused, start + 4999ms);
        }
        longest = std::max(longest, life.wait());
    }
    CHECK(longest > 4s);
}

TEST_CASE("connection_life: a connection that the server closed idle is made again at once, and isn't down") {
    auto const eof = make_error_code(boost::system::errc::connection_reset);
    auto life = make_life();
    life.start(start);
    for (int i = 0; i != 20; ++i)
        life.on_lost(refused, start);
    auto now = start;
    for (int i = 0; i != 20; ++i) {
        make_ready(life, now);
        now += 2s;
        CHECK(life.on_ended_idle(eof, now - 500ms, now) == state::waiting);
        CHECK(life.until() == now);
        CHECK(life.wait() == 0s);
        CHECK(life.last_error() == eof);
        CHECK_FALSE(life.is_down());
        CHECK(life.on_time(now) == state::resolving);
        CHECK_FALSE(life.is_down());
    }
    life.on_lost(refused, now); // once, and then with back-off as after any loss
    CHECK(life.is_down());
    CHECK(life.wait() > 0s);
    CHECK(life.wait() <= 50ms);
}

TEST_CASE("connection_life: one that the server closed in use, or as soon as it was made, is down") {
    for (auto const quiet_since : {start, start + 1501ms}) {
        auto const ready_at = quiet_since == start ? start + 1501ms : start;
        auto life = make_life();
        life.start(ready_at);
        make_ready(life, ready_at);
        CHECK(life.on_ended_idle(refused, quiet_since, start + 2s) == state::waiting);
        CHECK(life.is_down());
        CHECK(life.wait() > 0s);
    }
    auto life = make_life();
    life.start(start);
    life.on_resolved({}, 1, start);
    life.on_connected({}, start);
    CHECK(life.on_ended_idle(refused, start, start + 2s) == state::waiting);
    CHECK(life.is_down());
}

TEST_CASE("connection_life: a refused password backs off long, whatever came before") {
    for (auto const error :
         {redis_errc::wrong_password, redis_errc::authentication_required, redis_errc::no_permission}) {
        auto life = make_life();
        life.start(start);
        life.on_resolved({}, 1, start);
        life.on_connected({}, start);
        CHECK(life.on_hands_shaken(error, start) == state::waiting);
        CHECK(life.wait() == 30s);
        CHECK(detail::is_refusal(life.last_error()));
        CHECK_FALSE(life.on_time(start + 29999ms).has_value());
        CHECK(life.on_time(start + 30s) == state::resolving);
        life.on_lost(redis_errc::loading, start + 30s);
        CHECK(life.wait() <= 50ms);
    }
    CHECK_FALSE(detail::is_refusal(redis_errc::loading));
}

TEST_CASE("connection_life: once closed, it stays closed, whatever it was about") {
    for (int steps = 0; steps != 5; ++steps) {
        auto life = make_life();
        life.start(start);
        if (steps > 0)
            life.on_resolved({}, 1, start);
        if (steps > 1)
            life.on_connected({}, start);
        if (steps > 2)
            life.on_hands_shaken({}, start);
        if (steps > 3)
            life.on_lost(refused, start);
        CHECK(life.close() == state::closed);
        CHECK(life.now() == state::closed);
        CHECK_FALSE(life.on_time(start + 24h).has_value());
    }
}

TEST_CASE("connection_life: a connection that is too old is made anew once it is left, without being down") {
    duration earliest = duration::max();
    duration latest{};
    for (std::uint64_t seed = 0; seed != 100; ++seed) {
        connection_life life{{.connect_timeout = 5s,
                              .reconnect_min = 50ms,
                              .reconnect_max = 5s,
                              .reconnect_after_refusal = 30s,
                              .max_connection_age = 100s},
                             detail::random_source{seed}};
        life.start(start);
        make_ready(life, start);
        earliest = std::min<duration>(earliest, life.until() - start);
        latest = std::max<duration>(latest, life.until() - start);
        CHECK_FALSE(life.is_too_old());
        auto const now = life.until();
        CHECK_FALSE(life.on_time(now));
        CHECK(life.is_too_old());
        CHECK(life.now() == state::ready);
        CHECK(life.until() == time_point::max());
        CHECK(life.on_left(now + 1s) == state::waiting);
        CHECK_FALSE(life.is_down());
        CHECK_FALSE(life.is_too_old());
        CHECK(life.wait() == 0s);
        CHECK(life.last_error() == redis_errc::connection_too_old);
        make_ready(life, now + 1s);
        CHECK_FALSE(life.is_too_old());
    }
    CHECK(earliest >= 90s);
    CHECK(earliest < 92s);
    CHECK(latest <= 100s);
    CHECK(latest > 98s);
}

TEST_CASE("connection_life: longest limits don't wrap") {
    connection_life life{{.connect_timeout = duration::max(),
                          .reconnect_min = duration::max(),
                          .reconnect_max = duration::max(),
                          .reconnect_after_refusal = duration::max()},
                         detail::random_source{1}};
    life.start(start);
    CHECK(life.until() == time_point::max());
    life.on_resolved({}, 2, start);
    CHECK(life.until() > start + 24h);
    life.on_lost(redis_errc::wrong_password, start);
    CHECK(life.until() == time_point::max());
}

} // namespace connection_life_test
