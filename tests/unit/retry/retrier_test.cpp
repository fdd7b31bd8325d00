// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include "support/failing_operation.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace retrier_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using support::failing_operation;
using support::host_down;
using support::retrier_options;

namespace {

/// Retries every exception at once, up to three attempts.
auto const three_times = bb::retrier{bb::stop_after_attempt{3}, bb::retry_if_exception<>{}, bb::wait_none{}};

/// Writes the order of a call's events, and of the questions to its policies.
struct call_log {
    std::vector<std::string> lines;

    void operator()(bb::retry_event const& event) {
        std::ostringstream line;
        line << event;
        lines.push_back(line.str());
    }
};

/// A breaker whose every dealing is written down, and whose answers the test sets.
struct scripted_breaker {
    std::vector<std::string>* lines;
    bool available = true;
    bool refuses_after_report = false;

    struct scripted_permit {
        scripted_breaker* breaker;
        bool is_probe() const { return false; }
        bool report_now(bb::verdict v, std::string_view) {
            breaker->lines->push_back("report " + std::string(to_string(v)));
            return breaker->refuses_after_report;
        }
    };
    struct scripted_admission {
        scripted_breaker* breaker;
        bb::rejection rejection{};
        explicit operator bool() const { return breaker->available; }
        scripted_permit permit() const { return {breaker}; }
        bb::rejection const& why() const { return rejection; }
    };

    bool keeps_failure_texts() const { return false; }
    scripted_admission acquire_borrowing_now(bb::host_name const& host, bb::acquire_options) {
        lines->push_back("ask for " + host.str());
        return {this};
    }
    void on_host_unavailable(bb::rejection const&) { lines->push_back("on_host_unavailable"); }
    void tell_refusal(bb::rejection const&) { lines->push_back("tell_refusal"); }
};

struct move_only_without_default {
    explicit move_only_without_default(int v) : value(std::make_unique<int>(v)) {}
    std::unique_ptr<int> value;
};

} // namespace

TEST_CASE("retrier: fails twice, then gives 7") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 2};
    bb::retrier const retrier{bb::stop_after_attempt{5}, bb::retry_if_exception<>{},
                              bb::wait_incrementing{.start = 1s, .increment = 1s}, retrier_options{}};
    CHECK(time.run(retrier.retry(std::ref(operation))) == 7);
    CHECK(operation.calls == 3);
    CHECK(time.elapsed() == 3s);
}

TEST_CASE("retrier: the order of the events, the policies and the breaker in one call") {
    bb::testing::virtual_time time;
    call_log log;
    failing_operation operation{.failures = 1};
    scripted_breaker breaker{&log.lines};
    auto const stop = [&log](bb::attempt const& a) {
        log.lines.push_back("stop? wait to come " + bb::detail::duration_text(a.upcoming_wait));
        return false;
    };
    auto const retry_if = [&log](bb::outcome const& o) {
        log.lines.push_back("retry_if?");
        return o.has_exception();
    };
    auto const wait = [&log](bb::attempt const& a) {
        log.lines.push_back("wait? after " + std::to_string(a.number));
        return 2s;
    };
    bb::retrier const retrier{stop, retry_if, wait, breaker, retrier_options{.observer = std::ref(log)}};
    CHECK(time.run(retrier.retry("h", std::ref(operation))) == 7);
    CHECK(log.lines == std::vector<std::string>{
                           "ask for h",
                           "h: attempt 1",
                           "retry_if?",
                           "report failure",
                           "h: attempt 1 ended as a failure: failure 1",
                           "wait? after 1",
                           "stop? wait to come 2s",
                           "h: waits 2s after attempt 1",
                           "ask for h",
                           "h: attempt 2",
                           "retry_if?",
                           "report success",
                           "h: attempt 2 ended as a success",
                           "h: succeeded at attempt 2",
                       });
    CHECK(time.elapsed() == 2s);
}

TEST_CASE(
    "retrier: always fails, fixed 1, after_attempt 2: sleeps once, and the second exception comes out") {
    bb::testing::virtual_time time;
    call_log log;
    failing_operation operation{.failures = 100};
    bb::retrier const retrier{bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_fixed{1s},
                              retrier_options{.observer = std::ref(log)}};
    CHECK_THROWS_MATCHES(time.run(retrier.retry(std::ref(operation))), host_down,
                         MessageMatches(ContainsSubstring("failure 2")));
    CHECK(time.elapsed() == 1s);
    CHECK(log.lines.back() == "gave up at attempt 2");
}

