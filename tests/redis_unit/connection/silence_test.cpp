// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/silence.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>

namespace silence_test {

using namespace std::chrono_literals;
using breakerbox::duration;
using breakerbox::detail::silence;
using remedy = silence::remedy;
using time_point = silence::time_point;

namespace {

constexpr time_point start{1h};

struct commands {
    bool expects_reply() const { return owes; }
    time_point silent_since() const { return asked_at; }
    bool is_idle() const { return idle; }

    bool owes;
    bool idle;
    time_point asked_at = start;
};

constexpr commands nothing{.owes = false, .idle = true};
constexpr commands unwritten{.owes = false, .idle = false};
constexpr commands unanswered{.owes = true, .idle = false, .asked_at = start + 1s};

struct row {
    char const* name;
    commands what;
    duration after;
    remedy due;
};

} // namespace

TEST_CASE(
    "silence: a server that is asked nothing gets a PING in the end, one that owes a reply is given up") {
    silence quiet{2s, 10s};
    quiet.on_bytes(start);
    for (auto const& [name, what, after, due] :
         {row{"idle, not long enough", nothing, 10s - 1ns, remedy::none},
          row{"idle", nothing, 10s, remedy::ping},
          row{"something is to be written", unwritten, 1h, remedy::none},
          row{"owes a reply, not long enough", unanswered, 3s - 1ns, remedy::none},
          row{"owes a reply", unanswered, 3s, remedy::give_up}}) {
        INFO(name);
        CHECK(quiet.at(start + after, what) == due);
        CHECK((quiet.ends_at(what) <= start + after) == (due != remedy::none));
    }
}

TEST_CASE("silence: bytes end it") {
    silence quiet{2s, 10s};
    quiet.on_bytes(start);
    quiet.on_bytes(start + 9s);
    CHECK(quiet.since() == start + 9s);
    CHECK(quiet.ends_at(nothing) == start + 19s);
}

TEST_CASE("silence: a server that takes no PING is never asked for the sake of asking, and is given up all "
          "the same") {
    silence quiet{2s, duration::max()};
    quiet.on_bytes(start);
    CHECK(quiet.ends_at(nothing) == time_point::max());
    CHECK(quiet.at(start + 24h, nothing) == remedy::none);
    CHECK(quiet.at(start + 24h, unanswered) == remedy::give_up);
}

} // namespace silence_test
