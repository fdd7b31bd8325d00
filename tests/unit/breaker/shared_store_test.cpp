// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/circuit_breaker.hpp>

#include "support/cancellable_call.hpp"
#include "support/distant_store.hpp"
#include "support/failing_operation.hpp"
#include "support/printed.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shared_store_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::verdict;
using support::cancellable_call;
using support::failing_operation;
using support::host_down;
using support::retrier_options;
using steps = std::vector<std::string>;

namespace {

constexpr bb::failure_count counting{.max_failures = 1, .reset_timeout = 60s};
constexpr bb::consecutive_failures half_opening{.threshold = 1, .recovery = {.open_for = 10s}};

template <class Rule>
struct distant_breaker : bb::circuit_breaker<support::distant_store<Rule>> {
    using base = bb::circuit_breaker<support::distant_store<Rule>>;
    explicit distant_breaker(Rule rule, bb::circuit_breaker_options options = {})
        : base(support::distant_store<Rule>{rule}, options) {}
    auto& there() { return *this->store().there; }
};

template <class Breaker>
auto retrying(Breaker& breaker, std::uint64_t attempts = 2, retrier_options options = {}) {
    return bb::retrier{bb::stop_after_attempt{attempts}, bb::retry_if_exception<host_down>{}, bb::wait_none{},
                       breaker, options};
}

asio::awaitable<int> takes_a_minute() {
    bb::testing::virtual_timer timer{co_await asio::this_coro::executor};
    timer.expires_after(1min);
    co_await timer.async_wait(asio::deferred);
    co_return 7;
}

} // namespace

TEST_CASE("shared store: a breaker's awaitables read as with a store in memory") {
    bb::testing::virtual_time time;
    distant_breaker b{counting};
    time.run([&]() -> asio::awaitable<void> {
        bool available = co_await b.is_host_available("a");
        CHECK(available);
        auto count = co_await b.increment_failures_count("a");
        CHECK(count == 1);
        auto admission = co_await b.acquire("a");
        REQUIRE(admission);
        bool const is_open = co_await admission.permit().report(verdict::failure);
        CHECK(is_open);
        available = co_await b.is_host_available("a");
        CHECK_FALSE(available);
        auto const refused = co_await b.acquire("a");
        REQUIRE_FALSE(refused);
        CHECK(refused.why().failures == 2);
        CHECK(refused.why().host == "a");
        co_await b.reset("a");
        auto seen = co_await b.snapshot("a");
        CHECK(seen.failures == 0);
        co_await b.force_open("a", 5s);
        seen = co_await b.snapshot("a");
        CHECK(seen.state == bb::breaker_state::open);
        CHECK(seen.host == "a");
    });
}

TEST_CASE("shared store: no host is refused before anything is asked") {
    bb::testing::virtual_time time;
    distant_breaker b{counting};
    CHECK_THROWS_MATCHES(time.run(b.acquire("")), std::invalid_argument,
                         Catch::Matchers::Message("breakerbox: 'host' must be given, but is empty"));
    CHECK_THROWS_AS(time.run(b.is_host_available("")), std::invalid_argument);
    CHECK_THROWS_AS(time.run(b.increment_failures_count("")), std::invalid_argument);
    CHECK_THROWS_AS(time.run(b.snapshot("")), std::invalid_argument);
    CHECK_THROWS_AS(time.run(b.reset("")), std::invalid_argument);
    CHECK_THROWS_AS(time.run(b.force_open("")), std::invalid_argument);
    CHECK_THROWS_AS(time.run(b.force_open("a", 0s)), std::invalid_argument);
    CHECK(b.there().steps.empty());
}