TEST_CASE(
    "retrier: with reraise off the end of the attempts is a retry_error that holds the last exception") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 100};
    bb::retrier const retrier{
        bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_none{}, {.reraise = false}};
    try {
        time.run(retrier.retry(std::ref(operation)));
        FAIL("nothing was thrown");
    } catch (bb::retry_error const& e) {
        CHECK(e.attempts() == 2);
        CHECK(e.code() == bb::errc::attempts_exhausted);
        CHECK_THROWS_WITH(std::rethrow_exception(e.exception()), "failure 2");
        CHECK_THAT(e.what(), ContainsSubstring("gave up after 2 attempts") && ContainsSubstring("failure 2"));
    }
}

TEST_CASE(
    "retrier: an exception that retry_if doesn't match comes out unwrapped, after one call and no wait") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 1};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<std::logic_error>{},
                              bb::wait_fixed{1h}, retrier_options{}};
    CHECK_THROWS_AS(time.run(retrier.retry(std::ref(operation))), host_down);
    CHECK(operation.calls == 1);
    CHECK(time.elapsed() == 0s);
}

TEST_CASE("retrier: a value that retry_if matches ends as a retry_error that holds the last value") {
    bb::testing::virtual_time time;
    int calls = 0;
    auto const poll = [&]() -> asio::awaitable<std::string> {
        co_return "pending " + std::to_string(++calls);
    };
    bb::retrier const retrier{
        bb::stop_after_attempt{2},
        bb::retry_if_result{[](std::string const& s) { return s.starts_with("pending"); }}, bb::wait_none{}};
    try {
        time.run(retrier.retry(poll));
        FAIL("nothing was thrown");
    } catch (bb::retry_error const& e) {
        REQUIRE(e.value<std::string>() != nullptr);
        CHECK(*e.value<std::string>() == "pending 2");
        CHECK(e.value<int>() == nullptr);
        CHECK_FALSE(e.exception());
    }
}

TEST_CASE("retrier: retry_if_result retries until the value is right") {
    bb::testing::virtual_time time;
    int calls = 0;
    auto const poll = [&]() -> asio::awaitable<int> { co_return ++calls; };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_result{[](int v) { return v < 5; }},
                              bb::wait_none{}};
    CHECK(time.run(retrier.retry(poll)) == 5);
}

TEST_CASE("retrier: try_again twice, then 3, with retry_never: 3, three calls") {
    bb::testing::virtual_time time;
    int calls = 0;
    auto const operation = [&]() -> asio::awaitable<int> {
        if (++calls < 3)
            throw bb::try_again{};
        co_return calls;
    };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_never{}, bb::wait_none{}};
    CHECK(time.run(retrier.retry(operation)) == 3);
    CHECK(calls == 3);
}

TEST_CASE("retrier: try_again for ever, after_attempt 5: retry_error, five attempts") {
    bb::testing::virtual_time time;
    int calls = 0;
    auto const operation = [&]() -> asio::awaitable<void> {
        ++calls;
        throw bb::try_again{};
        co_return;
    };
    bb::retrier const retrier{bb::stop_after_attempt{5}, bb::retry_never{}, bb::wait_none{}};
    CHECK_THROWS_AS(time.run(retrier.retry(operation)), bb::retry_error);
    CHECK(calls == 5);
}

TEST_CASE("retrier: fixed 10, before_delay 5, fails: one call, no sleep") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 100};
    bb::retrier const retrier{bb::stop_before_delay{5s}, bb::retry_if_exception<>{}, bb::wait_fixed{10s},
                              retrier_options{}};
    CHECK_THROWS_AS(time.run(retrier.retry(std::ref(operation))), host_down);
    CHECK(operation.calls == 1);
    CHECK(time.elapsed() == 0s);
}

TEST_CASE("retrier: the time that an attempt takes counts towards stop_after_delay") {
    bb::testing::virtual_time time;
    int calls = 0;
    auto const slow = [&]() -> asio::awaitable<void> {
        ++calls;
        bb::testing::virtual_timer timer{co_await asio::this_coro::executor, 600ms};
        co_await timer.async_wait(asio::deferred);
        throw host_down("slow");
    };
    bb::retrier const retrier{bb::stop_after_delay{1s}, bb::retry_if_exception<>{}, bb::wait_none{},
                              retrier_options{}};
    CHECK_THROWS_AS(time.run(retrier.retry(slow)), host_down);
    CHECK(calls == 2);
    CHECK(time.elapsed() == 1200ms);
}

