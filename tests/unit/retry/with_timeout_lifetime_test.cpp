// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/with_timeout.hpp>

#include "support/failing_operation.hpp"

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/testing.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace with_timeout_lifetime_test {

// A timed operation called by itself, in an expression that is over before the operation runs. A sanitizer of addresses
// sees what it touches.

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
using bb::testing::virtual_clock;
using bb::testing::virtual_timer;

namespace {

asio::awaitable<void> sleep(bb::duration d) {
    virtual_timer timer{co_await asio::this_coro::executor, d};
    co_await timer.async_wait(asio::deferred);
}

/// Owns something that it looks at after a wait.
struct owning_operation {
    explicit owning_operation(std::size_t n) : own(std::make_unique<std::size_t>(n)) {}

    asio::awaitable<std::size_t> operator()(std::string const& text) const {
        co_await sleep(10ms);
        co_return *own + text.size();
    }

    std::unique_ptr<std::size_t> own;
};

std::string long_text() {
    return std::string(100, 'y');
}

/// What a spawned coroutine gave, once its expression was over.
template <class T>
T result_of(bb::testing::virtual_time& time, auto const& spawn) {
    T result{};
    spawn([&result](std::exception_ptr e, T value) {
        if (e)
            std::rethrow_exception(e);
        result = std::move(value);
    });
    time.run_until_idle();
    return result;
}

} // namespace

TEST_CASE("with_timeout: spawned as a temporary, it owns its operation and its arguments") {
    bb::testing::virtual_time time;
    auto const length = result_of<std::size_t>(time, [&](auto token) {
        asio::co_spawn(time.context(), bb::with_timeout<virtual_clock>(1s, owning_operation{5})(long_text()),
                       token);
    });
    CHECK(length == 105);
}

TEST_CASE("with_timeout: called as a variable, it owns its arguments, and refers to the variable") {
    bb::testing::virtual_time time;
    auto timed = bb::with_timeout<virtual_clock>(1s, support::failing_operation{.failures = 1});
    CHECK_THROWS_AS(time.run(timed()), support::host_down);
    CHECK(time.run(timed()) == 7); // the variable's own count of calls

    auto by_name = bb::with_timeout<virtual_clock>(1s, owning_operation{5});
    auto const length = result_of<std::size_t>(
        time, [&](auto token) { asio::co_spawn(time.context(), by_name(long_text()), token); });
    CHECK(length == 105);
}

TEST_CASE(
    "with_timeout: a temporary around another, of a function, by std::ref and of an operation of Asio's") {
    bb::testing::virtual_time time;
    auto const nested = result_of<std::size_t>(time, [&](auto token) {
        asio::co_spawn(
            time.context(),
            bb::with_timeout<virtual_clock>(2s, bb::with_timeout(1s, owning_operation{5}))(long_text()),
            token);
    });
    CHECK(nested == 105);

    owning_operation const kept{7};
    auto const referring = result_of<std::size_t>(time, [&](auto token) {
        asio::co_spawn(time.context(), bb::with_timeout<virtual_clock>(1s, std::ref(kept))(long_text()),
                       token);
    });
    CHECK(referring == 107);

    virtual_timer timer{time.context(), 10ms};
    bool done = false;
    asio::co_spawn(time.context(), bb::with_timeout<virtual_clock>(1s, timer.async_wait(asio::deferred))(),
                   [&done](std::exception_ptr e) { done = !e; });
    time.run_until_idle();
    CHECK(done);
}

TEST_CASE("with_timeout: arguments of a temporary may be move-only, literals and by std::ref") {
    bb::testing::virtual_time time;
    auto const operation = [](std::string const& text, std::unique_ptr<int> const& number,
                              int& changed) -> asio::awaitable<std::size_t> {
        co_await sleep(10ms);
        changed = *number;
        co_return text.size();
    };
    int changed = 0;
    auto const length = result_of<std::size_t>(time, [&](auto token) {
        asio::co_spawn(time.context(),
                       bb::with_timeout<virtual_clock>(1s, operation)("a literal", std::make_unique<int>(3),
                                                                      std::ref(changed)),
                       token);
    });
    CHECK(length == 9);
    CHECK(changed == 3);
}

TEST_CASE(
    "with_timeout: what is made of an argument for an operation by std::ref lives as long as the attempt") {
    bb::testing::virtual_time time;
    owning_operation const kept{7};
    auto const literal = "a literal that is too long for the small string's own buffer";
    bb::retrier const once{bb::stop_after_attempt{1}, bb::retry_never{}, bb::wait_none{},
                           bb::retrier_options<virtual_clock>{}};
    auto const length = 7 + std::string{literal}.size();
    CHECK(time.run(once.retry(std::ref(kept), literal)) == length);
    CHECK(time.run(once.retry(bb::with_timeout(1s, std::ref(kept)), literal)) == length);
    CHECK(time.run(bb::with_timeout<virtual_clock>(1s, std::ref(kept))(literal)) == length);
}

} // namespace with_timeout_lifetime_test
