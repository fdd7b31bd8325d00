// SPDX-License-Identifier: BSL-1.0
//
// Each allocation of each public step in memory fails once. What must hold then: what was kept is let go, nothing is
// held that nobody can give back, and the next steps are as ever.
#include <breakerbox/breakerbox.hpp>

#include "support/allocation_counts.hpp"

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/result.hpp>

#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace failed_allocations_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;

namespace {

std::string name_of(int i) {
    return "a host with a name that is too long to be kept in its place " + std::to_string(i);
}

/// Calls `attempt()` with its first allocation failing, then with its second, until none fails; after each, `check()`
/// what `make()` made. What was made is gone between two, with all that it kept.
template <class Make, class Attempt, class Check>
void with_each_allocation_failing(Make make, Attempt attempt, Check check) {
    bool has_failed = true;
    for (int n = 0; has_failed; ++n) {
        REQUIRE(n < 1000);
        INFO("allocation " << n << " fails");
        auto const kept = support::objects_kept.load();
        {
            auto made = make();
            try {
                support::failing_allocation const failing{n};
                struct note {
                    support::failing_allocation const& failing;
                    bool& has_failed;
                    ~note() { has_failed = failing.has_failed(); }
                } const noted{failing, has_failed};
                attempt(*made);
            } catch (std::bad_alloc const&) {
            }
            check(*made);
        }
        CHECK(support::objects_kept == kept);
    }
}

constexpr int most = 4;

template <class Rule>
struct tried {
    explicit tried(Rule const& rule)
        : breaker{bb::memory_store{rule, {.max_hosts = most}},
                  {.observer = [](bb::breaker_event const&) {}, .failure_texts = 4}} {}
    bb::circuit_breaker<bb::memory_store<Rule>> breaker;
};

template <class Rule>
void try_steps(Rule const& rule) {
    using breaker = tried<Rule>;
    auto const make = [&] { return std::make_unique<breaker>(rule); };
    // A store has all its places still, each host is found, and can go.
    auto const check = [](breaker& t) {
        auto& b = t.breaker;
        auto const known = b.store().hosts();
        CHECK(known.size() <= b.store().size());
        for (auto const& host : known)
            CHECK(b.snapshot_now(host.host).probes.out == 0);
        for (int i = 0; i != most; ++i)
            b.reset_now(name_of(i));
        for (int i = 0; i != most; ++i)
            b.increment_failures_count_now(name_of(i));
        CHECK(b.store().size() == most);
        CHECK(b.store().evictions() == 0);
        for (int i = 0; i != most; ++i)
            CHECK(b.snapshot_now(name_of(i)).failures == 1);
    };
    auto const attempt_each = [&](auto... attempts) {
        (with_each_allocation_failing(make, attempts, check), ...);
    };
    auto const fail = [](breaker& t) { t.breaker.increment_failures_count_now(name_of(0)); };
    auto const call = [](bb::verdict v) {
        return [v](breaker& t) {
            if (auto admission = t.breaker.acquire_now(name_of(1)))
                admission.permit().report_now(v, "a text that is too long to be kept in its place");
        };
    };
    attempt_each(
        fail, call(bb::verdict::success), call(bb::verdict::failure), call(bb::verdict::neutral),
        [](breaker& t) { t.breaker.force_open_now(name_of(0), 1us); },
        [](breaker& t) { t.breaker.reset_now(name_of(0)); },
        [](breaker& t) {
            for (int i = 0; i != most; ++i)
                t.breaker.increment_failures_count_now(name_of(i));
        },
        [fail](breaker& t) {
            fail(t);
            (void)t.breaker.store().hosts();
        },
        [](breaker& t) { // a probe
            t.breaker.force_open_now(name_of(0), 1us);
            while (!t.breaker.is_host_available_now(name_of(0))) {
            }
            if (auto admission = t.breaker.acquire_now(name_of(0)))
                admission.permit().report_now(bb::verdict::failure, std::string(100, 't'));
        });
}

} // namespace

TEST_CASE(
    "memory_store: no failed allocation of a step loses a place, a probe's slot or memory: failure_count") {
    try_steps(bb::failure_count{});
}

TEST_CASE("memory_store: no failed allocation of a step loses a place, a probe's slot or memory: "
          "consecutive_failures") {
    try_steps(bb::consecutive_failures{.recovery = {.open_for = 1us}});
}

TEST_CASE(
    "memory_store: no failed allocation of a step loses a place, a probe's slot or memory: failure_rate") {
    try_steps(bb::failure_rate{.recovery = {.open_for = 1us}});
}

TEST_CASE("retrier: no failed allocation of a call keeps a reservation, a probe's slot or memory") {
    struct guarded {
        bb::shared_budget<bb::retry_budget> budget{bb::retry_budget{.ratio = 0, .min_per_second = 1}};
        bb::circuit_breaker<bb::memory_store<bb::consecutive_failures>> breaker{
            bb::memory_store{bb::consecutive_failures{.threshold = 100}}};
    };
    for (bool const throws : {false, true})
        with_each_allocation_failing(
            [] { return std::make_unique<guarded>(); },
            [&](guarded& g) {
                bb::retrier const retrier{
                    bb::stop_after_attempt{3},
                    bb::any{bb::retry_if_error{asio::error::connection_reset}, bb::retry_if_exception<int>{}},
                    bb::wait_none{},
                    g.breaker,
                    {.budget = &g.budget}};
                auto const fail = [&]() -> asio::awaitable<boost::system::result<int>> {
                    if (throws)
                        throw 1;
                    co_return boost::system::error_code{asio::error::connection_reset};
                };
                asio::io_context context;
                asio::co_spawn(context, retrier.retry(name_of(0), fail),
                               [](std::exception_ptr, auto const&) {});
                context.run();
            },
            [](guarded& g) {
                CHECK(g.breaker.snapshot_now(name_of(0)).probes.out == 0);
                CHECK(g.breaker.snapshot_now(name_of(0)).failures <= 3);
            });
}

} // namespace failed_allocations_test
