// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/store/memory_store.hpp>

#include "support/virtual_breaker.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <atomic>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace memory_store_test {

using namespace std::chrono_literals;
using breakerbox::breaker_state;
using breakerbox::change_queue;
using breakerbox::failure_count;
using breakerbox::verdict;
using support::store;

namespace {

constexpr failure_count lenient{.max_failures = 5, .reset_timeout = 10s};
constexpr failure_count strict{.max_failures = 0, .reset_timeout = 10s};

change_queue unheard{false};

void fail(store& s, std::string const& host, int times = 1) {
    for (int i = 0; i != times; ++i)
        s.record(host, {breakerbox::verdict::failure}, unheard);
}

/// The changes that were pushed since they were last asked for, as "from>to".
std::vector<std::string> changes_in(change_queue& changes) {
    std::vector<std::string> heard;
    changes.deliver([&](breakerbox::state_change const& change) {
        heard.push_back(std::string{to_string(change.from)} + '>' + std::string{to_string(change.to.state)});
    });
    return heard;
}

template <class Store>
bool refuses(Store& s, std::string const& host) {
    return s.acquire(host, unheard).refusal.has_value();
}

bool is_tracked(store const& s, std::string const& host) {
    return s.look(host).failures != 0;
}
bool is_open(store const& s, std::string const& host) {
    return s.look(host).state == breaker_state::open;
}

/// A clock that counts its readings, and may do something in one of them.
struct counted_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<counted_clock>;
    static inline std::atomic<int> readings = 0;
    static inline std::function<void(int reading)> during;
    static time_point now() {
        auto const reading = ++readings;
        if (during)
            during(reading);
        return time_point{1h};
    }
};

} // namespace

TEST_CASE("memory_store: counts each host apart") {
    breakerbox::testing::virtual_time time;
    store s{lenient};
    fail(s, "a", 2);
    fail(s, "b");
    CHECK(s.look("a").failures == 2);
    CHECK(s.look("b").failures == 1);
    CHECK(s.look("c").failures == 0);
    CHECK(s.size() == 2);
}

TEST_CASE("memory_store: a step pushes the change that it makes, and no other") {
    breakerbox::testing::virtual_time time;
    store s{failure_count{.max_failures = 1, .reset_timeout = 10s}};
    change_queue changes{true};
    s.record("a", {breakerbox::verdict::failure}, changes);
    CHECK(changes_in(changes).empty());
    s.record("a", {breakerbox::verdict::failure}, changes);
    CHECK(changes_in(changes) == std::vector<std::string>{"closed>open"});
    s.record("a", {breakerbox::verdict::failure}, changes);
    CHECK(changes_in(changes).empty());
}

TEST_CASE("memory_store: reads the store's own clock, in whole microseconds rounded for the longer wait") {
    breakerbox::testing::virtual_time time;
    time.advance(1500ns);
    store s{strict};
    fail(s, "a");
    CHECK(s.look("a").opened_at == 1us);
    time.advance(1us);
    CHECK(s.look("a").retry_after == 10s - 1us);
}

TEST_CASE("memory_store: max_hosts holds, and the least recently used host goes first") {
    breakerbox::testing::virtual_time time;
    store s{lenient, {.max_hosts = 3}};
    for (auto const* host : {"a", "b", "c"}) {
        fail(s, host);
        time.advance(1s);
    }
    CHECK_FALSE(refuses(s, "a")); // an ask is a use
    fail(s, "d");
    CHECK(s.size() == 3);
    CHECK(is_tracked(s, "a"));
    CHECK_FALSE(is_tracked(s, "b"));
    CHECK(is_tracked(s, "c"));
    CHECK(is_tracked(s, "d"));
    CHECK(s.evictions() == 1);
}

