// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_ADDRESS_WATCH_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_ADDRESS_WATCH_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/redis/connection/jittered_backoff.hpp>

#include <algorithm>
#include <chrono>

namespace breakerbox::detail {

/// When to look again where a server's name points, which may have lost its replicas to another master: at once, and
/// then with back-off, one look-up at a time. Without any I/O.
class address_watch {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit address_watch(jittered_backoff backoff) noexcept : backoff_(backoff) {}

    /// Another connection was made: to where the name has just pointed.
    void on_connected() noexcept {
        is_looking_ = false;
        backoff_.reset();
    }

    /// The server has replied that it lacks replicas. Returns whether the name is to be looked up now.
    bool on_doubt(time_point now) {
        if (is_looking_ || now < next_look_at_)
            return false;
        is_looking_ = true;
        next_look_at_ = saturating_add(now, backoff_.next());
        return true;
    }

    /// A look-up for this connection has ended. Returns whether the name points elsewhere now; if nowhere, it doesn't.
    template <class Endpoints, class Endpoint>
    bool on_found(Endpoints const& found, Endpoint const& connected_to) noexcept {
        is_looking_ = false;
        return !found.empty() && std::find(found.begin(), found.end(), connected_to) == found.end();
    }

private:
    jittered_backoff backoff_;
    time_point next_look_at_ = time_point::min();
    bool is_looking_ = false;
};

} // namespace breakerbox::detail

#endif
