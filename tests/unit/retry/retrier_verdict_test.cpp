// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/retrier.hpp>

#include "support/virtual_breaker.hpp"

#include <breakerbox/breaker/change_history.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_rate.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace retrier_verdict_test {

// What a retrier tells its breaker of each attempt, under rules that success and failure both matter to.

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::breaker_state;
using bb::testing::virtual_timer;
using support::retrier_options;

namespace {

using half_open_store = bb::memory_store<bb::consecutive_failures, bb::testing::virtual_clock>;
using half_open_breaker = bb::circuit_breaker<half_open_store>;

constexpr bb::consecutive_failures two_in_a_row{.threshold = 2, .recovery = {.open_for = 10s}};

struct retryable : std::runtime_error {
    using runtime_error::runtime_error;
};
struct not_retryable : std::runtime_error {
    using runtime_error::runtime_error;
};

/// One attempt a call, through a breaker; retries what is `retryable`, and the value 429.
struct guarded_calls {
    half_open_breaker breaker{half_open_store{two_in_a_row}, {.failure_texts = 8}};
    retrier_options options{};
    bb::testing::virtual_time time; // last, so that no call outlives what it refers to

    auto retrier() {
        auto const is_429 = [](int status) { return status == 429; };
        return bb::retrier{bb::stop_after_attempt{1},
                           bb::retry_if_exception<retryable>{} | bb::retry_if_result{is_429}, bb::wait_none{},
                           breaker, options};
    }

    /// The call's exception, if it ended with one.
    template <class Operation>
    std::exception_ptr call(Operation operation) {
        try {
            time.run(retrier().retry("h", operation));
        } catch (...) {
            return std::current_exception();
        }
        return nullptr;
    }
    std::exception_ptr returns(int value) {
        return call([value]() -> asio::awaitable<int> { co_return value; });
    }
    template <class E>
    std::exception_ptr throws(E error) {
        return call([&error]() -> asio::awaitable<int> {
            throw error;
            co_return 0;
        });
    }

    bb::snapshot seen() { return breaker.snapshot_now("h"); }
    void trip_and_wait() {
        throws(retryable{"down"});
        throws(retryable{"down"});
        REQUIRE(seen().state == breaker_state::open);
        time.advance(10s);
    }
};

boost::system::system_error error_of(boost::system::error_code code) {
    return boost::system::system_error{code};
}

} // namespace

TEST_CASE(
    "README: An outcome that retry_if matches is a failure, counted after each attempt, the last one too.") {
    guarded_calls c;
    c.throws(retryable{"down"});
    CHECK(c.seen().failures == 1);
    c.returns(429);
    CHECK(c.seen().state == breaker_state::open);
}

TEST_CASE("README: A value that retry_if does not match is a success.") {
    guarded_calls c;
    c.throws(retryable{"down"});
    c.returns(404);
    CHECK(c.seen().failures == 0);
}

TEST_CASE("README: An exception that retry_if does not match is neutral.") {
    guarded_calls c;
    c.throws(retryable{"down"});
    c.throws(not_retryable{"bad request"});
    CHECK(c.seen().failures == 1);
}

TEST_CASE("README: A time-out is a failure, whether or not retry_if matches it.") {
    guarded_calls c;
    c.throws(error_of(asio::error::timed_out));
    CHECK(c.seen().failures == 1);
    c.throws(error_of(make_error_code(boost::system::errc::timed_out)));
    CHECK(c.seen().state == breaker_state::open);
}

TEST_CASE("README: classify may say otherwise of any attempt that was not cancelled, and decides nothing "
          "about retries.") {
    guarded_calls c;
    std::vector<std::string> asked;
    auto const classify = [&asked](bb::outcome const& ended, bb::verdict by_default) {
        asked.push_back(ended.text() + ", else " + std::string{to_string(by_default)});
        if (ended.exception_as<not_retryable>() != nullptr)
            return bb::verdict::failure;
        auto const* const status = ended.value_as<int>();
        return status != nullptr && *status == 429 ? bb::verdict::neutral : by_default;
    };
    c.options.classify = classify;
    c.throws(not_retryable{"no route"});
    CHECK(c.seen().failures == 1);
    c.returns(429);
    CHECK(c.seen().failures == 1);
    c.returns(200);
    CHECK(c.seen().failures == 0);
    c.throws(error_of(asio::error::operation_aborted));
    CHECK(asked ==
          std::vector<std::string>{"no route, else neutral", "value, else failure", "value, else success"});

    auto const all_neutral = [](bb::outcome const&, bb::verdict) { return bb::verdict::neutral; };
    std::vector<std::string> heard;
    auto const observer = [&heard](bb::retry_event const& event) {
        if (event.what == bb::retry_event::kind::after_attempt)
            heard.emplace_back(to_string(event.result));
    };
    bb::retrier const retrier{bb::stop_after_attempt{3}, bb::retry_if_exception<retryable>{}, bb::wait_none{},
                              c.breaker, retrier_options{.observer = observer, .classify = all_neutral}};
    int calls = 0;
    auto const fails_twice = [&calls]() -> asio::awaitable<int> {
        if (++calls <= 2)
            throw retryable{"down"};
        co_return 7;
    };
    CHECK(c.time.run(retrier.retry("h", fails_twice)) == 7);
    CHECK(heard == std::vector<std::string>{"neutral", "neutral", "neutral"});
    CHECK(c.seen().failures == 0);
}

