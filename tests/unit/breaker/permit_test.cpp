// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/permit.hpp>

#include "support/virtual_breaker.hpp"

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_rate.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/detached.hpp>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace permit_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using breakerbox::failure_count;
using breakerbox::verdict;
using support::breaker;
using support::store;

namespace {

constexpr failure_count lenient{.max_failures = 100, .reset_timeout = 10s};

} // namespace

TEST_CASE("permit: a failure reported counts one") {
    breakerbox::testing::virtual_time time;
    breaker b{store{lenient}};
    auto admission = b.acquire_now("a");
    admission.permit().report_now(verdict::failure);
    CHECK(b.snapshot_now("a").failures == 1);
}

TEST_CASE("permit: success, neutral and no report at all change nothing") {
    breakerbox::testing::virtual_time time;
    breaker b{store{lenient}};
    b.increment_failures_count_now("a");
    auto success = b.acquire_now("a");
    success.permit().report_now(verdict::success);
    auto neutral = b.acquire_now("a");
    neutral.permit().report_now(verdict::neutral);
    { auto const dropped = b.acquire_now("a"); }
    CHECK(b.snapshot_now("a").failures == 1);
}

TEST_CASE("permit: only the first report counts") {
    breakerbox::testing::virtual_time time;
    breaker b{store{lenient}};
    auto permit = b.acquire_now("a").permit();
    permit.report_now(verdict::failure);
    permit.report_now(verdict::failure);
    CHECK(b.snapshot_now("a").failures == 1);
}

TEST_CASE("permit: moved from, it reports nothing; moved to, it is the permit") {
    breakerbox::testing::virtual_time time;
    breaker b{store{lenient}};
    auto permit = b.acquire_now("a").permit();
    auto moved = std::move(permit);
    permit.report_now(verdict::failure); // NOLINT: a look at the moved-from permit
    CHECK(b.snapshot_now("a").failures == 0);
    moved.report_now(verdict::failure);
    CHECK(b.snapshot_now("a").failures == 1);
    auto other = b.acquire_now("b").permit();
    moved = std::move(other);
    moved.report_now(verdict::failure);
    CHECK(b.snapshot_now("b").failures == 1);
}

TEST_CASE("permit: keeps its host, however long, when the caller's is gone") {
    breakerbox::testing::virtual_time time;
    breaker b{store{lenient}};
    auto host = std::string(200, 'h');
    auto permit = b.acquire_now(host).permit();
    host.assign(200, 'x');
    permit.report_now(verdict::failure);
    CHECK(b.snapshot_now(std::string(200, 'h')).failures == 1);
}

TEST_CASE("permit: held by a coroutine that is destroyed, it ends as neutral") {
    breaker b{store{lenient}};
    {
        breakerbox::testing::virtual_time time;
        b.increment_failures_count_now("a");
        asio::co_spawn(
            time.context(),
            [&]() -> asio::awaitable<void> {
                auto permit = b.acquire_now("a").permit();
                breakerbox::testing::virtual_timer forever{time.context(), 1h};
                co_await forever.async_wait(asio::use_awaitable);
                permit.report_now(verdict::failure);
            },
            asio::detached);
        time.advance(1s);
    }
    breakerbox::testing::virtual_time time;
    CHECK(b.snapshot_now("a").failures == 1);
}

TEST_CASE("permit: says whether it is leave for a probe") {
    breakerbox::testing::virtual_time time;
    using probed =
        breakerbox::memory_store<breakerbox::consecutive_failures, breakerbox::testing::virtual_clock>;
    breakerbox::circuit_breaker<probed> b{
        probed{breakerbox::consecutive_failures{.threshold = 1, .recovery = {.open_for = 10s}}}};
    CHECK_FALSE(b.acquire_now("a").permit().is_probe());
    b.increment_failures_count_now("a");
    time.advance(10s);
    auto const probe = b.acquire_now("a").permit();
    CHECK(probe.is_probe());
    CHECK_FALSE(b.acquire_now("b").permit().is_probe());
    breaker without_probes{store{lenient}};
    CHECK_FALSE(without_probes.acquire_now("a").permit().is_probe());
}

TEST_CASE("permit: may be dropped after its breaker has gone") {
    breakerbox::testing::virtual_time time;
    using breakerbox::memory_store;
    using breakerbox::testing::virtual_clock;
    auto const drop_late = [&](auto const& rule) {
        using probed = memory_store<std::remove_cvref_t<decltype(rule)>, virtual_clock>;
        using probing = breakerbox::circuit_breaker<probed>;
        std::optional<typename probing::permit> kept;
        std::optional<typename probing::permit> probe;
        {
            probing b{probed{rule}};
            kept = b.acquire_now("a").permit();
            b.force_open_now("b", 1s);
            time.advance(1s);
            probe = b.acquire_now("b").permit();
        }
        auto const moved = std::move(probe);
    };
    drop_late(breakerbox::consecutive_failures{});
    drop_late(breakerbox::failure_rate{});
    drop_late(lenient);
}

TEST_CASE("admission: why outlives the admission that it is asked of") {
    breakerbox::testing::virtual_time time;
    breaker b{store{lenient}};
    b.force_open_now("a", 1s);
    auto const& why = b.acquire_now("a").why();
    CHECK(why.host == "a");
}

TEST_CASE("admission: asking for what is not there throws") {
    breakerbox::testing::virtual_time time;
    breaker b{store{lenient}};
    auto admitted = b.acquire_now("a");
    CHECK_THROWS_AS(admitted.why(), std::bad_variant_access);
    b.force_open_now("a");
    auto refused = b.acquire_now("a");
    CHECK_THROWS_AS((void)refused.permit(), std::bad_variant_access);
}

} // namespace permit_test
