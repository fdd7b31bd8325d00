// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/command_queue.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstddef>
#include <memory>

namespace command_queue_test {

using namespace breakerbox;

namespace {

using queue = detail::command_queue<std::unique_ptr<int>>;

/// Commands with the numbers 10, 20, ... up to ten times `commands`.
queue make_queue(std::size_t commands) {
    queue q;
    for (std::size_t i = 1; i <= commands; ++i) {
        q.make_room(0);
        q.push({nullptr, redis_command{"PING"}, 10 * i, std::chrono::steady_clock::time_point{}, false});
    }
    return q;
}

void end_and_drop(queue& q, std::size_t index) {
    q[index].is_live = false;
    q.drop(index);
}

} // namespace

TEST_CASE("command_queue: a command is found by its number while it is live") {
    auto q = make_queue(3);
    CHECK(q.place_of(20) == 1u);
    CHECK_FALSE(q.place_of(15).has_value());
    CHECK_FALSE(q.place_of(0).has_value());
    CHECK_FALSE(q.place_of(40).has_value());
    q[1].is_live = false;
    CHECK_FALSE(q.place_of(20).has_value());
    CHECK(q.place_behind(20) == 2);
    CHECK(q.place_behind(15) == 1);
    CHECK(q.place_behind(30) == q.size());
}

TEST_CASE("command_queue: the first live one is found whatever ends or goes before it") {
    auto q = make_queue(3);
    CHECK(q.first_live() == 0u);
    q[0].is_live = false;
    q[1].is_live = false;
    CHECK(q.first_live() == 2u);
    q.pop_front();
    CHECK(q.first_live() == 1u);
    q[1].is_live = false;
    CHECK_FALSE(q.first_live().has_value());
}

TEST_CASE("command_queue: dropped commands hold no bytes, don't count, and are removed") {
    auto q = make_queue(4);
    end_and_drop(q, 2);
    CHECK(q[2].command.bytes().empty());
    CHECK(q.size() == 4);
    CHECK(q.counted() == 3);
    q.remove_dropped(1);
    CHECK(q.size() == 3);
    CHECK(q.counted() == 3);
    CHECK(q.place_of(40) == 2u);
}

TEST_CASE(
    "command_queue: those that only ended stay in their places, in front of those that may be removed") {
    auto q = make_queue(3);
    q[0].is_live = false;
    end_and_drop(q, 1);
    q.remove_dropped(1);
    CHECK(q.size() == 2);
    CHECK(q.front().number == 10);
    CHECK(q.back().number == 30);
}

TEST_CASE("command_queue: a full one first makes room of those that were dropped") {
    auto q = make_queue(16);
    end_and_drop(q, 7);
    q.make_room(0);
    CHECK(q.size() == 15);
    q.push({nullptr, redis_command{"PING"}, 170, std::chrono::steady_clock::time_point{}, false});
    q.make_room(0);
    CHECK(q.size() == 16);
    q.push({nullptr, redis_command{"PING"}, 180, std::chrono::steady_clock::time_point{}, false});
    CHECK(q.size() == 17);
}

TEST_CASE("command_queue: a dropped command that goes from the front is not counted twice") {
    auto q = make_queue(2);
    end_and_drop(q, 0);
    q.forget_dropped_front();
    q.pop_front();
    CHECK(q.counted() == 1);
}

TEST_CASE("command_queue: more than half of it, and more than 16, are mostly") {
    auto q = make_queue(34);
    for (std::size_t i = 0; i != 17; ++i)
        end_and_drop(q, i);
    CHECK_FALSE(q.is_mostly_dropped());
    end_and_drop(q, 17);
    CHECK(q.is_mostly_dropped());
}

} // namespace command_queue_test