TEST_CASE("memory_store: an open host goes only when nothing else is left") {
    breakerbox::testing::virtual_time time;
    store s{failure_count{.max_failures = 1, .reset_timeout = 10s}, {.max_hosts = 3}};
    fail(s, "open 1", 2);
    fail(s, "open 2", 2);
    for (int i = 0; i != 20; ++i) {
        fail(s, "closed " + std::to_string(i));
        CHECK(is_open(s, "open 1"));
        CHECK(is_open(s, "open 2"));
    }
    s.force_open("open 3", std::nullopt, unheard);
    CHECK(is_open(s, "open 1"));
    s.force_open("open 4", std::nullopt, unheard);
    CHECK(s.size() == 3);
    CHECK(is_open(s, "open 4"));
    CHECK(is_open(s, "open 1") + is_open(s, "open 2") + is_open(s, "open 3") == 2);
}

TEST_CASE("memory_store: expired hosts go first of all, and don't count as evicted") {
    breakerbox::testing::virtual_time time;
    store s{failure_count{.max_failures = 1, .reset_timeout = 10s}, {.max_hosts = 3}};
    fail(s, "expired", 2);
    time.advance(9s);
    fail(s, "closed 1");
    fail(s, "closed 2");
    time.advance(1s);
    fail(s, "new");
    CHECK(s.size() == 3);
    CHECK(is_tracked(s, "closed 1"));
    CHECK(is_tracked(s, "closed 2"));
    CHECK(is_tracked(s, "new"));
    CHECK(s.evictions() == 0);
}

TEST_CASE("memory_store: with a place for one host the newest failure has it") {
    breakerbox::testing::virtual_time time;
    store s{strict, {.max_hosts = 1}};
    fail(s, "a");
    fail(s, "b");
    CHECK_FALSE(is_tracked(s, "a"));
    CHECK(is_open(s, "b"));
    CHECK(s.size() == 1);
}

