// SPDX-License-Identifier: BSL-1.0
//
// What a memory_store does under its lock takes no more steps the more hosts there are.
#include <breakerbox/store/memory_store.hpp>

#include <breakerbox/rule/failure_count.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace memory_store_steps_test {

using namespace std::chrono_literals;
namespace bb = breakerbox;

namespace {

std::size_t expiries_asked = 0;

/// failure_count, with the times that a store asks when a state expires counted.
struct counted_rule : bb::failure_count {
    bb::instant expires_at(state const& s) const noexcept {
        ++expiries_asked;
        return failure_count::expires_at(s);
    }
};

/// The same where each count lives a second less than the one that began before.
struct ever_shorter : counted_rule {
    void on_failure(state& s, bb::instant now) const noexcept {
        static auto left = std::chrono::microseconds{1'000'000s};
        bool const is_first = s.failures == 0;
        failure_count::on_failure(s, now);
        if (is_first)
            s.expires_at = now + (left -= 1s);
    }
};

struct still_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<still_clock>;
    static time_point now() { return time_point{1h}; }
};

constexpr int hosts = 20'000;
constexpr std::size_t few = 200; // a heap of so many is 15 deep, and two steps go through it up and down

std::string name_of(int i) {
    return "host" + std::to_string(i);
}

template <class Rule>
struct tried_store {
    explicit tried_store(Rule rule = {}) : store{rule, {.max_hosts = hosts}} {}

    /// How often it is asked when a state expires, at most, for a failure of each of `hosts` hosts.
    std::size_t let_fail() {
        std::size_t most = 0;
        for (int i = 0; i != hosts; ++i) {
            expiries_asked = 0;
            store.record(name_of(i), {bb::verdict::failure}, changes);
            most = std::max(most, expiries_asked);
        }
        return most;
    }

    bb::memory_store<Rule, still_clock> store;
    bb::change_queue changes{false};
};

} // namespace

TEST_CASE("memory_store: a failure costs the same however many hosts there are") {
    CHECK(tried_store<counted_rule>{}.let_fail() < few);
}

TEST_CASE("memory_store: so it does where each host expires before all that failed earlier") {
    tried_store<ever_shorter> tried;
    CHECK(tried.let_fail() < few);
    CHECK(tried.store.look(name_of(hosts - 1)).failures == 1);
    CHECK(tried.store.evictions() == 0);
}

TEST_CASE("memory_store: to reset a host costs the same however many hosts there are") {
    tried_store<counted_rule> tried;
    tried.let_fail();
    std::size_t most = 0;
    for (int i = hosts; i-- != 0;) {
        expiries_asked = 0;
        tried.store.reset(name_of(i), tried.changes);
        most = std::max(most, expiries_asked);
    }
    CHECK(most < few);
    CHECK(tried.store.size() == 0);
}

TEST_CASE("memory_store: so it does where hosts are open") {
    tried_store<counted_rule> tried{counted_rule{{.max_failures = 0}}};
    CHECK(tried.let_fail() < few);
    expiries_asked = 0;
    tried.store.reset(name_of(0), tried.changes);
    CHECK(expiries_asked < few);
}

} // namespace memory_store_steps_test
