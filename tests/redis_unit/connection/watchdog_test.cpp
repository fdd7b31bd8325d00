// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/watchdog.hpp>

#include <breakerbox/redis/connection/detail/cork.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watchdog_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using boost::system::error_code;
using detail::connection_life;
using state = connection_life::state;
using time_point = std::chrono::steady_clock::time_point;

namespace {

constexpr time_point start{1h};

struct fake_timer {
    time_point armed_for() const { return due; }
    void arm(time_point when, std::function<void()> call) {
        due = when;
        ring = std::move(call);
    }
    time_point due = time_point::max();
    std::function<void()> ring{};
};

struct fake_talk {
    void flush() { ++flushes; }
    detail::cork hold_back() { return detail::cork{is_corked}; }
    int flushes = 0;
    bool is_corked = false;
};

struct fake_driver {
    // Not kept alive by a timer of its own that nobody ends.
    auto keep() { return std::shared_ptr<fake_driver>{std::shared_ptr<void>{}, this}; }
    fake_timer& timer() { return timer_; }
    connection_life& life() { return life_; }
    fake_talk& talk() { return talk_; }
    void enter(state next) { entered.push_back(next); }
    state lost(error_code error, std::string said) {
        words = std::move(said);
        return life_.on_lost(error, now);
    }
    void leave_if_too_old() {}
    void accept_posted(redis_command&& command) { posted = command.bytes(); }

    void make_ready() {
        life_.start(start);
        life_.on_resolved({}, 1, start);
        life_.on_connected({}, start);
        life_.on_hands_shaken({}, start);
        dog.quiet().on_bytes(start);
    }
    void accept(std::optional<error_code>& told, std::chrono::seconds timeout) {
        REQUIRE(desk.queue().accept(
            redis_command{"GET", "a"},
            [&](error_code error, redis_reply const&) {
                CHECK(talk_.is_corked);
                told = error;
            },
            start + timeout));
    }

    time_point now = start;
    boost::asio::io_context context{};
    detail::command_desk desk{context.get_executor(), 10, 1000};
    connection_life life_{{5s, 50ms, 5s, 30s}};
    fake_timer timer_{};
    fake_talk talk_{};
    detail::watchdog<fake_driver> dog{*this, desk, 2s, 10s};
    std::vector<state> entered{};
    std::string words{};
    std::string posted{};
};

} // namespace

TEST_CASE("watchdog: an idle server is asked whether it is there") {
    auto const f = std::make_shared<fake_driver>();
    f->make_ready();
    f->dog.arm();
    CHECK(f->timer_.due == start + 10s);
    f->dog.wake(start + 10s - 1ns);
    CHECK(f->posted.empty());
    f->dog.wake(start + 10s);
    CHECK(f->posted == redis_command{"PING"}.bytes());
    CHECK(f->entered.empty());
}

TEST_CASE("watchdog: a server that owes a reply for too long is given up, with words that say so") {
    auto const f = std::make_shared<fake_driver>();
    f->make_ready();
    std::optional<error_code> told;
    f->accept(told, 60s);
    f->desk.queue().wrote(f->desk.queue().gather().size(), start + 1s);
    f->now = start + 3s;
    f->dog.wake(f->now);
    CHECK(f->entered == std::vector{state::waiting});
    CHECK(f->life_.last_error() == make_error_code(redis_errc::timed_out));
    CHECK(f->words == "no reply for 2s");
}

TEST_CASE(
    "watchdog: commands end at their deadlines, while what their callers ask for next waits for one flush") {
    auto const f = std::make_shared<fake_driver>();
    f->make_ready();
    std::optional<error_code> first;
    std::optional<error_code> second;
    f->accept(first, 1s);
    f->accept(second, 2s);
    f->dog.arm();
    CHECK(f->timer_.due == start + 1s);
    f->timer_.due = time_point::max(); // it rings
    f->dog.wake(start + 1s);
    REQUIRE(first.has_value());
    CHECK(*first == make_error_code(redis_errc::timed_out));
    CHECK_FALSE(second.has_value());
    CHECK(f->talk_.flushes == 1);
    CHECK_FALSE(f->talk_.is_corked);
    CHECK(f->timer_.due == start + 2s);
}

TEST_CASE("watchdog: a command that found no connection in its time tells that") {
    auto const f = std::make_shared<fake_driver>();
    f->life_.start(start);
    std::optional<error_code> told;
    f->accept(told, 1s);
    f->dog.wake(start + 1s);
    REQUIRE(told.has_value());
    CHECK(*told == make_error_code(redis_errc::not_connected));
}

TEST_CASE("watchdog: a state of the connection's life that lasts too long ends") {
    auto const f = std::make_shared<fake_driver>();
    f->life_.start(start);
    f->dog.arm();
    CHECK(f->timer_.due == start + 5s);
    f->dog.wake(start + 5s);
    CHECK(f->entered == std::vector{state::waiting});
}

TEST_CASE("watchdog: the timer is left alone where it rings earlier, and where all is over") {
    auto const f = std::make_shared<fake_driver>();
    f->timer_.due = start;
    f->dog.arm_for(start + 1s);
    CHECK_FALSE(f->timer_.ring);
    f->timer_.due = time_point::max();
    f->life_.close();
    f->dog.arm();
    CHECK_FALSE(f->timer_.ring);
    f->dog.arm_for(start);
    CHECK(f->timer_.ring);
    f->timer_.ring = nullptr; // which keeps the driver
}

} // namespace watchdog_test
