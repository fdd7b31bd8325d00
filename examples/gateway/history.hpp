// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_HISTORY_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_HISTORY_HPP

#include "metrics.hpp"

#include <breakerbox/base/breaker_state.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace gateway {

/// What happened in one second, as the page plots it.
struct sample {
    std::uint64_t calls = 0;
    std::uint64_t failures = 0;
    std::uint64_t refused = 0;
    /// How long a call took on average, of those that were let through; zero without any.
    std::uint64_t milliseconds = 0;
    bb::breaker_state state = bb::breaker_state::closed;
};

/// The samples of the last minutes.
class history {
public:
    static constexpr std::size_t seconds = 180;

    /// To be called once a second, with what has been counted so far.
    void add(totals const& now, bb::breaker_state state) {
        auto const calls = now.calls - before_.calls;
        auto const refused = now.refused - before_.refused;
        auto const passed =
            calls - std::min(refused, calls); // a call may end in another second than its refusal
        auto const took = now.seconds - before_.seconds;
        samples_.push_back(
            {.calls = calls,
             .failures = now.failures - before_.failures,
             .refused = refused,
             .milliseconds =
                 passed == 0 ? 0 : static_cast<std::uint64_t>(took * 1000 / static_cast<double>(passed)),
             .state = state});
        if (samples_.size() > seconds)
            samples_.pop_front();
        before_ = now;
    }

    std::deque<sample> const& samples() const noexcept { return samples_; }

private:
    totals before_;
    std::deque<sample> samples_;
};

} // namespace gateway

#endif