TEST_CASE("retrier: two calls interleaved on one retrier each see attempts 1, 2, 3") {
    bb::testing::virtual_time time;
    std::vector<std::uint64_t> seen;
    auto const observer = [&seen](bb::retry_event const& event) {
        if (event.what == bb::retry_event::kind::before_attempt)
            seen.push_back(event.now.number);
    };
    bb::retrier const retrier{bb::stop_after_attempt{3}, bb::retry_if_exception<>{}, bb::wait_fixed{1s},
                              retrier_options{.observer = observer}};
    failing_operation operation{.failures = 100};
    asio::co_spawn(time.context(), retrier.retry(std::ref(operation)), asio::detached);
    asio::co_spawn(time.context(), retrier.retry(std::ref(operation)), asio::detached);
    time.run_until_idle();
    CHECK(seen == std::vector<std::uint64_t>{1, 1, 2, 2, 3, 3});
}

TEST_CASE("retrier: an operation that throws before it returns an awaitable is a failed attempt") {
    bb::testing::virtual_time time;
    int calls = 0;
    auto const operation = [&]() -> asio::awaitable<int> {
        if (++calls == 1)
            throw host_down("at once");
        return [](int v) -> asio::awaitable<int> { co_return v; }(calls);
    };
    CHECK(time.run(three_times.retry(operation)) == 2);
}

TEST_CASE("retrier: a policy that throws ends the call with its exception, and the count stays") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 100};
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 9, .reset_timeout = 10s}}};
    auto const throwing_wait = [](bb::attempt const&) -> bb::duration { throw std::logic_error("wait"); };
    auto const throwing_retry_if = [](bb::outcome const&) -> bool { throw std::logic_error("retry_if"); };

    bb::retrier const wait{bb::stop_never{}, bb::retry_always{}, throwing_wait, breaker, retrier_options{}};
    CHECK_THROWS_WITH(time.run(wait.retry("h", std::ref(operation))), "wait");
    CHECK(breaker.snapshot_now("h").failures == 1);

    bb::retrier const retry_if{bb::stop_never{}, throwing_retry_if, bb::wait_none{}, breaker,
                               retrier_options{}};
    CHECK_THROWS_WITH(time.run(retry_if.retry("h", std::ref(operation))), "retry_if");
    CHECK(breaker.snapshot_now("h").failures == 1);

    CHECK(operation.calls == 2);
}

TEST_CASE("retrier: results that are not returned are destroyed before the wait begins") {
    bb::testing::virtual_time time;
    auto const alive = std::make_shared<int>();
    auto const operation = [&]() -> asio::awaitable<std::shared_ptr<int>> { co_return alive; };
    bb::retrier const retrier{bb::stop_after_attempt{2}, bb::retry_always{}, bb::wait_fixed{1s},
                              retrier_options{}};
    asio::co_spawn(time.context(), retrier.retry(operation), asio::detached);
    time.advance(500ms);
    CHECK(alive.use_count() == 1);
}

TEST_CASE("retrier: results may be move-only, without a default constructor, or void") {
    bb::testing::virtual_time time;
    auto const move_only = []() -> asio::awaitable<move_only_without_default> {
        co_return move_only_without_default{5};
    };
    CHECK(*time.run(three_times.retry(move_only)).value == 5);
    bool called = false;
    auto const nothing = [&]() -> asio::awaitable<void> {
        called = true;
        co_return;
    };
    time.run(three_times.retry(nothing));
    CHECK(called);
}

TEST_CASE("retrier: each attempt gets the arguments as const&, whole, move-only ones too") {
    bb::testing::virtual_time time;
    std::vector<std::string> seen;
    auto const operation = [&](std::string const& text,
                               std::unique_ptr<int> const& number) -> asio::awaitable<void> {
        seen.push_back(text + std::to_string(*number));
        throw host_down("again");
        co_return;
    };
    auto text = std::string(100, 'x');
    CHECK_THROWS_AS(time.run(three_times.retry(operation, std::move(text), std::make_unique<int>(1))),
                    host_down);
    CHECK(seen == std::vector<std::string>(3, std::string(100, 'x') + "1"));
}

TEST_CASE("retrier: std::ref passes what the operation changes") {
    bb::testing::virtual_time time;
    int changed = 0;
    auto const operation = [](int& n) -> asio::awaitable<int> {
        ++n;
        if (n < 3)
            throw host_down("again");
        co_return n;
    };
    CHECK(time.run(three_times.retry(operation, std::ref(changed))) == 3);
    CHECK(changed == 3);
}

