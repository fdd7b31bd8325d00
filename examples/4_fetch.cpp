// SPDX-License-Identifier: BSL-1.0
//
// A command-line HTTP client whose every call goes through a retrier and a breaker, and which tells all that
// they do. What is particular to them is in this file; fetch/ has HTTP, URLs and the command line.

#include "fetch/command_line.hpp"
#include "fetch/http.hpp"

#include <breakerbox/breakerbox.hpp>
#ifdef EXAMPLE_HAS_REDIS
#include <breakerbox/redis.hpp>
#endif

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <iomanip>
#include <iostream>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace asio = boost::asio;
namespace bb = breakerbox;
using namespace std::chrono_literals;

using boost::system::system_error;

std::string in_seconds(bb::duration time) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(3) << std::chrono::duration<double>(time).count() << 's';
    return text.str();
}

/// Prints what the retrier and the breaker tell their observers, with the time since the start.
class journal {
public:
    void say(std::string_view text) const {
        std::cout << '[' << in_seconds(std::chrono::steady_clock::now() - start_) << "] " << text
                  << std::endl;
    }

    void operator()(bb::retry_event const& event) {
        auto const attempt = "  attempt " + std::to_string(event.now.number);
        switch (event.what) {
        case bb::retry_event::kind::before_attempt:
            tell_recovery(event.host);
            return say(attempt);
        case bb::retry_event::kind::after_attempt:
            if (event.now.last->has_exception())
                say(attempt + " failed: " + text_of(*event.now.last));
            return;
        case bb::retry_event::kind::before_wait:
        case bb::retry_event::kind::waits_until_available:
            return say("  waiting " + in_seconds(event.now.upcoming_wait));
        case bb::retry_event::kind::finished:
            if (event.end == bb::retry_end::stopped)
                say("  gave up");
            if (event.end == bb::retry_end::not_retryable)
                say("  not worth another attempt");
            return;
        }
    }

    void operator()(bb::breaker_event const& event) {
        if (event.status.state == bb::breaker_state::open)
            open_hosts_.emplace(event.host);
        std::ostringstream text;
        text << "  " << event;
        say(text.str());
    }

private:
    // That a count has run out is no event: it shows when the breaker lets the next call pass.
    void tell_recovery(std::string_view host) {
        if (open_hosts_.erase(std::string{host}) != 0)
            say("  host '" + std::string{host} + "' is available again");
    }

    static std::string text_of(bb::outcome const& failure) {
        // An error's code says what a user wants to know, its what() also where in Asio it came from.
        auto const code = failure.error();
        return code ? code->message() : failure.text();
    }

    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::set<std::string> open_hosts_;
};

bool is_connection_error(system_error const& error) {
    return error.code() != boost::beast::http::error::body_limit;
}

bool is_passing_trouble(fetch::http_error const& error) {
    return error.status() == 429 || error.status() >= 500;
}

std::optional<bb::duration> what_the_server_asks(fetch::http_error const& error) {
    return error.retry_after();
}

/// Returns whether all URLs could be fetched. The breaker may be one over any store: a coroutine awaits it the same.
template <class Breaker>
asio::awaitable<bool> fetch_all(fetch::command_line const& wanted, Breaker& breaker, journal& log) {
    auto const wait_is_too_long = [](bb::attempt const& attempt) { return attempt.upcoming_wait > 30s; };
    auto const stop = bb::stop_after_attempt{wanted.attempts} | wait_is_too_long;
    auto const retry_if =
        bb::retry_if_exception_that{is_connection_error} | bb::retry_if_exception_that{is_passing_trouble};
    // Retry-After comes with jitter: else all who were told to come back in a second come back together.
    auto const wait = bb::wait_retry_after{
        what_the_server_asks, bb::wait_exponential_jitter{.initial = 100ms, .max = 2s, .jitter = 100ms}};
    auto const get = bb::with_timeout(wanted.timeout, fetch::get);
    bb::retrier const retrier{stop, retry_if, wait, breaker, {.observer = std::ref(log)}};

    asio::steady_timer pause{co_await asio::this_coro::executor};
    bool all_is_well = true;
    for (auto const& url : wanted.urls) {
        if (&url != &wanted.urls.front()) {
            pause.expires_after(wanted.pause);
            co_await pause.async_wait(asio::use_awaitable);
        }
        log.say(url.text);
        try {
            auto const answer = co_await retrier.retry(url.authority, get, url);
            log.say("  HTTP " + std::to_string(answer.result_int()) + ", " +
                    std::to_string(answer.body().size()) + " bytes");
        } catch (std::exception const&) {
            all_is_well = false; // the log has it already
        }
    }
    co_return all_is_well;
}

/// The same rule in either store. Throws std::invalid_argument if there can't be such a store.
asio::awaitable<bool> fetch_all(fetch::command_line const& wanted) {
    journal log;
    bb::failure_count const rule{.max_failures = 3, .reset_timeout = 2s};
    if (wanted.store == "memory") {
        bb::circuit_breaker breaker{bb::memory_store{rule}, {.observer = std::ref(log)}};
        co_return co_await fetch_all(wanted, breaker, log);
    }
#ifdef EXAMPLE_HAS_REDIS
    auto const executor = co_await asio::this_coro::executor;
    bb::redis_connection const connection{executor, wanted.store};
    bb::circuit_breaker breaker{bb::redis_store{rule, connection}, {.observer = std::ref(log)}};
    co_return co_await fetch_all(wanted, breaker, log);
#else
    throw std::invalid_argument(
        "--store must be memory: this build has no Redis store, since hiredis was not found");
#endif
}

int main(int argc, char** argv) {
    try {
        auto const wanted = fetch::parse_command_line({argv + 1, argv + argc});
        if (wanted.help) {
            std::cout << fetch::usage;
            return 0;
        }
        asio::io_context context;
        auto all_is_well = asio::co_spawn(context, fetch_all(wanted), asio::use_future);
        context.run();
        return all_is_well.get() ? 0 : 1;
    } catch (std::invalid_argument const& wrong) {
        std::cerr << "fetch: " << wrong.what() << "\n\n" << fetch::usage;
        return 2;
    }
}
