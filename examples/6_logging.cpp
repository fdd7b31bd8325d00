// SPDX-License-Identifier: BSL-1.0
//
// Logging with spdlog: what a retrier and a breaker tell their observers, each at a level that fits.

#include <breakerbox/breakerbox.hpp>
#include <breakerbox/testing.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>
#include <exception>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace asio = boost::asio;
namespace bb = breakerbox;
using namespace std::chrono_literals;

// In virtual time the waits below pass at once. A service leaves the clock out, and gets the real one.
using story_clock = bb::testing::virtual_clock;
using store = bb::memory_store<bb::consecutive_failures, story_clock>;

/// An outage is told once, as an error. That each call of it is refused is for who looks closer: there may be
/// many.
spdlog::level::level_enum level_of(bb::breaker_event const& event) {
    using enum bb::breaker_event::kind;
    if (event.what == call_rejected)
        return spdlog::level::debug;
    bool const is_outage = event.what == store_failed ||
                           (event.what == state_changed && event.status.state == bb::breaker_state::open);
    return is_outage ? spdlog::level::err : spdlog::level::info;
}

spdlog::level::level_enum level_of(bb::retry_event const& event) {
    using enum bb::retry_event::kind;
    if (event.what == after_attempt && event.result == bb::verdict::failure)
        return spdlog::level::info; // Another attempt may mend it.
    if (event.what != finished || event.end == bb::retry_end::succeeded ||
        event.end == bb::retry_end::refused || event.end == bb::retry_end::cancelled)
        return spdlog::level::debug;
    return spdlog::level::warn;
}

/// An observer of both. Options can hold it, since it is but a pointer; the logger must outlive them.
struct log_to {
    spdlog::logger* logger;

    void operator()(auto const& event) const {
        auto const level = level_of(event);
        if (!logger->should_log(level))
            return; // before the text is made, which costs most
        std::ostringstream text;
        text << event;
        logger->log(level, text.str()); // by itself, as no format: it may have braces in it
    }
};

asio::awaitable<void> call_api() {
    if (story_clock::now().time_since_epoch() < 3s)
        throw std::runtime_error{"no answer"};
    co_return;
}

asio::awaitable<void> survive_an_outage(spdlog::logger& logger) {
    bb::circuit_breaker breaker{store{{.threshold = 3, .recovery = {.open_for = 5s}}},
                                {.observer = log_to{&logger}}};
    bb::stop_after_attempt const stop{2};
    bb::wait_fixed const wait{250ms};
    bb::retrier const retrier{stop, bb::retry_if_exception<std::runtime_error>{}, wait, breaker,
                              bb::retrier_options<story_clock>{.observer = log_to{&logger}}};
    for (auto call = 1; call <= 5; ++call) {
        try {
            co_await retrier.retry("api", call_api);
        } catch (std::exception const&) { // The log has it.
        }
        bb::testing::virtual_timer pause{co_await asio::this_coro::executor, 2s};
        co_await pause.async_wait(asio::use_awaitable);
    }
}

int main() {
    auto const sink = std::make_shared<spdlog::sinks::stdout_sink_st>();
    spdlog::logger logger{"breakerbox", sink};
    logger.set_pattern("%-7l %v"); // A service keeps the time, too.
    logger.set_level(spdlog::level::debug);

    bb::testing::virtual_time time;
    time.run(survive_an_outage(logger));
}
