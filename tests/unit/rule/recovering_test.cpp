// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/recovering.hpp>

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_rate.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <optional>

namespace recovering_test {

// What the replayed cases and the properties don't show: what a state looks like in between, and a clock that
// steps back.

using namespace breakerbox;
using namespace std::chrono_literals;

namespace {

/// One host under a rule, at a time that the test sets.
template <class Rule>
struct host {
    recovering<Rule> rules;
    typename recovering<Rule>::state state{};
    instant now{};
    double jitter = 0;
    std::uint64_t numbers = 0;

    explicit host(Rule rule) : rules(rule) {}

    moment next() { return {.now = now, .fresh = ++numbers, .jitter = jitter}; }
    std::optional<std::uint64_t> acquire() { return rules.acquire(state, next()); }
    void report(std::uint64_t number, verdict v) { rules.report(state, number, {v}, next()); }
    void fail() { rules.record(state, {verdict::failure}, next()); }
    host_status look() const { return rules.look(state, now); }
};

constexpr consecutive_failures at_once{.threshold = 1, .recovery = {.open_for = 10s, .probe_lease = 4s}};

} // namespace

TEST_CASE("recovering: a host never heard of is closed, and its permits bear number 0") {
    host h{at_once};
    CHECK(h.look().state == breaker_state::closed);
    CHECK(h.look().is_available());
    CHECK(h.acquire() == 0);
}

TEST_CASE("recovering: open, its status has what tripped it, when it opened and when it may be tried again") {
    host h{at_once};
    h.now = 5s;
    h.fail();
    h.now = 8s;
    auto const status = h.look();
    CHECK(status.state == breaker_state::open);
    CHECK(status.cause == trip_cause::failures);
    CHECK(status.failures == 1);
    CHECK(status.opened_at == 5s);
    CHECK(status.retry_after == 7s);
    CHECK_FALSE(h.acquire());
}

TEST_CASE("recovering: once the open time is over a look says that a call would pass, and changes nothing") {
    host h{at_once};
    h.fail();
    h.now = 10s;
    CHECK(h.look().state == breaker_state::open);
    CHECK(h.look().is_available());
    CHECK(h.acquire());
    CHECK(h.look().state == breaker_state::half_open);
}

TEST_CASE("recovering: half-open, its status counts the probes out and what came back") {
    host h{consecutive_failures{.threshold = 1,
                                .recovery = {.open_for = 10s,
                                             .probes = 2,
                                             .successes_to_close = 3,
                                             .failures_to_reopen = 2,
                                             .probe_lease = 4s}}};
    h.fail();
    h.now = 10s;
    auto const first = h.acquire();
    CHECK(h.look().is_available());
    h.now = 11s;
    auto const second = h.acquire();
    CHECK(h.look().probes ==
          probe_counts{.out = 2, .most_out = 2, .successes_to_close = 3, .failures_to_reopen = 2});
    CHECK(h.look().retry_after == 3s);
    h.report(*first, verdict::success);
    h.report(*second, verdict::failure);
    CHECK(h.look().probes == probe_counts{.out = 0,
                                          .most_out = 2,
                                          .successes = 1,
                                          .successes_to_close = 3,
                                          .failures = 1,
                                          .failures_to_reopen = 2});
    CHECK(h.look().failures == 1); // what tripped it
}

TEST_CASE("recovering: an open time is jittered by the number that is part of the event") {
    host h{consecutive_failures{.threshold = 1, .recovery = {.open_for = 10s, .growth = 2, .jitter = 0.5}}};
    h.jitter = 0.5;
    h.fail();
    CHECK(h.look().retry_after == 12500ms);
    h.now = 12500ms;
    h.fail();                           // without a permit, after the open time
    CHECK(h.look().retry_after == 25s); // twice the ten seconds, jittered anew
}

TEST_CASE("recovering: a closing clears the growth") {
    host h{consecutive_failures{.threshold = 1, .recovery = {.open_for = 10s, .growth = 2}}};
    h.fail();
    h.now += 10s;
    h.report(*h.acquire(), verdict::failure);
    CHECK(h.look().retry_after == 20s);
    h.now += 20s;
    h.report(*h.acquire(), verdict::success);
    CHECK(h.look().state == breaker_state::closed);
    h.fail();
    CHECK(h.look().retry_after == 10s);
}

TEST_CASE("recovering: opened by hand without a time, it is open until reset, and its status says so") {
    host h{at_once};
    h.rules.force_open(h.state, std::nullopt, h.next());
    h.now = std::chrono::years{200};
    CHECK(h.look().state == breaker_state::open);
    CHECK(h.look().cause == trip_cause::by_hand);
    CHECK(h.look().retry_after == breakerbox::duration::max());
    CHECK_FALSE(h.acquire());
    h.rules.reset(h.state, h.next());
    CHECK(h.look().state == breaker_state::closed);
    CHECK(h.acquire());
}

TEST_CASE("recovering: force_open never shortens an open time, nor one until reset") {
    host h{at_once};
    h.fail();
    h.rules.force_open(h.state, 1s, h.next());
    CHECK(h.look().retry_after == 10s);
    h.rules.force_open(h.state, std::nullopt, h.next());
    h.rules.force_open(h.state, 1s, h.next());
    CHECK(h.look().retry_after == breakerbox::duration::max());
}

TEST_CASE("recovering: permits given before a reset are worth nothing") {
    host h{consecutive_failures{.threshold = 2}};
    auto const old = h.acquire();
    h.rules.reset(h.state, h.next());
    h.report(*old, verdict::failure);
    CHECK(h.look().failures == 0);
    CHECK(h.acquire() != old);
}

TEST_CASE(
    "recovering: a host that nobody touched for forget_after is as new; one opened until reset never is") {
    host h{consecutive_failures{.threshold = 2, .recovery = {.forget_after = 1h}}};
    h.fail();
    CHECK(h.rules.expires_at(h.state) == 1h);
    h.now = 1h - 1us;
    CHECK(h.look().failures == 1);
    h.now = 1h;
    CHECK(h.look().failures == 0);
    CHECK(h.acquire() == 0);
    h.rules.force_open(h.state, std::nullopt, h.next());
    CHECK(h.rules.expires_at(h.state) == instant::max());
}

TEST_CASE("recovering: says whether a report was worth anything") {
    host h{at_once};
    auto const old = h.acquire();
    auto const worth = [&](std::uint64_t number) {
        return h.rules.report(h.state, number, {verdict::neutral}, h.next());
    };
    CHECK(worth(*old));
    CHECK_FALSE(worth(77));
    h.fail();
    CHECK_FALSE(worth(*old));
    h.now = 10s;
    auto const probe = h.acquire();
    CHECK(worth(*probe));
    CHECK_FALSE(worth(*probe));
}

TEST_CASE("recovering: a host isn't forgotten while a probe is out") {
    host h{consecutive_failures{.threshold = 1,
                                .recovery = {.open_for = 10s, .probe_lease = 1h, .forget_after = 1min}}};
    h.fail();
    h.now = 10s;
    auto const probe = h.acquire();
    h.now = 30min;
    CHECK(h.look().state == breaker_state::half_open);
    h.report(*probe, verdict::failure);
    CHECK(h.look().state == breaker_state::open);
}

// ---- A rule of one's own

namespace {

/// Trips at so many failures, however many successes come between: what README says of a trip_rule.
struct failures_in_all {
    struct tally {
        std::uint64_t failures = 0;
    };
    static constexpr bool counts_successes = false;

