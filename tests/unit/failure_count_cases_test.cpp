// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/rule/failure_count.hpp>

#include "support/virtual_breaker.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>

// The cases of the Python library's rule, as its users meet it: through a breaker, in virtual time.

using namespace std::chrono_literals;
using breakerbox::breaker_state;
using breakerbox::failure_count;
using breakerbox::verdict;

namespace {

/// One host, its calls, and what is seen of it.
struct one_host {
    explicit one_host(failure_count rule) : breaker(support::store{rule}) {}

    /// A call with that verdict; false if it was refused.
    bool call(verdict v) {
        auto admission = breaker.acquire_now("host");
        if (admission)
            admission.permit().report_now(v);
        return static_cast<bool>(admission);
    }
    std::uint64_t increment() { return breaker.increment_failures_count_now("host"); }
    bool is_open() const { return breaker.snapshot_now("host").state == breaker_state::open; }
    std::uint64_t failures() const { return breaker.snapshot_now("host").failures; }

    /// The time that a refused call is told to wait; zero where it is let through.
    breakerbox::duration refused_for() {
        auto const admission = breaker.acquire_now("host");
        return admission ? 0s : admission.why().retry_after;
    }

    breakerbox::testing::virtual_time time;
    support::breaker breaker;
};

} // namespace

TEST_CASE("case failure_count: the README's log") {
    one_host h{{.max_failures = 1, .reset_timeout = 10s}};
    CHECK_FALSE(h.is_open());
    CHECK(h.failures() == 0);
    for (std::uint64_t const count : {1u, 2u, 3u, 4u}) {
        CHECK(h.increment() == count);
        CHECK(h.is_open() == (count > 1));
    }
    CHECK_FALSE(h.call(verdict::success));
    h.time.advance(9999ms);
    CHECK(h.is_open());
    CHECK_FALSE(h.call(verdict::success));
    h.time.advance(1ms);
    CHECK_FALSE(h.is_open());
    CHECK(h.failures() == 0);
    CHECK(h.call(verdict::success));
    CHECK_FALSE(h.is_open());
}

TEST_CASE("case failure_count: each failure starts the timeout again") {
    one_host h{{.max_failures = 2, .reset_timeout = 10s}};
    h.call(verdict::failure);
    CHECK(h.failures() == 1);
    h.time.advance(9s);
    h.call(verdict::failure);
    CHECK(h.failures() == 2);
    CHECK_FALSE(h.is_open());
    h.time.advance(9s);
    h.call(verdict::failure);
    CHECK(h.failures() == 3);
    CHECK(h.is_open());
    h.time.advance(9s);
    CHECK_FALSE(h.call(verdict::success));
    h.time.advance(1s);
    CHECK_FALSE(h.is_open());
    CHECK(h.failures() == 0);
}

TEST_CASE("case failure_count: a success changes nothing") {
    one_host h{{.max_failures = 1, .reset_timeout = 10s}};
    h.call(verdict::failure);
    for (int i = 0; i != 20; ++i)
        h.call(verdict::success);
    CHECK(h.failures() == 1);
    CHECK_FALSE(h.is_open());
    h.call(verdict::failure);
    CHECK(h.failures() == 2);
    CHECK(h.is_open());
}

TEST_CASE("case failure_count: a zero lets no failure pass") {
    one_host h{{.max_failures = 0, .reset_timeout = 1s}};
    h.call(verdict::success);
    CHECK_FALSE(h.is_open());
    h.call(verdict::failure);
    CHECK(h.is_open());
    CHECK(h.failures() == 1);
    CHECK(h.refused_for() == 1s);
    h.time.advance(400ms);
    CHECK(h.refused_for() == 600ms);
}

TEST_CASE("case failure_count: opened by hand") {
    one_host h{{.max_failures = 3, .reset_timeout = 10s}};
    h.breaker.force_open_now("host", 60s);
    CHECK(h.is_open());
    CHECK(h.failures() == 4);
    h.time.advance(20s);
    CHECK(h.increment() == 5);
    CHECK(h.refused_for() == 40s);
    h.breaker.reset_now("host");
    CHECK_FALSE(h.is_open());
    CHECK(h.failures() == 0);
    h.call(verdict::failure);
    CHECK(h.failures() == 1);
}
