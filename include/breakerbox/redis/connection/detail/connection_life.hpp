// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_LIFE_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_LIFE_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/random.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/redis/connection/detail/server_errors.hpp>
#include <breakerbox/redis/connection/error.hpp>
#include <breakerbox/redis/connection/jittered_backoff.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace breakerbox::detail {

/// The life of a connection that is made again whenever it is lost, without any I/O: told what came of the work of
/// its state, and the time, it answers with the state whose work is to begin now, which may be the same one again.
class connection_life {
public:
    using time_point = std::chrono::steady_clock::time_point;

    enum class state : std::uint8_t {
        /// The server's name is being looked up.
        resolving,
        /// Address number `address()` is being tried.
        connecting,
        shaking_hands,
        ready,
        /// Nothing is done until `until()`.
        waiting,
        closed,
    };

    struct limits {
        duration connect_timeout;
        duration reconnect_min;
        duration reconnect_max;
        duration reconnect_after_refusal;
        duration max_connection_age = duration::max();
    };

    explicit connection_life(limits l, random_source random = {}) noexcept
        : limits_(l), random_(random), backoff_(l.reconnect_min, l.reconnect_max, random) {}

    state start(time_point now) noexcept {
        give_up_at_ = saturating_add(now, limits_.connect_timeout);
        return enter(state::resolving, give_up_at_);
    }

    state on_resolved(boost::system::error_code error, std::size_t addresses, time_point now) noexcept {
        if (error)
            return fail(error, now);
        address_ = 0;
        addresses_ = addresses;
        return addresses == 0 ? fail(redis_errc::not_connected, now) : try_address(now);
    }

    state on_connected(boost::system::error_code error, time_point now) noexcept {
        return error ? try_next_address(error, now) : enter(state::shaking_hands, give_up_at_);
    }

    state on_hands_shaken(boost::system::error_code error, time_point now) noexcept {
        if (error)
            return fail(error, now);
        ready_at_ = now;
        is_down_ = false;
        is_too_old_ = false;
        return enter(state::ready, saturating_add(now, age_limit()));
    }

    /// Whether the connection is to be made anew once no reply is owed on it, and nothing more to be sent there.
    bool is_too_old() const noexcept { return is_too_old_ && state_ == state::ready; }

    /// No reply is owed any more on a connection that is too old.
    state on_left(time_point now) noexcept { return begin_anew(redis_errc::connection_too_old, now); }

    /// The connection broke, or has to be given up, whatever its state.
    state on_lost(boost::system::error_code error, time_point now) noexcept { return fail(error, now); }

    /// The server ended a connection on which it owed no reply, and nothing came since then: one that closes what is idle
    /// is gone to again at once, and counts neither as down nor as failed. One that closes what it has just accepted does.
    state on_ended_idle(boost::system::error_code error, time_point quiet_since, time_point now) noexcept {
        if (state_ != state::ready || now - std::max(ready_at_, quiet_since) < least_idle_time)
            return fail(error, now);
        return begin_anew(error, now);
    }

    /// Nothing if `until()` has not come yet.
    std::optional<state> on_time(time_point now) noexcept {
        if (now < until_)
            return std::nullopt;
        switch (state_) {
        case state::connecting:
            return try_next_address(timed_out(), now);
        case state::shaking_hands:
            return fail(redis_errc::timed_out, now);
        case state::waiting:
            return start(now);
        case state::ready:
            is_too_old_ = true;
            until_ = time_point::max();
            return std::nullopt;
        default:
            return fail(timed_out(), now);
        }
    }

    /// It can be closed at any time, and is never opened again.
    state close() noexcept { return enter(state::closed, time_point::max()); }

    state now() const noexcept { return state_; }
    /// How long the state may last; the clock's end where it has no limit.
    time_point until() const noexcept { return until_; }
    /// Which of the addresses found is being tried, from zero.
    std::size_t address() const noexcept { return address_; }
    /// Whether a connection was lost or could not be made, and is not back yet.
    bool is_down() const noexcept { return is_down_; }
    /// Why the last connection ended that could not be made or was lost.
    boost::system::error_code last_error() const noexcept { return last_error_; }
    /// How long the wait takes in which it now is.
    duration wait() const noexcept { return wait_; }

private:
    // No server can be told to close what has been idle for less than a second.
    static constexpr duration least_idle_time = std::chrono::milliseconds{500};

    static boost::system::error_code timed_out() noexcept {
        return make_error_code(boost::system::errc::timed_out);
    }

    state enter(state s, time_point until) noexcept {
        state_ = s;
        until_ = until;
        return s;
    }

    // Each address gets its share of the time that is left: one that swallows what is sent to it must not take the
    // time of those behind it.
    state try_address(time_point now) noexcept {
        auto const left = std::max(give_up_at_ - now, time_point::duration::zero());
        return enter(state::connecting,
                     saturating_add(now, left / static_cast<std::int64_t>(addresses_ - address_)));
    }

    state try_next_address(boost::system::error_code error, time_point now) noexcept {
        if (++address_ >= addresses_ || now >= give_up_at_)
            return fail(error, now);
        return try_address(now);
    }

    duration age_limit() {
        auto const most = limits_.max_connection_age;
        if (most == duration::max())
            return most;
        auto const early = static_cast<double>(most.count()) * random_.next() / 10;
        return most - duration{static_cast<duration::rep>(early)};
    }

    /// Nothing has failed.
    state begin_anew(boost::system::error_code why, time_point now) noexcept {
        backoff_.reset();
        last_error_ = why;
        wait_ = duration::zero();
        return enter(state::waiting, now);
    }

    state fail(boost::system::error_code error, time_point now) noexcept {
        // One that broke at once doesn't count as success: a server that accepts and closes would be called in a
        // tight loop.
        if (state_ == state::ready && now - ready_at_ >= limits_.reconnect_max)
            backoff_.reset();
        last_error_ = error;
        is_down_ = true;
        wait_ = is_refusal(error) ? limits_.reconnect_after_refusal : backoff_.next();
        return enter(state::waiting, saturating_add(now, wait_));
    }

    limits limits_;
    random_source random_;
    jittered_backoff backoff_;
    state state_ = state::waiting;
    time_point until_ = time_point::max();
    time_point give_up_at_{};
    time_point ready_at_{};
    std::size_t address_ = 0;
    std::size_t addresses_ = 0;
    bool is_down_ = false;
    bool is_too_old_ = false;
    boost::system::error_code last_error_;
    duration wait_{};
};

} // namespace breakerbox::detail

#endif
