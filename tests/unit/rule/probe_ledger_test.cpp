// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/detail/probe_ledger.hpp>

#include <catch2/catch_test_macros.hpp>

namespace probe_ledger_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using detail::probe_ledger;

namespace {

constexpr recovery two_for_4s{.probes = 2, .probe_lease = 4s};

struct view {
    probe_counts counts{};
    instant first_end{};
};
view look(probe_ledger const& l, instant now) {
    view seen;
    l.look_at_ended(seen.counts);
    seen.first_end = l.look_at_out(seen.counts, two_for_4s, now);
    return seen;
}

} // namespace

TEST_CASE("probe_ledger: admits as many as the rule lets out, and one more for each that reports") {
    probe_ledger l;
    CHECK(l.admit(1, two_for_4s, 0s));
    CHECK(l.admit(2, two_for_4s, 0s));
    CHECK_FALSE(l.admit(3, two_for_4s, 0s));
    CHECK(l.report(1));
    CHECK(l.admit(4, two_for_4s, 0s));
    CHECK_FALSE(l.report(3));
    CHECK(l.report(2));
    CHECK(l.report(4));
}

TEST_CASE("probe_ledger: a probe reports once, and not after its lease") {
    probe_ledger l;
    l.admit(1, two_for_4s, 0s);
    CHECK(l.report(1));
    CHECK_FALSE(l.report(1));
    l.admit(2, two_for_4s, 0s);
    l.expire(two_for_4s, 4s - 1us);
    CHECK(l.given_up == 0);
    l.expire(two_for_4s, 4s);
    CHECK(l.given_up == 1);
    CHECK_FALSE(l.report(2));
    CHECK_FALSE(l.renew(2, two_for_4s, 4s));
}

TEST_CASE("probe_ledger: only the probes whose leases have ended are given up") {
    probe_ledger l;
    l.admit(1, two_for_4s, 0s);
    l.admit(2, two_for_4s, 1s);
    l.expire(two_for_4s, 4s);
    CHECK(l.given_up == 1);
    CHECK_FALSE(l.report(1));
    CHECK(l.report(2));
}

TEST_CASE("probe_ledger: a renewed lease ends a whole lease from then") {
    probe_ledger l;
    l.admit(1, two_for_4s, 0s);
    CHECK(l.renew(1, two_for_4s, 3s));
    CHECK_FALSE(l.renew(2, two_for_4s, 3s));
    CHECK(look(l, 3s).first_end == 7s);
    l.expire(two_for_4s, 6s);
    CHECK(l.report(1));
}

TEST_CASE("probe_ledger: a look tells who is out and the first to be given up, and changes nothing") {
    probe_ledger l{.out = {}, .successes = 5, .failures = 6, .given_up = 7};
    CHECK(look(l, 10s).counts == probe_counts{.successes = 5, .failures = 6, .given_up = 7});
    CHECK(look(l, 10s).first_end == 14s); // none is out: as for one that is let out now
    l.admit(1, two_for_4s, 0s);
    l.admit(2, two_for_4s, 1s);
    CHECK(look(l, 2s).counts.out == 2);
    CHECK(look(l, 2s).first_end == 4s);
    CHECK(look(l, 4s).counts.out == 1);
    CHECK(look(l, 4s).counts.given_up == 8);
    CHECK(look(l, 4s).first_end == 5s);
    CHECK(l.given_up == 7);
    CHECK(l.out.size() == 2);
}

TEST_CASE("probe_ledger: its last end is that of the probe let out last, and none where none is out") {
    probe_ledger l;
    CHECK(l.last_end() == instant::min());
    l.admit(1, two_for_4s, 3s);
    l.admit(2, two_for_4s, 1s);
    CHECK(l.last_end() == 7s);
    CHECK(l.last_end(6s) == 7s);
    CHECK(l.last_end(8s) == 8s);
}

TEST_CASE("probe_ledger: where the clock steps back, no lease ends later than one that begins now") {
    probe_ledger l;
    l.admit(1, two_for_4s, 1h);
    CHECK(look(l, 10s).first_end == 14s);
    l.expire(two_for_4s, 10s);
    CHECK(l.last_end() == 14s);
    CHECK(l.given_up == 0);
    l.expire(two_for_4s, 14s);
    CHECK(l.given_up == 1);
}

TEST_CASE("probe_ledger: another half-open counts from zero") {
    probe_ledger l{.out = {}, .successes = 1, .failures = 2, .given_up = 3};
    l.reset_counts();
    CHECK(look(l, 0s).counts == probe_counts{});
}

TEST_CASE("probe_ledger: a lease without end is none that a probe outlives") {
    constexpr recovery for_ever{.probe_lease = std::chrono::microseconds::max()};
    probe_ledger l;
    l.admit(1, for_ever, 10s);
    l.expire(for_ever, std::chrono::years{1000});
    CHECK(l.report(1));
}

} // namespace probe_ledger_test
