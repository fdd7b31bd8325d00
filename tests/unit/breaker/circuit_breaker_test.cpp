// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/circuit_breaker.hpp>

#include "support/virtual_breaker.hpp"

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_rate.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace circuit_breaker_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using breakerbox::breaker_event;
using breakerbox::breaker_state;
using breakerbox::failure_count;
using breakerbox::verdict;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using support::breaker;
using support::store;

namespace {

constexpr failure_count one_allowed{.max_failures = 1, .reset_timeout = 10s};

/// Writes down what a breaker tells.
struct event_log {
    std::vector<std::string> lines;

    breakerbox::circuit_breaker_options options() {
        return {.observer = [this](breaker_event const& event) {
            std::ostringstream line;
            line << event;
            lines.push_back(line.str());
        }};
    }
};

} // namespace

TEST_CASE("circuit_breaker: the Python library's README: four increments, ten seconds") {
    breakerbox::testing::virtual_time time;
    breaker b{store{one_allowed}};
    auto const is_available = [&] { return time.run(b.is_host_available("example.com")); };
    auto const increment = [&] { return time.run(b.increment_failures_count("example.com")); };
    CHECK(is_available());
    CHECK(increment() == 1);
    CHECK(is_available());
    CHECK(increment() == 2);
    CHECK_FALSE(is_available());
    CHECK(increment() == 3);
    CHECK(increment() == 4);
    CHECK_FALSE(is_available());
    time.advance(9999ms);
    CHECK_FALSE(is_available());
    time.advance(1ms);
    CHECK(is_available());
    CHECK(time.run(b.snapshot("example.com")).failures == 0);
}

TEST_CASE("circuit_breaker: is_host_available is a look that changes nothing") {
    breakerbox::testing::virtual_time time;
    breaker b{store{one_allowed}};
    for (int i = 0; i != 5; ++i)
        CHECK(b.is_host_available_now("a"));
    CHECK(b.store().size() == 0);
}

TEST_CASE(
    "circuit_breaker: acquire gives a permit while the host is closed, and a rejection while it is open") {
    breakerbox::testing::virtual_time time;
    breaker b{store{one_allowed}};
    {
        auto admission = b.acquire_now("a");
        REQUIRE(admission);
        CHECK_FALSE(admission.permit().report_now(verdict::failure));
    }
    {
        auto admission = b.acquire_now("a");
        REQUIRE(admission);
        CHECK(admission.permit().report_now(verdict::failure));
    }
    time.advance(1s);
    auto const refused = b.acquire_now("a");
    REQUIRE_FALSE(refused);
    CHECK(refused.why().host == "a");
    CHECK(refused.why().state == breaker_state::open);
    CHECK(refused.why().failures == 2);
    CHECK(refused.why().condition.threshold == 1);
    CHECK(refused.why().opened_at == 0us);
    CHECK(refused.why().retry_after == 9s);
}

TEST_CASE("circuit_breaker: the awaitable members read the same as their twins") {
    breakerbox::testing::virtual_time time;
    breaker b{store{one_allowed}};
    time.run([&]() -> asio::awaitable<void> {
        for (int i = 0; i != 2; ++i) {
            auto admission = co_await b.acquire("a");
            REQUIRE(admission);
            co_await admission.permit().report(verdict::failure);
        }
        auto const refused = co_await b.acquire("a");
        CHECK_FALSE(refused);
        co_await b.reset("a");
        CHECK(co_await b.is_host_available("a"));
        co_await b.force_open("a", 1s);
        CHECK_FALSE(co_await b.is_host_available("a"));
        auto const seen = co_await b.snapshot("a");
        CHECK(seen.host == "a");
        CHECK(seen.failures == 2);
    });
}

TEST_CASE("circuit_breaker: snapshot shows state, counts, when it opened, and when it may be tried again") {
    breakerbox::testing::virtual_time time;
    time.advance(5s);
    breaker b{store{one_allowed}};
    b.increment_failures_count_now("a");
    CHECK(b.snapshot_now("a").state == breaker_state::closed);
    b.increment_failures_count_now("a");
    time.advance(4s);
    auto const seen = b.snapshot_now("a");
    CHECK(seen.state == breaker_state::open);
    CHECK(seen.failures == 2);
    CHECK(seen.opened_at == 5s);
    CHECK(seen.retry_after == 6s);
}

TEST_CASE("circuit_breaker: on_host_unavailable throws host_unavailable by default") {
    breakerbox::testing::virtual_time time;
    breaker b{store{one_allowed}};
    b.force_open_now("example.com", 9500ms);
    auto const refused = b.acquire_now("example.com");
    try {
        b.on_host_unavailable(refused.why());
        FAIL("nothing was thrown");
    } catch (boost::system::system_error const& e) {
        CHECK(e.code() == breakerbox::errc::host_unavailable);
        CHECK_THAT(e.what(),
                   ContainsSubstring("host 'example.com' is open: 2 failures (at most 1 allowed), retry "
                                     "after 9.5s"));
        CHECK(dynamic_cast<breakerbox::host_unavailable const&>(e).why().retry_after == 9500ms);
    }
}

