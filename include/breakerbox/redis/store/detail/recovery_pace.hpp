// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_RECOVERY_PACE_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_RECOVERY_PACE_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/random.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/redis/connection/jittered_backoff.hpp>
#include <breakerbox/rule/recovery.hpp>

#include <algorithm>
#include <chrono>

namespace breakerbox::detail {

/// How soon a failing store is tried again: with jittered back-off, which also goes on from one failure to the next
/// where the store holds only for a moment in between, as when what it is tried with is all that the server allows. One
/// thread at a time.
class recovery_pace {
public:
    /// What the back-off's bound grows to, and how long a recovered store must hold for the next one to begin anew.
    explicit recovery_pace(duration longest, random_source random = {}) noexcept
        : backoff_(first_bound, std::max<duration>(first_bound, longest), random) {}

    /// The store has turned to failing.
    void on_failed(instant now) noexcept {
        if (now - recovered_at_ >= backoff_.last_bound())
            backoff_.reset();
    }

    void on_recovered(instant now) noexcept { recovered_at_ = now; }

    /// How long until the next try. A look at whether there is a connection, by which nothing was asked, costs no server
    /// anything, and is no try.
    duration pause_after(bool was_asked) {
        return was_asked ? saturating_add(least_pause, backoff_.next()) : first_bound;
    }

private:
    static constexpr duration least_pause = std::chrono::milliseconds{50};
    static constexpr duration first_bound = std::chrono::milliseconds{100};

    jittered_backoff backoff_;
    instant recovered_at_{};
};

} // namespace breakerbox::detail

#endif
