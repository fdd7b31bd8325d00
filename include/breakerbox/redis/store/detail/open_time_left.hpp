// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_OPEN_TIME_LEFT_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_OPEN_TIME_LEFT_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/saturate.hpp>

#include <chrono>
#include <optional>

namespace breakerbox::detail {

/// How long a host is open still; nothing for one that is open until `reset`.
inline std::optional<std::chrono::microseconds> open_time_left(host_status const& known) noexcept {
    if (known.state != breaker_state::open)
        return std::chrono::microseconds::zero();
    if (known.retry_after == duration::max())
        return std::nullopt;
    return saturating_ceil<std::chrono::microseconds>(known.retry_after);
}

} // namespace breakerbox::detail

#endif