TEST_CASE("retrier: an argument is converted for each attempt, and lives as long as the attempt") {
    bb::testing::virtual_time time;
    auto const operation = [](std::string_view text) -> asio::awaitable<std::string> {
        co_await asio::post(asio::deferred);
        co_return std::string(text);
    };
    struct made_text {
        char const* text;
        operator std::string() const { return std::string(50, '-') + text; }
    };
    auto const takes_string = [](std::string const& text) -> asio::awaitable<std::string> {
        co_await asio::post(asio::deferred);
        co_return text;
    };
    CHECK(time.run(three_times.retry(operation, "literal")) == "literal");
    CHECK(time.run(three_times.retry(takes_string, made_text{"made"})) == std::string(50, '-') + "made");
}

TEST_CASE("retrier: a temporary retrier, operation and arguments are safe") {
    bb::testing::virtual_time time;
    auto coroutine = [] {
        auto const text = std::string(100, 'y');
        return bb::retrier{bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_fixed{1s},
                           retrier_options{}}
            .retry(
                [](std::string const& t, auto const& calls) -> asio::awaitable<std::size_t> {
                    if (++*calls == 1)
                        throw host_down("once");
                    co_return t.size();
                },
                text, std::make_shared<int>(0));
    }();
    CHECK(time.run(std::move(coroutine)) == 100);
}

TEST_CASE("retrier: a deferred Asio operation may be retried as it is") {
    bb::testing::virtual_time time;
    bb::testing::virtual_timer timer{time.context(), 5s};
    auto const wait = [&] { return timer.async_wait(asio::deferred); };
    time.run(three_times.retry(wait));
    CHECK(time.elapsed() == 5s);
    timer.expires_after(1s);
    auto const as_tuple = [&] { return timer.async_wait(asio::as_tuple(asio::deferred)); };
    bb::retrier const by_value{bb::stop_after_attempt{3}, bb::retry_if_error{}, bb::wait_none{}};
    auto const ended = time.run(by_value.retry(as_tuple));
    CHECK_FALSE(std::get<0>(ended));
    CHECK(time.elapsed() == 6s);
}

TEST_CASE("retrier: a deferred Asio operation by itself is started anew each time") {
    bb::testing::virtual_time time;
    bb::testing::virtual_timer timer{time.context(), 1s};
    int seen = 0;
    auto const observer = [&seen](bb::retry_event const& event) {
        seen += event.what == bb::retry_event::kind::before_attempt;
    };
    bb::retrier const twice{bb::stop_after_attempt{2}, bb::retry_always{}, bb::wait_none{},
                            retrier_options{.observer = observer}};
    CHECK_THROWS_AS(time.run(twice.retry(timer.async_wait(asio::deferred))), bb::retry_error);
    CHECK(seen == 2);
    CHECK(time.elapsed() == 1s);
}

TEST_CASE("retrier: a wait of zero makes no timer, yet others get on") {
    bb::testing::virtual_time time;
    int calls = 0;
    bool stop = false;
    auto const hopeless = [&]() -> asio::awaitable<void> {
        ++calls;
        if (!stop)
            throw host_down("at once");
        co_return;
    };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{} & bb::retry_if_exception<>{},
                              bb::wait_none{}, retrier_options{}};
    asio::co_spawn(time.context(), retrier.retry(hopeless), asio::detached);
    asio::post(time.context(), [&] { stop = true; });
    time.run_until_idle();
    CHECK(stop);
    CHECK(calls <= 64);
}

TEST_CASE("retrier: a million attempts that fail at once leave the stack flat") {
    bb::testing::virtual_time time;
    int calls = 0;
    auto const operation = [&]() -> asio::awaitable<int> { co_return ++calls; };
    bb::retrier const retrier{bb::stop_after_attempt{1'000'000},
                              bb::retry_if_result{[](int) { return true; }}, bb::wait_none{}};
    CHECK_THROWS_AS(time.run(retrier.retry(operation)), bb::retry_error);
    CHECK(calls == 1'000'000);
}

TEST_CASE("retrier: the longest wait is a wait, not a wrap into the past") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 1};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{},
                              bb::wait_fixed{bb::duration::max()}, retrier_options{}};
    bool ended = false;
    asio::co_spawn(time.context(), retrier.retry(std::ref(operation)),
                   [&](std::exception_ptr, int) { ended = true; });
    time.advance(std::chrono::hours{24 * 365 * 100});
    CHECK_FALSE(ended);
    CHECK(operation.calls == 1);
}

