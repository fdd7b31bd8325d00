// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/pipeline.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace pipeline_test {

using namespace breakerbox;
using namespace std::chrono_literals;

namespace {

/// Knows its number; empty once moved from.
class numbered_waiter {
public:
    numbered_waiter() = default;
    explicit numbered_waiter(int number) : number_(std::make_unique<int>(number)) {}
    explicit operator bool() const noexcept { return number_ != nullptr; }
    int number() const { return number_ ? *number_ : -1; }

private:
    std::unique_ptr<int> number_;
};

using pipeline = detail::pipeline<numbered_waiter>;
using time_point = pipeline::time_point;

constexpr time_point start{1h};

struct fixture {
    pipeline p{100, 1'000'000};

    auto add(int number, time_point deadline = start + 1s) {
        return *p.accept(redis_command{"ECHO", std::to_string(number)}, numbered_waiter{number}, deadline);
    }
    void write_all(time_point now = start) { p.wrote(p.gather().size(), now); }
    int answer(time_point now = start) {
        REQUIRE(p.expects_reply());
        return p.take_answered(now).number();
    }
    std::vector<int> lose() {
        p.disconnect();
        std::vector<int> lost;
        while (auto who = p.take_lost())
            lost.push_back(who->number());
        return lost;
    }
};

std::string echo(int number) {
    auto const text = std::to_string(number);
    return "*2\r\n$4\r\nECHO\r\n$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

} // namespace

TEST_CASE("pipeline: commands accepted before a write go out together, in order") {
    fixture f;
    CHECK(f.p.gather().empty());
    f.add(1);
    f.add(2);
    CHECK(f.p.gather() == echo(1) + echo(2));
    f.add(3);
    CHECK(f.p.gather() == echo(1) + echo(2) + echo(3));
    f.p.wrote(f.p.gather().size(), start);
    CHECK(f.p.gather().empty());
    CHECK(f.p.unwritten_bytes() == 0);
}

TEST_CASE("pipeline: what a write leaves is gathered again") {
    fixture f;
    f.add(1);
    f.add(2);
    (void)f.p.gather();
    f.p.wrote(5, start);
    CHECK(f.p.gather() == echo(1).substr(5) + echo(2));
    f.p.wrote(echo(1).size() - 5, start);
    CHECK(f.p.gather() == echo(2));
}

TEST_CASE("pipeline: replies end commands in order, and one without a command is told apart") {
    fixture f;
    CHECK_FALSE(f.p.expects_reply());
    f.add(1);
    CHECK_FALSE(f.p.expects_reply()); // it has not been sent
    (void)f.p.gather();
    CHECK_FALSE(f.p.expects_reply());
    f.write_all();
    f.add(2);
    f.write_all();
    CHECK(f.answer() == 1);
    CHECK(f.answer() == 2);
    CHECK_FALSE(f.p.expects_reply());
    CHECK(f.p.is_idle());
}

TEST_CASE("pipeline: a bound on commands refuses the next one with its own error, and leaves it its waiter") {
    pipeline p{2, 1000};
    for (int i = 0; i != 2; ++i)
        CHECK(p.accept(redis_command{"PING"}, numbered_waiter{i}, start).has_value());
    numbered_waiter third{3};
    redis_command ping{"PING"};
    auto const refused = p.accept(std::move(ping), std::move(third), start);
    REQUIRE(refused.has_error());
    CHECK(refused.error() == make_error_code(redis_errc::too_many_commands));
    CHECK(third.number() == 3); // NOLINT(bugprone-use-after-move): that is the point
    CHECK_FALSE(ping.bytes().empty());
}

TEST_CASE(
    "pipeline: a bound on unwritten bytes refuses with its own error, and counts what is written no more") {
    auto const size = redis_command{"PING"}.bytes().size();
    pipeline p{100, 2 * size};
    CHECK(p.accept(redis_command{"PING"}, numbered_waiter{1}, start).has_value());
    CHECK(p.accept(redis_command{"PING"}, numbered_waiter{2}, start).has_value());
    CHECK(p.accept(redis_command{"PING"}, numbered_waiter{3}, start).error() ==
          make_error_code(redis_errc::too_many_bytes));
    (void)p.gather();
    p.wrote(size, start);
    CHECK(p.accept(redis_command{"PING"}, numbered_waiter{4}, start).has_value());
    CHECK(p.accept(redis_command{"ECHO", std::string(3 * size, 'x')}, numbered_waiter{5}, start).error() ==
          make_error_code(redis_errc::too_many_bytes));
}

TEST_CASE("pipeline: a sent command whose time is up leaves a tombstone that swallows its late reply") {
    fixture f;
    f.add(1, start + 1s);
    f.write_all();
    f.add(2, start + 2s);
    f.write_all();
    CHECK_FALSE(f.p.take_expired(start + 999ms).has_value());
    auto const expired = f.p.take_expired(start + 1s);
    REQUIRE(expired.has_value());
    CHECK(expired->waiter.number() == 1);
    CHECK(expired->was_sent);
    CHECK_FALSE(f.p.take_expired(start + 1s).has_value());
    CHECK(f.p.size() == 2);
    CHECK_FALSE(static_cast<bool>(f.p.take_answered(start)));
    CHECK(f.answer() == 2);
}

TEST_CASE("pipeline: an unsent command whose time is up is never sent") {
    fixture f;
    f.add(1, start + 1s);
    f.add(2, start + 2s);
    auto const expired = f.p.take_expired(start + 1s);
    REQUIRE(expired.has_value());
    CHECK_FALSE(expired->was_sent);
    CHECK(f.p.size() == 1);
    CHECK(f.p.gather() == echo(2));
    f.write_all();
    CHECK(f.answer() == 2);
}

TEST_CASE("pipeline: a command that is gathered, but not sent, keeps its place when its time is up") {
    fixture f;
    f.add(1, start + 1s);
    f.add(2, start + 2s);
    auto const bytes = f.p.gather().size();
    CHECK_FALSE(f.p.take_expired(start + 1s)->was_sent);
    f.p.wrote(bytes, start);
    CHECK_FALSE(static_cast<bool>(f.p.take_answered(start)));
    CHECK(f.answer() == 2);
}

TEST_CASE("pipeline: cancelling gives the waiter back once, sent or not") {
    fixture f;
    auto const one = f.add(1);
    f.write_all();
    auto const two = f.add(2);
    f.add(3);
    CHECK(f.p.cancel(one)->number() == 1);
    CHECK_FALSE(f.p.cancel(one).has_value());
    CHECK(f.p.cancel(two)->number() == 2);
    CHECK_FALSE(f.p.cancel(two).has_value());
    CHECK_FALSE(f.p.cancel(99).has_value());
    CHECK(f.p.gather() == echo(3));
    f.write_all();
    CHECK_FALSE(static_cast<bool>(f.p.take_answered(start)));
    CHECK(f.answer() == 3);
    CHECK_FALSE(f.p.cancel(one).has_value());
}

TEST_CASE(
    "pipeline: with the connection, those that were sent are lost, and the others go out on the next one") {
    fixture f;
    f.add(1);
    f.add(2);
    f.add(3);
    (void)f.p.gather();
    f.p.wrote(echo(1).size() + 1, start); // a byte of the second: the server may have the rest of it buffered
    f.add(4);
    CHECK(f.lose() == std::vector{1, 2});
    CHECK_FALSE(f.p.expects_reply());
    CHECK(f.p.gather() == echo(3) + echo(4));
    f.write_all();
    CHECK(f.answer() == 3);
    CHECK(f.answer() == 4);
}

TEST_CASE("pipeline: a gathered command that was cancelled is not sent on the next connection") {
    fixture f;
    f.add(1);
    auto const two = f.add(2);
    f.add(3);
    (void)f.p.gather();
    CHECK(f.p.cancel(two).has_value());
    CHECK(f.lose().empty());
    CHECK(f.p.gather() == echo(1) + echo(3));
    CHECK(f.p.unwritten_bytes() == echo(1).size() + echo(3).size());
}

TEST_CASE("pipeline: tombstones go with the connection") {
    fixture f;
    auto const one = f.add(1);
    f.write_all();
    CHECK(f.p.cancel(one).has_value());
    CHECK(f.lose().empty());
    CHECK(f.p.is_idle());
    f.add(2);
    f.write_all();
    CHECK(f.answer() == 2);
}

TEST_CASE("pipeline: commands without a waiter are sent, their replies swallowed, and they count") {
    pipeline p{2, 1000};
    CHECK(p.accept(redis_command{"PING"}, {}, start + 1s).has_value());
    CHECK(p.accept(redis_command{"PING"}, numbered_waiter{1}, start + 1s).has_value());
    CHECK_FALSE(p.accept(redis_command{"PING"}, {}, start + 1s).has_value());
    p.wrote(p.gather().size(), start);
    CHECK_FALSE(static_cast<bool>(p.take_answered(start)));
    CHECK(p.take_answered(start).number() == 1);
}

TEST_CASE("pipeline: the nearest deadline is that of the oldest command somebody waits for") {
    fixture f;
    CHECK(f.p.nearest_deadline() == time_point::max());
    auto const one = f.add(1, start + 1s);
    f.add(2, start + 2s);
    CHECK(f.p.nearest_deadline() == start + 1s);
    CHECK(f.p.cancel(one).has_value());
    CHECK(f.p.nearest_deadline() == start + 2s);
    f.write_all();
    f.answer();
    CHECK(f.p.nearest_deadline() == time_point::max());
}

TEST_CASE("pipeline: a deadline before that of an earlier command counts as that one") {
    fixture f;
    f.add(1, start + 2s);
    f.add(2, start + 1s);
    CHECK(f.p.nearest_deadline() == start + 2s);
    CHECK_FALSE(f.p.take_expired(start + 1s).has_value());
    CHECK(f.p.take_expired(start + 2s)->waiter.number() == 1);
    CHECK(f.p.take_expired(start + 2s)->waiter.number() == 2);
}

TEST_CASE("pipeline: the server is silent since it was sent a command, or since its last reply") {
    fixture f;
    CHECK(f.p.silent_since() == time_point::max());
    f.add(1);
    f.add(2);
    CHECK(f.p.silent_since() == time_point::max());
    f.write_all(start + 1s);
    CHECK(f.p.silent_since() == start + 1s);
    f.answer(start + 3s);
    CHECK(f.p.silent_since() == start + 3s);
    f.answer(start + 4s);
    CHECK(f.p.silent_since() == time_point::max());
    f.add(3);
    f.write_all(start + 9s);
    CHECK(f.p.silent_since() == start + 9s);
    CHECK(f.p.take_expired(start + 9s).has_value());
    CHECK(f.p.silent_since() == start + 9s); // a tombstone's reply is owed too
}

TEST_CASE("pipeline: a write is kept short, so that what waits behind it can be taken back") {
    pipeline p{1000, 10'000'000};
    auto const text = std::string(10'000, 'x');
    std::vector<pipeline::command_number> numbers;
    for (int i = 0; i != 100; ++i)
        numbers.push_back(*p.accept(redis_command{"ECHO", text}, numbered_waiter{i}, start + 1s));
    auto const size = p.gather().size();
    CHECK(size > 60'000);
    CHECK(size < 80'000);
    CHECK(p.cancel(numbers.back()).has_value());
    CHECK(p.size() == 99);
    std::size_t written = 0;
    for (auto bytes = p.gather(); !bytes.empty(); bytes = p.gather()) {
        written += bytes.size();
        p.wrote(bytes.size(), start);
    }
    CHECK(written == 99 * redis_command{"ECHO", text}.bytes().size());
}

TEST_CASE("pipeline: what is cancelled before it is sent makes room, in whatever number") {
    pipeline p{10, 1'000'000};
    CHECK(p.accept(redis_command{"PING"}, numbered_waiter{-2}, start + 1s).has_value());
    for (int i = 0; i != 10'000; ++i) {
        auto const number = p.accept(redis_command{"PING"}, numbered_waiter{i}, start + 1s);
        REQUIRE(number.has_value());
        REQUIRE(p.cancel(*number)->number() == i);
    }
    CHECK(p.size() == 1);
    CHECK(p.unwritten_bytes() == redis_command{"PING"}.bytes().size());
}

TEST_CASE("pipeline: closing ends all that wait, sent or not") {
    fixture f;
    f.add(1);
    f.write_all();
    auto const two = f.add(2);
    f.add(3);
    (void)f.p.accept(redis_command{"PING"}, {}, start);
    f.add(4);
    CHECK(f.p.cancel(two).has_value());
    CHECK(f.lose() == std::vector{1});
    std::vector<int> ended;
    while (auto who = f.p.take_any())
        ended.push_back(who->number());
    CHECK(ended == std::vector{3, 4});
    CHECK(f.p.is_idle());
    CHECK(f.p.unwritten_bytes() == 0);
    CHECK(f.p.size() == 0);
}

TEST_CASE("pipeline: agrees with a model that keeps it simple, whatever happens") {
    struct model_command {
        int number;
        time_point deadline;
        bool is_waited_for = true;
        std::uint64_t handle = 0;
    };
    for (unsigned seed = 0; seed != 300; ++seed) {
        std::mt19937 random{seed};
        auto const pick = [&](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
        pipeline p{50, 100'000};
        std::deque<model_command>
            model; // all that were accepted and not answered, but those never to be sent
        auto now = start;
        int next = 0;
        for (int step = 0; step != 400; ++step) {
            INFO("seed " << seed << ", step " << step);
            now += std::chrono::milliseconds{pick(30)};
            switch (pick(7)) {
            case 0:
            case 1: {
                auto const text = std::string(pick(3) == 0 ? pick(40'000) : pick(10), 'x');
                redis_command command{"ECHO", std::to_string(next), text};
                auto const deadline = now + 300ms;
                auto const handle = p.accept(std::move(command), numbered_waiter{next}, deadline);
                if (handle)
                    model.push_back({next, deadline, true, *handle});
                else
                    REQUIRE((handle.error() == make_error_code(redis_errc::too_many_bytes) ||
                             model.size() >= 50));
                ++next;
                break;
            }
            case 2:
            case 3: {
                auto const bytes = p.gather().size();
                auto const take = bytes == 0 ? 0 : pick(2) == 0 ? bytes : pick(bytes + 1);
                p.wrote(take, now);
                break;
            }
            case 4:
                if (p.expects_reply()) {
                    auto const who = p.take_answered(now);
                    // Those before it must all have ended: the reply is that of the oldest one left.
                    while (!model.empty() && !model.front().is_waited_for && who &&
                           model.front().number != who.number())
                        model.pop_front();
                    if (who) {
                        REQUIRE_FALSE(model.empty());
                        REQUIRE(model.front().number == who.number());
                        model.pop_front();
                    }
                }
                break;
            case 5:
                if (pick(2) == 0) {
                    while (auto expired = p.take_expired(now)) {
                        auto found = std::find_if(model.begin(), model.end(), [&](auto const& each) {
                            return each.number == expired->waiter.number();
                        });
                        REQUIRE(found != model.end());
                        REQUIRE(found->is_waited_for);
                        REQUIRE(found->deadline <= now);
                        found->is_waited_for = false;
                    }
                    for (auto const& each : model)
                        REQUIRE((!each.is_waited_for || each.deadline > now));
                } else if (!model.empty()) {
                    auto& chosen = model[pick(model.size())];
                    auto const who = p.cancel(chosen.handle);
                    REQUIRE(who.has_value() == chosen.is_waited_for);
                    if (who)
                        REQUIRE(who->number() == chosen.number);
                    chosen.is_waited_for = false;
                }
                break;
            default:
                if (pick(8) == 0) {
                    p.disconnect();
                    while (auto who = p.take_lost()) {
                        while (!model.empty() && model.front().number != who->number()) {
                            REQUIRE_FALSE(model.front().is_waited_for);
                            model.pop_front();
                        }
                        REQUIRE_FALSE(model.empty());
                        model.pop_front();
                    }
                    REQUIRE_FALSE(p.expects_reply());
                }
            }
        }
        // Whoever still waits is ended, in order.
        p.disconnect();
        std::vector<int> ended;
        while (auto who = p.take_lost())
            ended.push_back(who->number());
        while (auto who = p.take_any())
            ended.push_back(who->number());
        std::vector<int> expected;
        for (auto const& each : model)
            if (each.is_waited_for)
                expected.push_back(each.number);
        REQUIRE(ended == expected);
        REQUIRE(p.unwritten_bytes() == 0);
    }
}

TEST_CASE("pipeline: of a lost connection's commands, the hasty ones can be ended without the others") {
    fixture f;
    auto const add_hasty = [&f](int number) {
        return *f.p.accept(redis_command{"PING"}, numbered_waiter{number}, start + 1s, true);
    };
    add_hasty(1);
    f.write_all();
    f.add(2);
    add_hasty(3);
    f.add(4);
    auto const cancelled = add_hasty(5);
    add_hasty(6);
    f.p.cancel(cancelled);
    CHECK(f.lose() == std::vector{1});
    std::vector<int> ended;
    pipeline::command_number last = 0;
    while (auto who = f.p.take_hasty(last)) {
        ended.push_back(who->number());
        if (who->number() == 3)
            f.add(7); // as a handler may that is called in between
    }
    CHECK(ended == std::vector{3, 6});
    f.write_all();
    CHECK(f.answer() == 2);
    CHECK(f.answer() == 4);
    CHECK(f.answer() == 7);
    CHECK(f.p.is_idle());
}

TEST_CASE("pipeline: nobody is told of a hasty command that its caller has left") {
    fixture f;
    auto const left = *f.p.accept(redis_command{"PING"}, numbered_waiter{1}, start + 1s, true);
    (void)*f.p.accept(redis_command{"PING"}, numbered_waiter{2}, start + 1s, true);
    CHECK(f.p.leave(left)->number() == 1);
    pipeline::command_number last = 0;
    CHECK(f.p.take_hasty(last)->number() == 2);
    CHECK_FALSE(f.p.take_hasty(last));
    CHECK(f.p.is_idle());
}

TEST_CASE("pipeline: tells the number of the command that is answered next, and of the last one accepted") {
    fixture f;
    CHECK(f.p.last_number() == 0);
    auto const first = f.add(1);
    auto const second = f.add(2);
    CHECK(f.p.last_number() == second);
    f.write_all();
    CHECK(f.p.answered_next() == first);
    f.answer();
    CHECK(f.p.answered_next() == second);
}

TEST_CASE("pipeline: a command that may be sent, or has been, can be cancelled only as such") {
    fixture f;
    auto const sent = f.add(1);
    f.write_all();
    auto const gathered = f.add(2);
    f.p.gather();
    auto const waiting = f.add(3);
    CHECK_FALSE(f.p.cancel_unsent(sent));
    CHECK_FALSE(f.p.cancel_unsent(gathered));
    CHECK(f.p.cancel_unsent(waiting)->number() == 3);
    CHECK_FALSE(f.p.cancel_unsent(waiting));
    CHECK_FALSE(f.p.cancel_unsent(0));
    CHECK_FALSE(f.p.cancel_unsent(waiting + 1));
    CHECK(f.p.cancel(sent)->number() == 1);
    CHECK(f.p.cancel(gathered)->number() == 2);
    f.write_all();
    CHECK(f.answer() == -1);
    CHECK(f.answer() == -1);
    CHECK(f.p.is_idle());
}

} // namespace pipeline_test