TEST_CASE("shared store: changes and refusals are told, changes first") {
    bb::testing::virtual_time time;
    std::vector<std::string> told;
    auto const tell = [&told](bb::breaker_event const& event) { told.push_back(support::printed(event)); };
    distant_breaker b{half_opening, {.observer = std::ref(tell)}};
    time.run([&]() -> asio::awaitable<void> {
        co_await b.increment_failures_count("a");
        auto const refused = co_await b.acquire("a");
        CHECK_FALSE(refused);
    });
    time.advance(10s);
    {
        auto admission = time.run(b.acquire("a"));
        REQUIRE(admission);
        CHECK(admission.permit().is_probe());
        time.run(admission.permit().report(verdict::success));
    }
    REQUIRE(told.size() == 4);
    CHECK(told[0].find("closed to open") != std::string::npos);
    CHECK(told[1].find("refused a call") != std::string::npos);
    CHECK(told[2].find("open to half-open") != std::string::npos);
    CHECK(told[3].find("half-open to closed") != std::string::npos);
}

TEST_CASE("shared store: a success costs one step under failure_count, two under a rule that counts it") {
    bb::testing::virtual_time time;
    distant_breaker counted{counting};
    CHECK(time.run(retrying(counted).retry("a", failing_operation{})) == 7);
    CHECK(counted.there().steps == steps{"acquire"});
    distant_breaker rated{bb::failure_rate{}};
    CHECK(time.run(retrying(rated).retry("a", failing_operation{})) == 7);
    CHECK(rated.there().steps == steps{"acquire", "report"});
}

TEST_CASE("shared store: a retrier's failures are counted, and a host that opens ends the call") {
    bb::testing::virtual_time time;
    distant_breaker b{counting};
    failing_operation operation{.failures = 9};
    CHECK_THROWS_AS(time.run(retrying(b, 5).retry("a", std::ref(operation))), bb::host_unavailable);
    CHECK(operation.calls == 2);
    CHECK(b.there().steps == steps{"acquire", "report", "acquire", "report", "acquire"});
    CHECK_THROWS_AS(time.run(retrying(b, 5).retry("a", std::ref(operation))), bb::host_unavailable);
    CHECK(operation.calls == 2);
}

TEST_CASE("shared store: texts of failures are kept") {
    bb::testing::virtual_time time;
    distant_breaker b{counting, {.failure_texts = 8}};
    CHECK_THROWS_AS(time.run(retrying(b, 1).retry("a", failing_operation{.failures = 1})), host_down);
    CHECK(time.run(b.snapshot("a")).last_failure.find("failure 1") != std::string::npos);
}

TEST_CASE("shared store: a probe's permit that is dropped is released without waiting") {
    bb::testing::virtual_time time;
    distant_breaker b{half_opening};
    time.run(b.increment_failures_count("a"));
    time.advance(10s);
    { auto const dropped = time.run(b.acquire("a")); }
    CHECK(b.there().steps.back() == "post_report");
    CHECK(time.run(b.is_host_available("a")));
}

TEST_CASE(
    "shared store: a permit that is no probe's ends without a step; a probe's may outlive the breaker") {
    bb::testing::virtual_time time;
    auto b = std::make_unique<distant_breaker<bb::consecutive_failures>>(half_opening);
    auto const there = b->store().there;
    { auto const plain = time.run(b->acquire("a")); }
    CHECK(there->steps == steps{"acquire"});
    time.run(b->increment_failures_count("a"));
    time.advance(10s);
    {
        auto const plain = time.run(b->acquire("b"));
        auto const probe = time.run(b->acquire("a"));
        b.reset();
    }
    CHECK(there->steps.back() == "acquire");
}

TEST_CASE("shared store: cancelled while it is asked, the call ends at once, without an attempt") {
    bb::testing::virtual_time time;
    distant_breaker b{half_opening};
    std::vector<bb::retry_end> ends;
    auto const note = [&ends](bb::retry_event const& event) {
        if (event.what == bb::retry_event::kind::finished)
            ends.push_back(event.end);
    };
    failing_operation operation;
    cancellable_call call{time};
    auto const retrier = retrying(b, 2, {.observer = std::ref(note)});
    call.spawn(retrier.retry("a", std::ref(operation)));
    time.advance(500ms);
    call.emit();
    CHECK(call.was_aborted());
    CHECK(operation.calls == 0);
    CHECK(ends == std::vector{bb::retry_end::cancelled});
}