TEST_CASE("circuit_breaker: force_open opens for its time, reset closes and forgets") {
    breakerbox::testing::virtual_time time;
    breaker b{store{one_allowed}};
    b.force_open_now("a", 60s);
    time.advance(59s);
    CHECK_FALSE(b.is_host_available_now("a"));
    time.advance(1s);
    CHECK(b.is_host_available_now("a"));
    b.force_open_now("a");
    time.advance(24h * 29);
    CHECK_FALSE(b.is_host_available_now("a"));
    b.reset_now("a");
    CHECK(b.is_host_available_now("a"));
    CHECK(b.snapshot_now("a").failures == 0);
}

TEST_CASE("circuit_breaker: an observer hears of each change of state once, and of each refusal") {
    breakerbox::testing::virtual_time time;
    event_log heard;
    breaker b{store{one_allowed}, heard.options()};
    for (int i = 0; i != 3; ++i)
        b.increment_failures_count_now("a");
    (void)b.acquire_now("a");
    CHECK_FALSE(b.is_host_available_now("a"));
    b.reset_now("a");
    b.reset_now("a");
    b.force_open_now("a", 1s);
    b.force_open_now("a", 2s);
    time.advance(2s);
    CHECK(b.is_host_available_now("a")); // an expiry is no event
    CHECK(heard.lines ==
          std::vector<std::string>{
              "host 'a' went from closed to open: 2 failures (at most 1 allowed), retry after 10s",
              "host 'a' refused a call, being open: 3 failures (at most 1 allowed), retry after 10s",
              "host 'a' went from open to closed by hand",
              "host 'a' went from closed to open: 2 failures (at most 1 allowed), retry after 1s",
          });
}

TEST_CASE("circuit_breaker: an observer may call back into the breaker") {
    breakerbox::testing::virtual_time time;
    struct reset_at_once {
        breaker* b = nullptr;
        int changes = 0;
        void operator()(breaker_event const& event) {
            ++changes;
            if (event.status.state == breaker_state::open)
                b->reset_now(event.host);
        }
    } observer;
    breaker b{store{one_allowed}, {.observer = std::ref(observer)}};
    observer.b = &b;
    b.increment_failures_count_now("a");
    b.increment_failures_count_now("a");
    CHECK(b.is_host_available_now("a"));
    CHECK(observer.changes == 2);
}

TEST_CASE("circuit_breaker: an empty host is refused, saying that 'host' must be given") {
    breakerbox::testing::virtual_time time;
    breaker b{store{one_allowed}};
    auto const says_so = MessageMatches(ContainsSubstring("'host' must be given"));
    CHECK_THROWS_MATCHES(b.is_host_available_now(""), std::invalid_argument, says_so);
    CHECK_THROWS_MATCHES(b.increment_failures_count_now(""), std::invalid_argument, says_so);
    CHECK_THROWS_MATCHES((void)b.acquire_now(""), std::invalid_argument, says_so);
    CHECK_THROWS_MATCHES(b.snapshot_now(""), std::invalid_argument, says_so);
    CHECK_THROWS_MATCHES(b.force_open_now(""), std::invalid_argument, says_so);
    CHECK_THROWS_MATCHES(b.reset_now(""), std::invalid_argument, says_so);
    CHECK_THROWS_MATCHES(time.run(b.is_host_available("")), std::invalid_argument, says_so);
}

TEST_CASE("circuit_breaker: force_open for no time or less is refused by name and value") {
    breakerbox::testing::virtual_time time;
    breaker b{store{one_allowed}};
    CHECK_THROWS_MATCHES(b.force_open_now("a", 0s), std::invalid_argument,
                         MessageMatches(ContainsSubstring("open_for") && ContainsSubstring("is 0s")));
    CHECK_THROWS_MATCHES(b.force_open_now("a", -1s), std::invalid_argument,
                         MessageMatches(ContainsSubstring("open_for") && ContainsSubstring("is -1s")));
}

// ---- Rules with a half-open state

namespace {

using half_open_store =
    breakerbox::memory_store<breakerbox::consecutive_failures, breakerbox::testing::virtual_clock>;
using half_open_breaker = breakerbox::circuit_breaker<half_open_store>;

constexpr breakerbox::consecutive_failures two_in_a_row{.threshold = 2, .recovery = {.open_for = 10s}};

} // namespace

TEST_CASE("circuit_breaker, half-open: is_host_available and increment_failures_count alone make a working "
          "breaker") {
    breakerbox::testing::virtual_time time;
    half_open_breaker b{half_open_store{two_in_a_row}};
    CHECK(b.increment_failures_count_now("a") == 1);
    CHECK(b.is_host_available_now("a"));
    CHECK(b.increment_failures_count_now("a") == 2);
    CHECK_FALSE(b.is_host_available_now("a"));
    time.advance(10s);
    CHECK(b.is_host_available_now("a")); // a look, which changes nothing
    CHECK(b.snapshot_now("a").state == breaker_state::open);
    b.increment_failures_count_now("a");
    CHECK_FALSE(b.is_host_available_now("a"));
}

