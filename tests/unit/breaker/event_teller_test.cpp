// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/detail/event_teller.hpp>

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <string>
#include <vector>

namespace event_teller_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using kind = breaker_event::kind;
using detail::event_teller;

namespace {

/// Keeps what it is told, as far as the tests look at it.
struct listener {
    struct heard {
        kind what;
        std::string host;
        breaker_state from;
        breaker_state to;
        std::chrono::microseconds at;
        std::string text;
    };
    std::vector<heard> events{};

    void operator()(breaker_event const& e) {
        events.push_back(
            {e.what, std::string{e.host}, e.from, e.status.state, e.at, std::string{e.error_text}});
    }
};

} // namespace

TEST_CASE("event_teller: a change is told once, when that is asked for") {
    listener l;
    event_teller t{std::ref(l)};
    t.changes().push("a", breaker_state::closed, {.state = breaker_state::open}, 3s);
    CHECK(l.events.empty());
    t.tell_changes();
    t.tell_changes();
    REQUIRE(l.events.size() == 1);
    auto const& e = l.events.front();
    CHECK(e.what == kind::state_changed);
    CHECK(e.host == "a");
    CHECK(e.from == breaker_state::closed);
    CHECK(e.to == breaker_state::open);
    CHECK(e.at == 3s);
}

TEST_CASE("event_teller: a probe that was given up is told with what its host is now") {
    listener l;
    event_teller t{std::ref(l)};
    t.changes().push(given_up_probe{host_name{"a"}, {.state = breaker_state::half_open}, 4s});
    t.tell_changes();
    REQUIRE(l.events.size() == 1);
    CHECK(l.events[0].what == kind::probe_given_up);
    CHECK(l.events[0].from == breaker_state::half_open);
    CHECK(l.events[0].to == breaker_state::half_open);
    CHECK(l.events[0].at == 4s);
}

TEST_CASE("event_teller: a store's failure and its recovery are told with why, and no host") {
    listener l;
    event_teller t{std::ref(l)};
    t.changes().push(store_health_change{true, host_name{}, {}, "LOADING", 1s});
    t.changes().push(store_health_change{false, host_name{}, {}, "", 2s});
    t.tell_changes();
    REQUIRE(l.events.size() == 2);
    CHECK(l.events[0].what == kind::store_failed);
    CHECK(l.events[0].host.empty());
    CHECK(l.events[0].text == "LOADING");
    CHECK(l.events[0].to == breaker_state::closed);
    CHECK(l.events[1].what == kind::store_recovered);
    CHECK(l.events[1].at == 2s);
}

TEST_CASE("event_teller: a refusal is told at once, with why and when") {
    listener l;
    event_teller t{std::ref(l)};
    rejection why{};
    why.state = breaker_state::open;
    why.host = host_name{"a"};
    why.refused_at = 5s;
    t.tell_refusal(why);
    REQUIRE(l.events.size() == 1);
    CHECK(l.events[0].what == kind::call_rejected);
    CHECK(l.events[0].host == "a");
    CHECK(l.events[0].to == breaker_state::open);
    CHECK(l.events[0].at == 5s);
}

TEST_CASE("event_teller: without an observer nothing is kept and nobody is told") {
    event_teller t{{}};
    t.changes().push("a", breaker_state::closed, {}, 3s);
    CHECK(t.changes().is_empty());
    t.tell_changes();
    t.tell_refusal({});
}

} // namespace event_teller_test
