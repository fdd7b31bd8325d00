// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REDIS_SUPPORT_CONNECTION_CALLS_HPP
#define BREAKERBOX_TESTS_REDIS_SUPPORT_CONNECTION_CALLS_HPP

#include <breakerbox/redis/connection/connection.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <source_location>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace support {

namespace asio = boost::asio;

/// A command made outside the co_await expression that sends it: g++ 12 destroys what an initializer list in one
/// points to.
template <class... Arguments>
breakerbox::redis_command command(Arguments const&... arguments) {
    return breakerbox::redis_command{std::string_view{arguments}...};
}

/// What came of a command.
struct answer {
    boost::system::error_code error;
    breakerbox::redis_reply reply;

    std::string text() const { return std::string{reply.text()}; }
};

inline asio::awaitable<answer> ask(breakerbox::redis_connection connection,
                                   breakerbox::redis_command command) {
    std::tuple<boost::system::error_code, breakerbox::redis_reply> ended =
        co_await connection.async_execute(std::move(command), asio::as_tuple(asio::deferred));
    co_return answer{std::get<0>(ended), std::move(std::get<1>(ended))};
}

inline asio::awaitable<void> sleep(std::chrono::milliseconds time) {
    asio::steady_timer timer{co_await asio::this_coro::executor, time};
    co_await timer.async_wait(asio::deferred);
}

// Checks that await. Never await within CHECK itself: it repeats its expression where no code should come of it, and
// g++ awaits there too.

inline asio::awaitable<void> check_text(breakerbox::redis_connection connection,
                                        breakerbox::redis_command sent, std::string expected,
                                        std::source_location place = std::source_location::current()) {
    auto const got = co_await ask(std::move(connection), std::move(sent));
    INFO("asked in line " << place.line());
    CHECK(got.error == boost::system::error_code{});
    CHECK(got.text() == expected);
}

inline asio::awaitable<void> check_error(breakerbox::redis_connection connection,
                                         breakerbox::redis_command sent, boost::system::error_code expected,
                                         std::source_location place = std::source_location::current()) {
    auto const got = co_await ask(std::move(connection), std::move(sent));
    INFO("asked in line " << place.line());
    CHECK(got.error == expected);
}

inline asio::awaitable<void> check_nil(breakerbox::redis_connection connection,
                                       breakerbox::redis_command sent,
                                       std::source_location place = std::source_location::current()) {
    auto const got = co_await ask(std::move(connection), std::move(sent));
    INFO("asked in line " << place.line());
    CHECK(got.reply.is_nil());
}

/// Checks that the condition comes to hold within ten seconds.
template <class Condition>
asio::awaitable<void> check_eventually(Condition const& condition,
                                       std::source_location place = std::source_location::current()) {
    bool holds = condition();
    for (int i = 0; !holds && i != 2000; ++i) {
        co_await sleep(std::chrono::milliseconds{5});
        holds = condition();
    }
    INFO("awaited in line " << place.line());
    CHECK(holds);
}

/// Runs a coroutine on that context until it ends, and throws what it throws; the context must have no other work that
/// goes on. Throws where it takes more than forty seconds.
inline void run(asio::io_context& context, asio::awaitable<void> main) {
    bool has_ended = false;
    std::exception_ptr thrown;
    asio::co_spawn(context, std::move(main), [&](std::exception_ptr e) {
        has_ended = true;
        thrown = e;
        context.stop();
    });
    context.restart();
    context.run_for(std::chrono::seconds{40});
    if (thrown)
        std::rethrow_exception(thrown);
    if (!has_ended)
        throw std::runtime_error("the test's coroutine does not end");
}

/// Keeps what a connection tells.
struct heard_events {
    struct event {
        breakerbox::redis_connection_event::kind what;
        boost::system::error_code error;
        std::string text;
        breakerbox::duration next_try_in;
        std::string printed;
    };

    void operator()(breakerbox::redis_connection_event const& e) {
        std::ostringstream printed;
        printed << e;
        all.push_back({e.what, e.error, std::string{e.text}, e.next_try_in, printed.str()});
    }

    /// What all of them say.
    std::string printed() const {
        std::string text;
        for (auto const& each : all)
            text += each.printed + '\n';
        return text;
    }

    std::size_t count(breakerbox::redis_connection_event::kind what) const {
        std::size_t found = 0;
        for (auto const& each : all)
            found += each.what == what ? 1U : 0U;
        return found;
    }

    std::vector<event> all{};
};

} // namespace support

#endif
