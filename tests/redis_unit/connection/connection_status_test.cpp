// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/connection_status.hpp>

#include <breakerbox/redis/connection/error.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace connection_status_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using detail::connection_status;
using kind = redis_connection_event::kind;

namespace {

struct told {
    kind what;
    std::string text;
    duration next_try_in;
};

} // namespace

TEST_CASE("connection_status: a failure is told with what the server said, by what it ended") {
    std::vector<told> events;
    auto const observe = [&events](redis_connection_event const& event) {
        CHECK(event.server == "there:6379");
        events.push_back({event.what, std::string{event.text}, event.next_try_in});
    };
    connection_status status{"there:6379", std::cref(observe)};

    status.note_failure(redis_errc::loading, "LOADING");
    status.tell_failed(false, 1s);
    status.note_failure(redis_errc::connection_lost, {});
    status.tell_failed(true, 2s);
    status.note_failure(redis_errc::wrong_password, {});
    status.tell_failed(true, 30s);
    REQUIRE(events.size() == 3);
    CHECK(events[0].what == kind::failed);
    CHECK(events[0].text == "LOADING");
    CHECK(events[1].what == kind::lost);
    CHECK(events[1].text.empty());
    CHECK(events[1].next_try_in == 2s);
    CHECK(events[2].what == kind::refused);
    CHECK(status.last_error() == make_error_code(redis_errc::wrong_password));
}

TEST_CASE(
    "connection_status: a connection that was made is counted, and told to those who still want to know") {
    connection_status status{"there", {}};
    int first = 0;
    int second = 0;
    status.on_connected([&] { return ++first < 2; });
    status.on_connected([&] {
        ++second;
        return true;
    });
    for (int i = 0; i != 3; ++i)
        status.tell_connected();
    CHECK(first == 2);
    CHECK(second == 3);
    CHECK(status.sessions() == 3);
}

TEST_CASE("connection_status: tells whether it was ready before") {
    connection_status status{"there", {}};
    CHECK_FALSE(status.note(true, false));
    CHECK(status.is_ready());
    CHECK(status.note(false, true));
    CHECK_FALSE(status.is_ready());
    CHECK(status.is_down());
}

TEST_CASE("connection_status: what an observer throws is ignored, and it is told nothing after the last "
          "handle went") {
    int calls = 0;
    auto const observe = [&calls](redis_connection_event const&) {
        ++calls;
        throw std::runtime_error("observer");
    };
    connection_status status{"there", std::cref(observe)};
    CHECK_NOTHROW(status.tell_connected());
    status.fall_silent();
    status.tell_connected();
    status.tell_failed(true, 1s);
    CHECK(calls == 1);
}

} // namespace connection_status_test