TEST_CASE(
    "circuit_breaker, half-open: each change is told once, in order, with the evidence that caused it") {
    breakerbox::testing::virtual_time time;
    event_log heard;
    half_open_breaker b{half_open_store{two_in_a_row}, heard.options()};
    auto const call = [&](verdict v) { b.acquire_now("a").permit().report_now(v); };
    call(verdict::failure);
    call(verdict::failure);
    time.advance(10s);
    {
        auto probe = b.acquire_now("a");
        (void)b.acquire_now("a");
        probe.permit().report_now(verdict::failure);
    }
    time.advance(10s);
    call(verdict::success);
    b.force_open_now("a");
    (void)b.acquire_now("a");
    b.reset_now("a");
    CHECK(heard.lines ==
          std::vector<std::string>{
              "host 'a' went from closed to open: 2 failures in a row (trips at 2), retry after 10s",
              "host 'a' went from open to half-open: 1 probe may pass, 1 success closes it",
              "host 'a' refused a call, being half-open: 1 of 1 probe out, 0 of 1 success, retry after 60s "
              "at the latest; opened: 2 failures in a row (trips at 2)",
              "host 'a' went from half-open to open after 1 failed probe, retry after 10s",
              "host 'a' went from open to half-open: 1 probe may pass, 1 success closes it",
              "host 'a' went from half-open to closed after 1 successful probe",
              "host 'a' went from closed to open by hand, until reset",
              "host 'a' refused a call, being open by hand, until reset",
              "host 'a' went from open to closed by hand",
          });
}

TEST_CASE("circuit_breaker, half-open: an event says when it happened") {
    breakerbox::testing::virtual_time time;
    std::vector<std::chrono::microseconds> times;
    auto const observer = [&times](breaker_event const& event) { times.push_back(event.at); };
    half_open_breaker b{half_open_store{two_in_a_row}, {.observer = observer}};
    time.advance(1s);
    b.force_open_now("a", 5s);
    time.advance(2s);
    (void)b.acquire_now("a");
    time.advance(3s);
    (void)b.acquire_now("a");
    CHECK(times == std::vector<std::chrono::microseconds>{1s, 3s, 6s});
}

// ---- The last failure's text

TEST_CASE("circuit_breaker: the last failure's text is shown by rejections and snapshots, where it is kept") {
    breakerbox::testing::virtual_time time;
    half_open_breaker b{half_open_store{two_in_a_row}, {.failure_texts = 8}};
    b.acquire_now("a").permit().report_now(verdict::failure, "connection refused");
    CHECK(b.snapshot_now("a").last_failure == "connection refused");
    b.increment_failures_count_now("a", "timed out");
    auto const refused = b.acquire_now("a");
    CHECK(refused.why().last_failure == "timed out");
    std::ostringstream text;
    text << refused.why();
    CHECK(text.str() ==
          "host 'a' is open: 2 failures in a row (trips at 2), retry after 10s; last failure: timed out");
    time.advance(10s);
    b.acquire_now("a").permit().report_now(verdict::success);
    CHECK(b.snapshot_now("a").last_failure.empty()); // of a failure that no longer counts
    b.increment_failures_count_now("a", "again");
    b.reset_now("a");
    CHECK(b.snapshot_now("a").last_failure.empty());
}

TEST_CASE("circuit_breaker: by default no failure's text is kept") {
    breakerbox::testing::virtual_time time;
    half_open_breaker b{half_open_store{two_in_a_row}};
    CHECK_FALSE(b.keeps_failure_texts());
    b.increment_failures_count_now("a", "timed out");
    CHECK(b.snapshot_now("a").last_failure.empty());
}

TEST_CASE("circuit_breaker: under failure_rate the text is that of the host whose call failed") {
    breakerbox::testing::virtual_time time;
    using rate_store = breakerbox::memory_store<breakerbox::failure_rate, breakerbox::testing::virtual_clock>;
    breakerbox::circuit_breaker<rate_store> b{rate_store{breakerbox::failure_rate{}, {.max_hosts = 1}},
                                              {.failure_texts = 8}};
    auto permit = b.acquire_now("a").permit();
    b.acquire_now("b").permit().report_now(verdict::failure, "of b");
    permit.report_now(verdict::failure, "of a, which had to go");
    CHECK(b.snapshot_now("b").last_failure == "of b");
    CHECK(b.snapshot_now("a").last_failure.empty());
}

TEST_CASE("circuit_breaker: the text of a report that is worth nothing is not kept") {
    breakerbox::testing::virtual_time time;
    half_open_breaker b{half_open_store{two_in_a_row}, {.failure_texts = 8}};
    auto old = b.acquire_now("a").permit();
    b.reset_now("a");
    old.report_now(verdict::failure, "old news");
    CHECK(b.snapshot_now("a").last_failure.empty());
}

} // namespace circuit_breaker_test