TEST_CASE("memory_store: a sharded store holds max_hosts too, and keeps open hosts wherever they are") {
    breakerbox::testing::virtual_time time;
    store s{failure_count{.max_failures = 1, .reset_timeout = 10s}, {.max_hosts = 2000}};
    for (int i = 0; i != 1000; ++i)
        fail(s, "open " + std::to_string(i), 2);
    for (int i = 0; i != 10'000; ++i)
        fail(s, "closed " + std::to_string(i));
    CHECK(s.size() == 2000);
    CHECK(s.evictions() == 9000);
    int open = 0;
    for (int i = 0; i != 1000; ++i)
        open += is_open(s, "open " + std::to_string(i));
    CHECK(open == 1000);
    for (int i = 0; i != 3000; ++i)
        s.force_open("forced " + std::to_string(i), std::nullopt, unheard);
    CHECK(s.size() == 2000);
}

TEST_CASE("memory_store: a sharded store lets the expired go first, in whichever shard they are") {
    breakerbox::testing::virtual_time time;
    store s{lenient, {.max_hosts = 1024}};
    for (int i = 0; i != 24; ++i)
        fail(s, "old " + std::to_string(i));
    time.advance(9s);
    for (int i = 0; i != 1000; ++i)
        fail(s, "young " + std::to_string(i));
    time.advance(1s);
    for (int i = 0; i != 24; ++i)
        fail(s, "new " + std::to_string(i));
    CHECK(s.evictions() == 0);
    CHECK(s.size() == 1024);
    fail(s, "one more");
    CHECK(s.evictions() == 1);
}

TEST_CASE("memory_store: reset makes a host as one never heard of") {
    breakerbox::testing::virtual_time time;
    store s{strict};
    fail(s, "a", 3);
    change_queue changes{true};
    s.reset("a", changes);
    CHECK(changes_in(changes) == std::vector<std::string>{"open>closed"});
    CHECK(s.look("a") == s.look("never heard of"));
    CHECK(s.size() == 0);
    s.reset("a", changes);
    CHECK(changes_in(changes).empty());
}

TEST_CASE("memory_store: a look changes nothing") {
    breakerbox::testing::virtual_time time;
    store s{strict};
    fail(s, "a");
    auto const before = s.look("a");
    for (int i = 0; i != 10; ++i)
        CHECK(s.look("a") == before);
    time.advance(10s);
    CHECK(s.look("a").state == breaker_state::closed);
    CHECK(s.look("never heard of").failures == 0);
}

TEST_CASE(
    "memory_store: a host whose state has expired is let go by the next look, and costs nothing after it") {
    breakerbox::testing::virtual_time time;
    store s{strict};
    fail(s, "a");
    time.advance(10s - 1us);
    CHECK(is_open(s, "a"));
    CHECK(s.size() == 1);
    time.advance(1us);
    CHECK_FALSE(is_open(s, "a"));
    CHECK(s.size() == 0);
}

TEST_CASE("memory_store: a use keeps a host for one round, and then others' uses count") {
    breakerbox::testing::virtual_time time;
    store s{lenient, {.max_hosts = 3}};
    for (auto const* host : {"a", "b", "c"})
        fail(s, host);
    s.look("a");
    fail(s, "d");
    fail(s, "e");
    CHECK(is_tracked(s, "a"));
    CHECK_FALSE(is_tracked(s, "b"));
    CHECK_FALSE(is_tracked(s, "c"));
}

TEST_CASE("memory_store: hosts opened by hand are the last to go, and stay so when they fail") {
    breakerbox::testing::virtual_time time;
    store s{strict, {.max_hosts = 2}};
    s.force_open("forced", 1h, unheard);
    fail(s, "forced");
    fail(s, "a");
    fail(s, "b");
    CHECK(is_open(s, "forced"));
    CHECK(is_open(s, "b"));
    CHECK(s.look("forced").retry_after == 1h);
}

TEST_CASE("memory_store: where nothing has failed, a look and an ask read no clock") {
    breakerbox::memory_store<failure_count, counted_clock> s{strict};
    counted_clock::readings = 0;
    CHECK(s.look("a").state == breaker_state::closed);
    CHECK_FALSE(refuses(s, "a"));
    CHECK(counted_clock::readings == 0);
    s.record("b", {breakerbox::verdict::failure}, unheard);
    CHECK(counted_clock::readings == 1);
    CHECK_FALSE(refuses(s, "a"));
    CHECK(counted_clock::readings == 1);
    CHECK(refuses(s, "b"));
    CHECK(counted_clock::readings == 2);
}

TEST_CASE("memory_store: a host that comes while another call seeks a place for it is there once") {
    breakerbox::memory_store<failure_count, counted_clock> s{strict, {.max_hosts = 2}};
    s.force_open("a", 1h, unheard);
    s.force_open("b", 1h, unheard);
    counted_clock::readings = 0;
    // What another thread might do: the first reading is under the host's lock, the second where no shard is locked.
    counted_clock::during = [&](int reading) {
        if (reading == 2) {
            s.reset("a", unheard);
            s.force_open("c", 1h, unheard);
        }
    };
    s.force_open("c", 1h, unheard);
    counted_clock::during = nullptr;
    REQUIRE(counted_clock::readings > 2);

    std::vector<std::string> hosts;
    for (auto const& known : s.hosts())
        hosts.emplace_back(known.host.view());
    CHECK(hosts == std::vector<std::string>{"c"});
    CHECK(s.size() == 1);
    s.reset("c", unheard);
    CHECK(s.size() == 0);
    CHECK(s.hosts().empty());
}

TEST_CASE("memory_store: hosts are any bytes of any length") {
    breakerbox::testing::virtual_time time;
    store s{strict};
    auto const with_zeros = std::string("a\0b", 3);
    fail(s, with_zeros);
    fail(s, std::string(100'000, 'x'));
    CHECK(is_open(s, with_zeros));
    CHECK_FALSE(is_open(s, "a"));
    CHECK(is_open(s, std::string(100'000, 'x')));
}

TEST_CASE("memory_store: a zero capacity and a wrong rule are refused by name and value") {
    using Catch::Matchers::ContainsSubstring;
    using Catch::Matchers::MessageMatches;
    CHECK_THROWS_MATCHES(
        (store{lenient, {.max_hosts = 0}}), std::invalid_argument,
        MessageMatches(ContainsSubstring("memory_store.max_hosts") && ContainsSubstring("is 0")));
    CHECK_THROWS_MATCHES(
        (store{failure_count{.max_failures = 1, .reset_timeout = -1s}}), std::invalid_argument,
        MessageMatches(ContainsSubstring("failure_count.reset_timeout") && ContainsSubstring("is -1s")));
}

} // namespace memory_store_test