TEST_CASE("shared store: cancelled while its success is reported, the call keeps its value") {
    bb::testing::virtual_time time;
    distant_breaker b{bb::failure_rate{}};
    failing_operation operation;
    cancellable_call call{time};
    call.spawn(retrying(b).retry("a", std::ref(operation)));
    time.advance(2500ms);
    CHECK(operation.calls == 1);
    call.emit();
    CHECK(call.value == 7);
}

TEST_CASE("shared store: cancelled while a failure is reported, the call ends as cancelled") {
    bb::testing::virtual_time time;
    distant_breaker b{bb::failure_rate{}};
    failing_operation operation{.failures = 9};
    cancellable_call call{time};
    call.spawn(retrying(b, 5).retry("a", std::ref(operation)));
    time.advance(2500ms);
    call.emit();
    CHECK(call.was_aborted());
    CHECK(operation.calls == 1);
}

TEST_CASE("shared store: cancelled while a failure is reported, the attempt is told of all the same") {
    bb::testing::virtual_time time;
    distant_breaker b{bb::failure_rate{}};
    failing_operation operation{.failures = 9};
    std::vector<std::string> lines;
    auto const observer = [&lines](bb::retry_event const& event) {
        lines.push_back(support::printed(event));
    };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1s}, b,
                              support::retrier_options{.observer = observer}};
    std::optional<bb::call_outcome<int>> told;
    cancellable_call call{time};
    auto const caller = [&]() -> asio::awaitable<int> {
        told = co_await retrier.outcome("a", std::ref(operation));
        co_return 0;
    };
    call.spawn(caller());
    time.advance(2500ms);
    call.emit();
    REQUIRE(told);
    CHECK(told->end == bb::retry_end::cancelled);
    CHECK(told->error() == asio::error::operation_aborted);
    REQUIRE(told->history.size() == 1);
    CHECK(told->history[0].error() == "failure 1");
    CHECK(lines == std::vector<std::string>{"a: attempt 1", "a: attempt 1 ended as a failure: failure 1",
                                            "a: cancelled at attempt 1"});
}

TEST_CASE("shared store: cancelled between a failure and the look at its host, the call ends as any other") {
    bb::testing::virtual_time time;
    distant_breaker b{half_opening};
    failing_operation operation{.failures = 9};
    cancellable_call call{time};
    std::vector<bb::retry_end> ends;
    auto const observer = [&](bb::retry_event const& event) {
        if (event.what == bb::retry_event::kind::after_attempt)
            call.signal.emit(asio::cancellation_type::terminal);
        if (event.what == bb::retry_event::kind::finished)
            ends.push_back(event.end);
    };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1s}, b,
                              support::retrier_options{.observer = observer}};
    auto const caller = [&]() -> asio::awaitable<int> {
        bb::call_outcome<int> const told = co_await retrier.outcome("a", std::ref(operation));
        CHECK(told.end == bb::retry_end::cancelled);
        co_return 0;
    };
    call.spawn(caller());
    time.advance(1h);
    REQUIRE(call.ended);
    CHECK(call.value == 0);
    CHECK(ends == std::vector{bb::retry_end::cancelled});
}

TEST_CASE("shared store: a failure that classify cancels the call over is reported without waiting") {
    bb::testing::virtual_time time;
    distant_breaker b{counting};
    failing_operation operation{.failures = 9};
    cancellable_call call{time};
    auto const classify = [&](bb::outcome const&, bb::verdict otherwise) {
        call.signal.emit(asio::cancellation_type::terminal);
        return otherwise;
    };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1s}, b,
                              support::retrier_options{.classify = classify}};
    call.spawn(retrier.retry("a", std::ref(operation)));
    time.advance(5s);
    CHECK(call.was_aborted());
    CHECK(b.there().steps.back() == "post_report");
    CHECK(time.run(b.snapshot("a")).failures == 1);
}

