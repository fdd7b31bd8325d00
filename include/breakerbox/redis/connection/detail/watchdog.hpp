// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_WATCHDOG_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_WATCHDOG_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/duration_text.hpp>
#include <breakerbox/redis/connection/command.hpp>
#include <breakerbox/redis/connection/detail/command_desk.hpp>
#include <breakerbox/redis/connection/detail/connection_life.hpp>
#include <breakerbox/redis/connection/detail/silence.hpp>
#include <breakerbox/redis/connection/error.hpp>

#include <algorithm>
#include <chrono>

namespace breakerbox::detail {

/// Does what is due when nothing happens: ends commands at their deadlines, and what lasts too long or is silent too long.
///
/// A Driver has what a conversation's has, and `timer()`, `talk()`, which gives the conversation, and
/// `accept_posted(command)`.
template <class Driver>
class watchdog {
public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;

    /// The bounds of a silence as `silence` takes them.
    watchdog(Driver& driver, command_desk& desk, duration longest_owed, duration longest_idle) noexcept
        : driver_(driver), desk_(desk), longest_owed_(longest_owed), quiet_(longest_owed, longest_idle) {}

    silence& quiet() noexcept { return quiet_; }

    /// Has what is due then be done then.
    void arm_for(time_point due) {
        auto& timer = driver_.timer();
        if (due < timer.armed_for())
            timer.arm(due, [kept = driver_.keep(), this] { on_time(); });
    }

    /// The same for whatever is due next.
    void arm() {
        if (driver_.life().now() != state::closed)
            arm_for(next_time());
    }

    /// What is due then.
    void wake(time_point now) {
        if (driver_.life().now() == state::ready)
            look_for_silence(now);
        if (auto const next = driver_.life().on_time(now))
            driver_.enter(*next);
        driver_.leave_if_too_old();
        end_expired_commands(now);
        driver_.talk().flush();
        arm();
    }

private:
    using state = connection_life::state;

    time_point next_time() noexcept {
        auto const due = std::min(driver_.life().until(), desk_.queue().nearest_deadline());
        return driver_.life().now() == state::ready ? std::min(due, quiet_.ends_at(desk_.queue())) : due;
    }

    void on_time() { wake(clock::now()); }

    void look_for_silence(time_point now) {
        switch (quiet_.at(now, desk_.queue())) {
        case silence::remedy::none:
            break;
        case silence::remedy::ping:
            driver_.accept_posted(redis_command{"PING"});
            break;
        case silence::remedy::give_up:
            driver_.enter(
                driver_.lost(redis_errc::timed_out, "no reply for " + duration_text(longest_owed_)));
            break;
        }
    }

    void end_expired_commands(time_point now) {
        auto const corked = driver_.talk().hold_back();
        desk_.end_expired(now, driver_.life().now() == state::ready);
    }

    Driver& driver_;
    command_desk& desk_;
    duration longest_owed_;
    silence quiet_;
};

} // namespace breakerbox::detail

#endif