TEST_CASE("retrier: a seed makes the jitter of a call the same, without one calls differ") {
    auto const slept = [](retrier_options options) {
        bb::testing::virtual_time time;
        failing_operation operation{.failures = 3};
        bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_random{0s, 1h},
                                  options};
        time.run(retrier.retry(std::ref(operation)));
        return time.elapsed();
    };
    CHECK(slept({.seed = 1}) == slept({.seed = 1}));
    CHECK(slept({.seed = 1}) != slept({.seed = 2}));
    CHECK(slept({}) != slept({}));
}

TEST_CASE("retrier: fields of policies that can't be right are refused at construction") {
    CHECK_THROWS_MATCHES((bb::retrier{bb::stop_after_delay{-1s}, bb::retry_never{}, bb::wait_none{}}),
                         std::invalid_argument,
                         MessageMatches(ContainsSubstring("stop_after_delay") && ContainsSubstring("-1s")));
    CHECK_THROWS_MATCHES(
        (bb::retrier{bb::stop_never{}, bb::retry_never{}, bb::wait_none{} + bb::wait_fixed{-1s}}),
        std::invalid_argument, MessageMatches(ContainsSubstring("wait_fixed") && ContainsSubstring("-1s")));
    CHECK_THROWS_MATCHES(
        (bb::retrier{bb::stop_never{} | bb::stop_before_delay{-2s}, bb::retry_never{}, bb::wait_none{}}),
        std::invalid_argument,
        MessageMatches(ContainsSubstring("stop_before_delay") && ContainsSubstring("-2s")));
}

TEST_CASE("retrier: works on the executor of the operation's awaitable, a strand for one") {
    bb::testing::virtual_time time;
    using strand = asio::strand<asio::io_context::executor_type>;
    int calls = 0;
    auto const operation = [&]() -> asio::awaitable<int, strand> {
        if (++calls == 1)
            throw host_down("once");
        co_return calls;
    };
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1s},
                              retrier_options{}};
    int result = 0;
    asio::co_spawn(strand{time.context().get_executor()}, retrier.retry(operation),
                   [&](std::exception_ptr, int value) { result = value; });
    time.run_until_idle();
    CHECK(result == 2);
    CHECK(time.elapsed() == 1s);
}

// With a breaker.

TEST_CASE("retrier with breaker: every failure counts, the first and the last") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 100};
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 100, .reset_timeout = 10s}}};
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_if_exception<>{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    CHECK_THROWS_AS(time.run(retrier.retry("h", std::ref(operation))), host_down);
    CHECK(breaker.snapshot_now("h").failures == 4);
}

TEST_CASE("retrier with breaker: a success and an exception that retry_if doesn't match count nothing") {
    bb::testing::virtual_time time;
    std::vector<std::string> lines;
    scripted_breaker breaker{&lines};
    failing_operation operation{.failures = 1};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<std::logic_error>{}, bb::wait_none{},
                              breaker};
    CHECK_THROWS_AS(time.run(retrier.retry("h", std::ref(operation))), host_down);
    CHECK(time.run(retrier.retry("h", std::ref(operation))) == 7);
    CHECK(lines == std::vector<std::string>{"ask for h", "report neutral", "ask for h", "report success"});
}

TEST_CASE("retrier with breaker: a value that retry_if matches is a failure of the host") {
    bb::testing::virtual_time time;
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 100, .reset_timeout = 10s}}};
    auto const operation = []() -> asio::awaitable<int> { co_return 503; };
    bb::retrier const retrier{bb::stop_after_attempt{3},
                              bb::retry_if_result{[](int status) { return status >= 500; }}, bb::wait_none{},
                              breaker, retrier_options{}};
    CHECK_THROWS_AS(time.run(retrier.retry("h", operation)), bb::retry_error);
    CHECK(breaker.snapshot_now("h").failures == 3);
}

TEST_CASE("retrier with breaker: a refusal is never retried, even by retry_always, and never counted") {
    bb::testing::virtual_time time;
    failing_operation operation;
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 1, .reset_timeout = 10s}}};
    breaker.force_open_now("h", 60s);
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, bb::wait_fixed{1s}, breaker,
                              retrier_options{}};
    CHECK_THROWS_AS(time.run(retrier.retry("h", std::ref(operation))), bb::host_unavailable);
    CHECK(operation.calls == 0);
    CHECK(time.elapsed() == 0s);
    CHECK(breaker.snapshot_now("h").failures == 2);
}