TEST_CASE("shared store: the time that it takes counts towards the deadline, and not as the attempt's") {
    bb::testing::virtual_time time;
    distant_breaker b{half_opening};
    failing_operation operation{.failures = 9};
    // Asking takes two seconds, and reporting two more.
    auto const late =
        time.run(retrying(b).with_deadline(1s).outcome("a", bb::with_timeout(5s, std::ref(operation))));
    CHECK(late.end == bb::retry_end::deadline);
    CHECK(late.attempts == 0);
    CHECK(late.took == 2s);
    CHECK(operation.calls == 0);
    CHECK(time.run(b.is_host_available("a")));

    auto const told = time.run(retrying(b).outcome("a", std::ref(operation)));
    CHECK(told.end == bb::retry_end::refused);
    REQUIRE(told.history.size() == 1);
    CHECK(told.history[0].start == 2s);
    CHECK(told.history[0].took == 0s);
    CHECK(told.history[0].wait_after == 0s);
    CHECK(told.took == 6s);
}

TEST_CASE("shared store: an attempt that succeeds in spite of a cancellation is reported without waiting") {
    bb::testing::virtual_time time;
    distant_breaker b{half_opening};
    time.run(b.increment_failures_count("a"));
    time.advance(10s);
    cancellable_call call{time};
    auto const ignores_it = [&call]() -> asio::awaitable<int> {
        call.signal.emit(asio::cancellation_type::terminal);
        co_return 7;
    };
    call.spawn(retrying(b).retry("a", std::ref(ignores_it)));
    time.advance(2s);
    CHECK(call.value == 7);
    CHECK(b.there().steps.back() == "post_report");
    CHECK(time.run(b.snapshot("a")).state == bb::breaker_state::closed);
}

TEST_CASE("shared store: cancelled in a probe's attempt, its slot is free again") {
    bb::testing::virtual_time time;
    distant_breaker b{half_opening};
    time.run(b.increment_failures_count("a"));
    time.advance(10s);
    cancellable_call call{time};
    call.spawn(retrying(b).retry("a", takes_a_minute));
    time.advance(3s);
    CHECK_FALSE(time.run(b.is_host_available("a")));
    call.emit();
    CHECK(call.was_aborted());
    CHECK(time.run(b.is_host_available("a")));
}

TEST_CASE("shared store: what it throws when asked ends the call, unretried, and is told") {
    bb::testing::virtual_time time;
    distant_breaker b{counting};
    b.there().fails = true;
    std::vector<bb::retry_end> ends;
    auto const note = [&ends](bb::retry_event const& event) {
        if (event.what == bb::retry_event::kind::finished)
            ends.push_back(event.end);
    };
    failing_operation operation;
    auto const retrier = retrying(b, 2, {.observer = std::ref(note)});
    CHECK_THROWS_AS(time.run(retrier.retry("a", std::ref(operation))), bb::store_error);
    CHECK(operation.calls == 0);
    CHECK(ends == std::vector{bb::retry_end::store_failed});
}

TEST_CASE("shared store: its turns are told, with the host where they are about one") {
    bb::change_queue q{true};
    q.push({true, {}, make_error_code(bb::errc::host_unavailable), "LOADING Redis", 3s});
    q.push({false, bb::host_name{"a"}, {}, {}, 4s});
    std::vector<std::string> told;
    q.deliver([&]<class News>(News const& news) {
        if constexpr (std::is_same_v<News, bb::store_health_change>)
            told.push_back(support::printed(bb::breaker_event{
                news.failed ? bb::breaker_event::kind::store_failed
                            : bb::breaker_event::kind::store_recovered,
                news.host, bb::breaker_state::closed, bb::host_status{}, news.at, news.error, news.text}));
    });
    CHECK(told == std::vector<std::string>{"the store failed: the host is unavailable (LOADING Redis)",
                                           "the store of host 'a' has recovered"});
}

} // namespace shared_store_test
