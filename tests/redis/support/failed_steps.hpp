// SPDX-License-Identifier: BSL-1.0
//
// Takes a step of a connection, or of a store over one, while one of its allocations fails.
#ifndef BREAKERBOX_TESTS_REDIS_SUPPORT_FAILED_STEPS_HPP
#define BREAKERBOX_TESTS_REDIS_SUPPORT_FAILED_STEPS_HPP

#include <breakerbox/redis/connection/command.hpp>
#include <breakerbox/redis/connection/config.hpp>
#include <breakerbox/redis/connection/connection.hpp>
#include <breakerbox/redis/connection/reply.hpp>

#include "redis/support/blocking_client.hpp"
#include "support/allocation_counts.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstdint>
#include <new>
#include <string>

namespace support {

inline constexpr int most_allocations = 1000;

/// Of a connection that soon notices that its read was destroyed, which Asio does where memory is short.
inline breakerbox::redis_config soon_back() {
    using namespace std::chrono_literals;
    return {.connect_timeout = 1s,
            .command_timeout = 1s,
            .stall_timeout = 1s,
            .idle_ping_after = 100ms,
            .reconnect_min = 1ms,
            .reconnect_max = 10ms};
}

/// What came of a step.
struct taken_step {
    /// How often its handler was told.
    int ends = 0;
    /// How many exceptions came out of its beginning or out of the context's run() meanwhile: Asio destroys a coroutine
    /// whose operation can't begin, and lets the exception out there.
    int exceptions = 0;
    /// Whether there was an allocation to fail.
    bool has_failed = false;

    bool is_over() const noexcept { return ends + exceptions != 0; }
    /// Nobody waits for ever, and nobody is told twice.
    bool is_told() const noexcept { return ends == 1 || (ends == 0 && exceptions == 1); }
};

/// Runs the context until `is_done()`, whatever comes out of it, or for five seconds. Returns whether it was done.
template <class IsDone>
bool run_until(boost::asio::io_context& context, IsDone is_done, int* exceptions = nullptr) {
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    while (!is_done() && std::chrono::steady_clock::now() < end)
        try {
            context.restart();
            context.run_one_for(std::chrono::milliseconds{10});
        } catch (std::bad_alloc const&) {
            if (exceptions != nullptr)
                ++*exceptions;
        }
    return is_done();
}

/// Begins a step by `begin(ends)`, which counts there how often its handler is told, be it later than this returns, and has
/// the n-th allocation by new fail, from then until the step is over and `is_well()`.
template <class Begin, class IsWell>
void take_while_failing(int n, boost::asio::io_context& context, taken_step& taken, Begin begin,
                        IsWell is_well) {
    failing_allocation const failing{n, true};
    try {
        begin(taken.ends);
    } catch (std::bad_alloc const&) {
        ++taken.exceptions;
    }
    run_until(
        context, [&] { return taken.is_over() && (failing.has_failed() || is_well()); }, &taken.exceptions);
    taken.has_failed = failing.has_failed();
}

/// Has the server close its end of a connection that is ready.
inline void lose(boost::asio::io_context& context, breakerbox::redis_connection connection,
                 blocking_client& client) {
    std::int64_t id = 0;
    connection.async_execute(breakerbox::redis_command{"CLIENT", "ID"},
                             [&](boost::system::error_code, breakerbox::redis_reply const& reply) {
                                 id = reply.integer().value();
                             });
    run_until(context, [&] { return id != 0; });
    client("CLIENT", "KILL", "ID", std::to_string(id));
}

} // namespace support

#endif
