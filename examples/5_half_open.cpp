// SPDX-License-Identifier: BSL-1.0
//
// Half-open, drawn: after an outage one call at a time, a probe, tries the host before all traffic returns.

#include <breakerbox/breaker/circuit_breaker.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/store/memory_store.hpp>
#include <breakerbox/testing.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <chrono>
#include <exception>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>

namespace asio = boost::asio;
namespace bb = breakerbox;
using namespace std::chrono_literals;

// In virtual time the 28 seconds below pass at once. A service leaves the clock out, and gets the real one.
using clock_of_story = bb::testing::virtual_clock;
using store = bb::memory_store<bb::consecutive_failures, clock_of_story>;

bool api_is_up() {
    auto const now = clock_of_story::now().time_since_epoch();
    return now < 4s || now >= 17s;
}

asio::awaitable<bb::verdict> call_api() {
    auto const result = api_is_up() ? bb::verdict::success : bb::verdict::failure;
    bb::testing::virtual_timer answer{co_await asio::this_coro::executor, 500ms};
    co_await answer.async_wait(asio::use_awaitable);
    co_return result;
}

/// Returns the sign that stands for the call in the drawing.
asio::awaitable<char> call_if_let_through(bb::circuit_breaker<store>& breaker) {
    auto admission = co_await breaker.acquire("api");
    if (!admission)
        co_return '-'; // At once: nothing is sent, and nothing is waited for.
    bool const is_probe = admission.permit().is_probe();
    auto const result = co_await call_api();
    co_await admission.permit().report(result);
    if (result == bb::verdict::success)
        co_return is_probe ? '+' : '.';
    co_return is_probe ? 'X' : 'x';
}

char sign_of(bb::breaker_state state) {
    if (state == bb::breaker_state::half_open)
        return '?';
    return state == bb::breaker_state::open ? '#' : '.';
}

int main() {
    std::ostringstream changes;
    auto const on_event = [&changes](bb::breaker_event const& event) {
        if (event.what == bb::breaker_event::kind::state_changed) // The refusals are in the drawing.
            changes << std::setw(5) << std::chrono::duration<double>{event.at}.count() << "s  " << event
                    << '\n';
    };
    bb::consecutive_failures const rule{.threshold = 3,
                                        .recovery = {.open_for = 5s,
                                                     .growth = 2, // 10 s after a failed probe, then 20 s...
                                                     .successes_to_close = 2,
                                                     .probe_lease = 1s}};
    bb::circuit_breaker breaker{store{rule}, {.observer = on_event}};

    std::string api_row;
    std::string breaker_row;
    std::array<std::string, 3> client_rows;

    bb::testing::virtual_time time; // Last, so that no call outlives what it refers to.
    for (auto second = 0s; second != 28s; ++second) {
        for (auto& row : client_rows)
            asio::co_spawn(time.context(), call_if_let_through(breaker),
                           [&row](std::exception_ptr error, char sign) {
                               if (error)
                                   std::rethrow_exception(error);
                               row += sign;
                           });
        time.advance(100ms); // The calls are under way.
        api_row += api_is_up() ? '.' : 'x';
        breaker_row += sign_of(breaker.snapshot_now("api").state);
        time.advance(900ms);
    }

    std::cout << "second    0    5    10   15   20   25\n"
              << "api       " << api_row << "    . up      x down\n"
              << "breaker   " << breaker_row << "    . closed  # open    ? half-open\n"
              << "client 1  " << client_rows[0] << "    calls:   . served  x failed  - refused\n"
              << "client 2  " << client_rows[1] << "    probes:  + served  X failed\n"
              << "client 3  " << client_rows[2] << "\n\n"
              << changes.str();
}
