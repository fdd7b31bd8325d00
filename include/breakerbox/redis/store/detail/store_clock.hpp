// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_STORE_CLOCK_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_STORE_CLOCK_HPP

#include <breakerbox/rule/recovery.hpp>

#include <chrono>

namespace breakerbox::detail {

/// This process's clock, by which a redis_store tells when something happened. How long a host is open goes by the
/// server's.
struct store_clock {
    static instant now() {
        return std::chrono::floor<std::chrono::microseconds>(
            std::chrono::steady_clock::now().time_since_epoch());
    }
};

} // namespace breakerbox::detail

#endif