    std::uint64_t most = 3;
    breakerbox::recovery recovery{};

    void validate() const { recovery.validate(); }
    trip_cause count(tally& t, ended_call call, instant) const {
        t.failures += call.result == verdict::failure ? 1 : 0;
        return t.failures > most ? trip_cause::failures : trip_cause::none;
    }
    bool is_slow(ended_call) const { return false; }
    evidence counted(tally const& t, instant) const { return {.failures = t.failures}; }
    trip_condition condition() const { return {.threshold = static_cast<double>(most)}; }
};

} // namespace

TEST_CASE("recovering: a rule of one's own gets the states by saying only what trips") {
    host h{failures_in_all{.most = 1, .recovery = {.open_for = 10s}}};
    h.report(*h.acquire(), verdict::failure);
    h.report(*h.acquire(), verdict::success);
    CHECK(h.look().state == breaker_state::closed);
    h.report(*h.acquire(), verdict::failure);
    CHECK(h.look().state == breaker_state::open);
    CHECK(h.look().failures == 2);
    h.now = 10s;
    h.report(*h.acquire(), verdict::success);
    CHECK(h.look().state == breaker_state::closed);
    CHECK(h.look().failures == 0);
}

// ---- A clock that steps back

TEST_CASE("recovering: where the clock steps back, an open time begins anew and no lease grows") {
    host h{at_once};
    h.now = 1h;
    h.fail();
    h.now = 30min;
    CHECK(h.look().retry_after == 10s);
    CHECK_FALSE(h.acquire());
    h.now += 10s;
    auto const probe = h.acquire();
    REQUIRE(probe);
    CHECK(h.look().retry_after == 4s);
    h.now = 20min;
    CHECK(h.look().retry_after == 4s);
    CHECK_FALSE(h.acquire());
    h.now += 4s;
    CHECK(h.acquire());
}

TEST_CASE("recovering: where the clock steps back, what was opened until reset stays so") {
    host h{at_once};
    h.now = 1h;
    h.rules.force_open(h.state, std::nullopt, h.next());
    h.now = 0s;
    CHECK(h.look().retry_after == breakerbox::duration::max());
    CHECK_FALSE(h.acquire());
    CHECK(h.look().retry_after == breakerbox::duration::max());
}

// ---- Slow calls

TEST_CASE("recovering: a slow probe has failed, however it ended") {
    host h{failure_rate{.minimum_calls = 1, .window = 10, .slow_call = {.longer_than = 1s}}};
    h.fail();
    h.now = 30s;
    auto const probe = h.acquire();
    h.rules.report(h.state, *probe, {verdict::success, 2s}, h.next());
    CHECK(h.look().state == breaker_state::open);
    CHECK(h.look().cause == trip_cause::failed_probes);
}

TEST_CASE(
    "recovering: tripped by a rate, the evidence is frozen until the host closes, and then all is clear") {
    host h{failure_rate{.minimum_calls = 2, .window = 10s}};
    auto const other = h.acquire();
    h.report(*h.acquire(), verdict::failure);
    h.report(*h.acquire(), verdict::failure);
    CHECK(h.look().failures == 2);
    CHECK(h.look().calls == 2);
    h.report(*other, verdict::failure);
    h.now = 30s;
    auto const probe = h.acquire();
    CHECK(h.look().calls == 2);
    h.report(*probe, verdict::success);
    CHECK(h.look().calls == 0);
    CHECK(h.look().failures == 0);
}

} // namespace recovering_test
