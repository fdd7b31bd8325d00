// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRIER_OPTIONS_HPP
#define BREAKERBOX_RETRIER_OPTIONS_HPP

#include <breakerbox/callback.hpp>
#include <breakerbox/host_status.hpp>
#include <breakerbox/outcome.hpp>
#include <breakerbox/retry_event.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace breakerbox {

/// How a retrier behaves but for its policies. The clock tells the policies and the observer the time, and
/// times the waits; tests give a virtual one: `retrier_options<testing::virtual_clock>{}`.
template <class Clock = std::chrono::steady_clock>
struct retrier_options {
    /// Whether the last attempt's exception is thrown on when the stop policy gives up; if not, `retry_error`
    /// is.
    bool reraise = true;
    /// Told of each step of a call, by the coroutine that makes it. What it throws ends the call.
    callback<void(retry_event const&)> observer{};
    /// Says what an attempt's outcome means to the breaker, given what it would mean without: a failure if the
    /// retry_if policy matches it or it is a time-out, a success if it is another value, neutral otherwise. Whether
    /// there is another attempt is not its business. It isn't asked about cancelled attempts. What it throws ends
    /// the call, and leaves the attempt neutral.
    callback<verdict(outcome const&, verdict)> classify{};
    /// Makes the jitter of each call the same, for tests; without it each call's differs.
    std::optional<std::uint64_t> seed{};
};

} // namespace breakerbox

#endif
