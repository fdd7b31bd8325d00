// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/command_desk.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <new>
#include <optional>
#include <stdexcept>

namespace command_desk_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using boost::system::error_code;
using detail::command_desk;
using end = std::optional<error_code>;

namespace {

constexpr command_desk::time_point start{1h};

struct fixture {
    detail::command_number accept(end& told, bool is_hasty = false) {
        return desk.accept(
            redis_command{"PING"}, waiter(told), start + 1s, is_hasty, [this] { ++arranged; },
            [this] { ++posted; });
    }
    static command_desk::waiter waiter(end& told) {
        return [&told](error_code error, redis_reply const&) {
            CHECK_FALSE(told.has_value());
            told = error;
        };
    }
    void write_all() { desk.queue().wrote(desk.queue().gather().size(), start); }

    boost::asio::io_context context{};
    command_desk desk{context.get_executor(), 2, 1000};
    int arranged = 0;
    int posted = 0;
};

void expect(end const& told, error_code error) {
    REQUIRE(told.has_value());
    CHECK(*told == error);
}

} // namespace

TEST_CASE("command_desk: a command that is taken has its sending arranged, and a number") {
    fixture f;
    end told;
    auto const number = f.accept(told);
    CHECK(number != 0);
    CHECK(number == f.desk.queue().last_number());
    CHECK(f.arranged == 1);
    CHECK(f.posted == 0);
    CHECK_FALSE(told.has_value());
}

TEST_CASE("command_desk: a command beyond a bound is turned away, and told so later") {
    fixture f;
    end first;
    end second;
    end third;
    f.accept(first);
    f.accept(second);
    CHECK(f.accept(third) == 0);
    CHECK(f.arranged == 2);
    CHECK(f.posted == 1);
    CHECK_FALSE(third.has_value());
    f.desk.end_turned_away();
    expect(third, redis_errc::too_many_commands);
    CHECK_FALSE(first.has_value());
    f.desk.end_turned_away(); // another post of the same
}

TEST_CASE("command_desk: a command that nothing could be arranged for is taken back, and told so later") {
    fixture f;
    end told;
    CHECK(f.desk.accept(
              redis_command{"PING"}, fixture::waiter(told), start, false, [] { throw std::bad_alloc(); },
              [&] { ++f.posted; }) == 0);
    CHECK(f.desk.queue().is_idle());
    CHECK(f.posted == 1);
    CHECK_FALSE(told.has_value());
    f.desk.end_turned_away();
    expect(told, make_error_code(boost::system::errc::not_enough_memory));
}

TEST_CASE("command_desk: where memory is short, one that is turned away is told at once, and those before it "
          "later") {
    fixture f;
    end before;
    end told;
    f.desk.turn_away(fixture::waiter(before), redis_errc::closed, {}, [] {});
    f.desk.turn_away(fixture::waiter(told), redis_errc::closed, {}, [] { throw std::bad_alloc(); });
    expect(told, redis_errc::closed);
    CHECK_FALSE(before.has_value());
    f.desk.end_turned_away();
    expect(before, redis_errc::closed);
}

TEST_CASE("command_desk: cancellation ends a command, but one that was sent only where that may be") {
    fixture f;
    end sent;
    end left;
    auto const number = f.accept(sent);
    f.write_all();
    f.desk.cancel(number, false);
    CHECK_FALSE(sent.has_value());
    f.desk.cancel(number, true);
    expect(sent, boost::asio::error::operation_aborted);
    f.desk.cancel(number, true);

    f.desk.leave(f.accept(left));
    expect(left, boost::asio::error::operation_aborted);
    CHECK_FALSE(f.desk.queue().gather().empty()); // it is sent all the same
}

TEST_CASE("command_desk: an expired command that was not sent tells whether there was a connection") {
    for (bool const has_connection : {false, true}) {
        fixture f;
        end sent;
        end unsent;
        f.accept(sent);
        f.write_all();
        f.accept(unsent);
        f.desk.end_expired(start + 1s - 1ns, has_connection);
        CHECK_FALSE(sent.has_value());
        f.desk.end_expired(start + 1s, has_connection);
        expect(sent, redis_errc::timed_out);
        expect(unsent, has_connection ? redis_errc::timed_out : redis_errc::not_connected);
    }
}

TEST_CASE(
    "command_desk: a lost connection ends what was sent, then what is hasty, and closing all the rest") {
    fixture f;
    end sent;
    end hasty;
    end patient;
    f.accept(sent);
    f.write_all();
    f.accept(hasty, true);
    f.desk.queue().disconnect();
    f.desk.end_lost();
    expect(sent, redis_errc::connection_lost);
    f.accept(patient);
    f.desk.end_hasty();
    expect(hasty, redis_errc::not_connected);
    CHECK_FALSE(patient.has_value());
    f.desk.end_all(redis_errc::closed);
    expect(patient, redis_errc::closed);
}

TEST_CASE("command_desk: one that is abandoned destroys those who wait, uncalled") {
    fixture f;
    end taken;
    end refused;
    f.accept(taken);
    f.desk.turn_away(fixture::waiter(refused), redis_errc::closed, {}, [] {});
    f.desk.abandon();
    f.desk.end_turned_away();
    CHECK(f.desk.queue().is_idle());
    CHECK_FALSE(taken.has_value());
    CHECK_FALSE(refused.has_value());
}

TEST_CASE("command_desk: what a handler throws comes out of run()") {
    fixture f;
    f.desk.complete([](error_code, redis_reply const&) { throw std::runtime_error("handler"); }, {});
    CHECK_THROWS_AS(f.context.run(), std::runtime_error);
}

} // namespace command_desk_test
