// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/testing.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace testing_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using breakerbox::testing::virtual_clock;
using breakerbox::testing::virtual_time;
using breakerbox::testing::virtual_timer;

namespace {

asio::awaitable<void> sleep(breakerbox::duration d) {
    virtual_timer timer{co_await asio::this_coro::executor, d};
    co_await timer.async_wait(asio::deferred);
}

} // namespace

TEST_CASE("virtual_time: a coroutine with long waits runs to its end at once, and the time has passed") {
    virtual_time time;
    auto const started = std::chrono::steady_clock::now();
    auto const result = time.run([]() -> asio::awaitable<std::string> {
        co_await sleep(24h);
        co_await sleep(24h);
        co_return "done";
    });
    CHECK(result == "done");
    CHECK(time.elapsed() == 48h);
    CHECK(std::chrono::steady_clock::now() - started < 1h);
}

TEST_CASE("virtual_time: begins at zero each time, and moves only by waits") {
    for (int i = 0; i != 2; ++i) {
        virtual_time time;
        CHECK(time.elapsed() == 0s);
        time.run([]() -> asio::awaitable<void> {
            for (int turn = 0; turn != 100; ++turn)
                co_await asio::post(asio::deferred);
        });
        CHECK(time.elapsed() == 0s);
        time.run(sleep(1ns));
        CHECK(time.elapsed() == 1ns);
    }
}

TEST_CASE("virtual_time: timers of several coroutines come in the order of their times") {
    virtual_time time;
    std::vector<int> order;
    auto const note = [&](int number, breakerbox::duration d) -> asio::awaitable<void> {
        co_await sleep(d);
        order.push_back(number);
        CHECK(virtual_clock::now().time_since_epoch() == d);
    };
    asio::co_spawn(time.context(), note(3, 3h), asio::detached);
    asio::co_spawn(time.context(), note(1, 1s), asio::detached);
    asio::co_spawn(time.context(), note(2, 2min), asio::detached);
    time.run_until_idle();
    CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("virtual_time: run throws what the coroutine throws, and returns what it returns") {
    virtual_time time;
    CHECK_THROWS_WITH(time.run([]() -> asio::awaitable<void> {
        co_await sleep(1s);
        throw std::runtime_error("as it is");
    }),
                      "as it is");
    auto const made =
        time.run([]() -> asio::awaitable<std::unique_ptr<int>> { co_return std::make_unique<int>(3); });
    CHECK(*made == 3);
}

TEST_CASE("virtual_time: a coroutine that waits for what no timer brings is a deadlock, reported as such") {
    using Catch::Matchers::ContainsSubstring;
    using Catch::Matchers::MessageMatches;
    virtual_time time;
    CHECK_THROWS_MATCHES(time.run(sleep(virtual_clock::duration::max())), std::logic_error,
                         MessageMatches(ContainsSubstring("deadlock")));
}

TEST_CASE("virtual_time: keeps a function until its coroutine has ended, also after a deadlock") {
    virtual_time time;
    virtual_timer never{time.context(), virtual_clock::time_point::max()};
    std::size_t size = 0;
    auto const waits = [&never, &size, text = std::string(100, 'x')]() -> asio::awaitable<void> {
        co_await never.async_wait(asio::as_tuple(asio::deferred));
        size = text.size();
    };
    CHECK_THROWS_AS(time.run(waits), std::logic_error);
    never.cancel();
    time.run_until_idle();
    CHECK(size == 100);
}

TEST_CASE("virtual_time: a cancelled timer moves no time") {
    virtual_time time;
    time.run([]() -> asio::awaitable<void> {
        virtual_timer cancelled{co_await asio::this_coro::executor, 1h};
        cancelled.async_wait([](auto) {});
        co_await sleep(1s);
        cancelled.cancel();
        co_await sleep(2h);
    });
    CHECK(time.elapsed() == 2h + 1s);
}

TEST_CASE("virtual_time: advance runs what falls due, at its time, and no more") {
    virtual_time time;
    std::vector<breakerbox::duration> fired;
    auto const ticks = [&]() -> asio::awaitable<void> {
        for (;;) {
            co_await sleep(10s);
            fired.push_back(time.elapsed());
        }
    };
    asio::co_spawn(time.context(), ticks(), asio::detached);
    time.advance(25s);
    CHECK(fired == std::vector<breakerbox::duration>{10s, 20s});
    CHECK(time.elapsed() == 25s);
    time.advance(5s);
    CHECK(fired.size() == 3);
}

TEST_CASE("virtual_time: there is one at a time") {
    virtual_time time;
    CHECK_THROWS_AS(virtual_time{}, std::logic_error);
}

TEST_CASE("virtual_time: what still waits when it goes is destroyed with it") {
    auto const alive = std::make_shared<int>();
    {
        virtual_time time;
        asio::co_spawn(
            time.context(),
            [](auto kept) -> asio::awaitable<void> { co_await sleep(1h * (*kept + 1)); }(alive),
            asio::detached);
        time.advance(1min);
        CHECK(alive.use_count() == 2);
    }
    CHECK(alive.use_count() == 1);
}

} // namespace testing_test