TEST_CASE(
    "retrier with breaker: it opens in the middle of a call, which ends at once, no wait, no attempt spent") {
    bb::testing::virtual_time time;
    call_log log;
    failing_operation operation{.failures = 100};
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 1, .reset_timeout = 10s}}};
    bb::retrier const retrier{bb::stop_after_attempt{9}, bb::retry_if_exception<>{}, bb::wait_fixed{1s},
                              breaker, retrier_options{.observer = std::ref(log)}};
    CHECK_THROWS_AS(time.run(retrier.retry("h", std::ref(operation))), bb::host_unavailable);
    CHECK(operation.calls == 2);
    CHECK(time.elapsed() == 1s);
    CHECK(breaker.snapshot_now("h").failures == 2);
    CHECK(log.lines.back() == "h: refused by the breaker at attempt 3");
}

TEST_CASE("retrier with breaker: a host opened by others during the wait refuses the next attempt") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 100};
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 9, .reset_timeout = 10s}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1s}, breaker,
                              retrier_options{}};
    std::exception_ptr end;
    asio::co_spawn(time.context(), retrier.retry("h", std::ref(operation)),
                   [&](std::exception_ptr e, int) { end = e; });
    time.advance(500ms);
    breaker.force_open_now("h", 60s);
    time.advance(500ms);
    REQUIRE(end);
    CHECK_THROWS_AS(std::rethrow_exception(end), bb::host_unavailable);
    CHECK(operation.calls == 1);
}

TEST_CASE(
    "retrier with breaker: where Stop gives up on the failure that trips, the last exception comes out") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 100};
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 1, .reset_timeout = 10s}}};
    bb::retrier const retrier{bb::stop_after_attempt{2}, bb::retry_if_exception<>{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    CHECK_THROWS_AS(time.run(retrier.retry("h", std::ref(operation))), host_down);
}

TEST_CASE("retrier with breaker: an override of on_host_unavailable throws the application's own error") {
    struct http_error : std::runtime_error {
        explicit http_error(bb::duration wait) : runtime_error("503"), retry_after(wait) {}
        bb::duration retry_after;
    };
    struct api_breaker : support::breaker {
        using circuit_breaker::circuit_breaker;
        [[noreturn]] void on_host_unavailable(bb::rejection const& why) override {
            throw http_error{why.retry_after};
        }
    };
    bb::testing::virtual_time time;
    failing_operation operation;
    api_breaker breaker{support::store{bb::failure_count{.max_failures = 1, .reset_timeout = 10s}}};
    breaker.force_open_now("h", 60s);
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    try {
        time.run(retrier.retry("h", std::ref(operation)));
        FAIL("nothing was thrown");
    } catch (http_error const& e) {
        CHECK(e.retry_after == 60s);
    }
}

TEST_CASE("retrier with breaker: should an override return, host_unavailable is thrown all the same") {
    bb::testing::virtual_time time;
    std::vector<std::string> lines;
    scripted_breaker breaker{&lines, false};
    failing_operation operation;
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, bb::wait_none{}, breaker};
    CHECK_THROWS_AS(time.run(retrier.retry("h", std::ref(operation))), bb::host_unavailable);
    CHECK(lines == std::vector<std::string>{"ask for h", "on_host_unavailable"});
}

TEST_CASE("retrier with breaker: an empty host is refused at the call, saying that 'host' must be given") {
    failing_operation operation;
    support::breaker breaker{support::store{bb::failure_count{}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    CHECK_THROWS_MATCHES((void)retrier.retry("", std::ref(operation)), std::invalid_argument,
                         MessageMatches(ContainsSubstring("'host' must be given")));
    CHECK_THROWS_AS((void)retrier.retry(std::string{}, std::ref(operation)), std::invalid_argument);
}

TEST_CASE("retrier with breaker: the call owns its host") {
    bb::testing::virtual_time time;
    failing_operation operation{.failures = 2};
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 9, .reset_timeout = 10s}}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<>{}, bb::wait_fixed{1s}, breaker,
                              retrier_options{}};
    auto coroutine = retrier.retry(std::string(200, 'h'), std::ref(operation));
    CHECK(time.run(std::move(coroutine)) == 7);
    CHECK(breaker.snapshot_now(std::string(200, 'h')).failures == 2);
}

} // namespace retrier_test