TEST_CASE("retrier and breaker: what classify throws ends the call, and the attempt is neutral") {
    guarded_calls c;
    c.trip_and_wait();
    c.options.classify = [](bb::outcome const&, bb::verdict) -> bb::verdict {
        throw std::logic_error("classify");
    };
    CHECK_THROWS_AS(std::rethrow_exception(c.returns(200)), std::logic_error);
    CHECK(c.seen().state == breaker_state::half_open);
    CHECK(c.seen().probes.out == 0);
}

TEST_CASE("retrier and breaker: the text of a failure is kept for its host") {
    guarded_calls c;
    c.throws(retryable{"connection reset"});
    CHECK(c.seen().last_failure == "connection reset");
}

TEST_CASE("README: The breaker is asked before every attempt, the first one too.") {
    guarded_calls c;
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<retryable>{}, bb::wait_fixed{1s},
                              c.breaker, c.options};
    int calls = 0;
    auto const fails = [&]() -> asio::awaitable<int> {
        if (++calls == 1)
            c.breaker.force_open_now("h"); // by somebody else, during the first attempt
        throw retryable{"down"};
        co_return 0;
    };
    CHECK_THROWS_AS(c.time.run(retrier.retry("h", fails)), bb::host_unavailable);
    CHECK(calls == 1);
    CHECK_THROWS_AS(c.time.run(retrier.retry("h", fails)), bb::host_unavailable);
    CHECK(calls == 1);
}

TEST_CASE(
    "README: A refusal of its own breaker ends the call at once, is never retried, and is not counted.") {
    guarded_calls c;
    c.breaker.force_open_now("h", 10s);
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, bb::wait_fixed{1s}, c.breaker, c.options};
    auto const succeed = []() -> asio::awaitable<int> { co_return 1; };
    CHECK_THROWS_AS(c.time.run(retrier.retry("h", succeed)), bb::host_unavailable);
    CHECK(c.time.elapsed() == 0s);
    CHECK(c.seen().failures == 0);
    CHECK(c.seen().retry_after == 10s);
}

TEST_CASE("README: Where a failure has opened the host, the call ends with the refusal instead of waiting.") {
    guarded_calls c;
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, bb::wait_fixed{1h}, c.breaker, c.options};
    c.throws(retryable{"down"});
    auto const fails = []() -> asio::awaitable<int> {
        throw retryable{"down"};
        co_return 0;
    };
    CHECK_THROWS_AS(c.time.run(retrier.retry("h", fails)), bb::host_unavailable);
    CHECK(c.time.elapsed() == 0s);
}

TEST_CASE("retrier and breaker: in half-open a success closes the host, a failure opens it again") {
    guarded_calls c;
    c.trip_and_wait();
    c.throws(retryable{"still down"});
    CHECK(c.seen().state == breaker_state::open);
    c.time.advance(10s);
    c.returns(200);
    CHECK(c.seen().state == breaker_state::closed);
}

TEST_CASE("retrier and breaker: in half-open a neutral probe decides nothing and frees its slot") {
    guarded_calls c;
    c.trip_and_wait();
    c.throws(not_retryable{"bad request"});
    CHECK(c.seen().state == breaker_state::half_open);
    CHECK(c.seen().probes.out == 0);
}

TEST_CASE("retrier and breaker: with all probes out a call is refused at once") {
    guarded_calls c;
    c.trip_and_wait();
    auto const probe = c.breaker.acquire_now("h");
    auto const refused = c.returns(200);
    REQUIRE(refused);
    try {
        std::rethrow_exception(refused);
    } catch (bb::host_unavailable const& e) {
        CHECK(e.why().state == breaker_state::half_open);
        CHECK(e.why().retry_after == 60s);
    }
}

TEST_CASE("README: In half-open an attempt is a probe, and a retry another one.") {
    bb::change_history history;
    half_open_breaker breaker{
        half_open_store{bb::consecutive_failures{
            .threshold = 1, .recovery = {.open_for = 10s, .successes_to_close = 2, .failures_to_reopen = 2}}},
        {.observer = std::ref(history)}};
    bb::testing::virtual_time time;
    bb::retrier const retrier{bb::stop_after_attempt{4}, bb::retry_if_exception<retryable>{},
                              bb::wait_fixed{1s}, breaker, retrier_options{}};
    breaker.force_open_now("h", 10s);
    time.advance(10s);
    int calls = 0;
    auto const fails_once = [&]() -> asio::awaitable<int> {
        CHECK(breaker.snapshot_now("h").probes.out == 1);
        if (++calls == 1)
            throw retryable{"down"};
        co_return 7;
    };
    CHECK(time.run(retrier.retry("h", fails_once)) == 7);
    CHECK(calls == 2);
    CHECK(breaker.snapshot_now("h").probes.failures == 1);
    CHECK(breaker.snapshot_now("h").probes.successes == 1);
    CHECK(time.run(retrier.retry("h", fails_once)) == 7);
    std::vector<breaker_state> states;
    for (auto const& change : history.of("h"))
        states.push_back(change.to.state);
    CHECK(states == std::vector{breaker_state::open, breaker_state::half_open, breaker_state::closed});
}

TEST_CASE("retrier and breaker: a late failure while another probes does not end the call, which asks again "
          "after its wait") {
    guarded_calls c;
    bb::retrier const retrier{bb::stop_never{}, bb::retry_if_exception<retryable>{}, bb::wait_fixed{1s},
                              c.breaker, c.options};
    int calls = 0;
    std::optional<virtual_timer> answer;
    auto const fails_late = [&]() -> asio::awaitable<int> {
        if (++calls != 1)
            co_return 7;
        c.breaker.force_open_now("h", 10s);
        virtual_timer timer{c.time.context(), 10s};
        co_await timer.async_wait(asio::use_awaitable);
        auto probe = c.breaker.acquire_now("h").permit();
        answer.emplace(c.time.context(), 500ms);
        answer->async_wait(
            [kept = std::move(probe)](auto) mutable { kept.report_now(bb::verdict::success); });
        throw retryable{"late"};
    };
    CHECK(c.time.run(retrier.retry("h", fails_late)) == 7);
}

TEST_CASE("README: A cancelled attempt is neutral.") {
    guarded_calls c;
    c.trip_and_wait();
    auto const hang = [&c]() -> asio::awaitable<int> {
        virtual_timer timer{c.time.context(), 1h};
        co_await timer.async_wait(asio::use_awaitable);
        co_return 200;
    };
    asio::cancellation_signal signal;
    auto const retrier = c.retrier();
    asio::co_spawn(c.time.context(), retrier.retry("h", hang),
                   asio::bind_cancellation_slot(signal.slot(), asio::detached));
    c.time.advance(1s);
    CHECK(c.seen().probes.out == 1);
    signal.emit(asio::cancellation_type::terminal);
    c.time.advance(0s);
    CHECK(c.seen().state == breaker_state::half_open);
    CHECK(c.seen().probes.out == 0);
}

TEST_CASE("retrier and breaker: a probe whose io_context goes is neutral, and its slot is free") {
    half_open_breaker breaker{half_open_store{two_in_a_row}};
    bb::retrier const retrier{bb::stop_never{}, bb::retry_always{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    std::optional<bb::testing::virtual_time> time{std::in_place};
    breaker.force_open_now("h", 10s);
    time->advance(10s);
    auto const hang = [&time]() -> asio::awaitable<int> {
        virtual_timer timer{time->context(), 1h};
        co_await timer.async_wait(asio::use_awaitable);
        co_return 200;
    };
    asio::co_spawn(time->context(), retrier.retry("h", hang), asio::detached);
    time->advance(1s);
    CHECK(breaker.snapshot_now("h").probes.out == 1);
    time.reset();
    time.emplace();
    time->advance(12s);
    CHECK(breaker.snapshot_now("h").state == breaker_state::half_open);
    CHECK(breaker.snapshot_now("h").probes.out == 0);
}

TEST_CASE("retrier and breaker: a call's time counts as slow from its permit to its report") {
    using rate_store = bb::memory_store<bb::failure_rate, bb::testing::virtual_clock>;
    bb::circuit_breaker<rate_store> breaker{rate_store{bb::failure_rate{
        .minimum_calls = 2, .window = 10, .slow_call = {.longer_than = 1s, .threshold = 1.0}}}};
    bb::testing::virtual_time time;
    bb::retrier const retrier{bb::stop_after_attempt{1}, bb::retry_if_exception<>{}, bb::wait_none{}, breaker,
                              retrier_options{}};
    auto const takes = [&time](bb::duration const& d) -> asio::awaitable<void> {
        virtual_timer timer{time.context(), d};
        co_await timer.async_wait(asio::use_awaitable);
    };
    time.run(retrier.retry("h", takes, bb::duration{1s}));
    time.run(retrier.retry("h", takes, bb::duration{1001ms}));
    CHECK(breaker.snapshot_now("h").slow_calls == 1);
    CHECK(breaker.snapshot_now("h").calls == 2);
    CHECK(breaker.snapshot_now("h").state == breaker_state::closed);
}

} // namespace retrier_verdict_test
