// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_SILENCE_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_SILENCE_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/saturate.hpp>

#include <chrono>
#include <cstdint>

namespace breakerbox::detail {

/// How long a server may say nothing, and what is to be done about it then. Without any I/O, clock or timer.
class silence {
public:
    using time_point = std::chrono::steady_clock::time_point;

    enum class remedy : std::uint8_t {
        none,
        /// Nothing was asked of the server for a while: a PING tells whether it is still there.
        ping,
        /// The server owes a reply, and has had its time.
        give_up,
    };

    /// How long the server may owe a reply, and be asked nothing; the duration's end where it is never to be asked for the
    /// sake of asking.
    silence(duration longest_owed, duration longest_idle) noexcept
        : longest_owed_(longest_owed), longest_idle_(longest_idle) {}

    void on_bytes(time_point now) noexcept { since_ = now; }

    /// When bytes last came.
    time_point since() const noexcept { return since_; }

    /// When there is something to be done though nothing comes. `Commands` is a `pipeline`, or tells the same.
    template <class Commands>
    time_point ends_at(Commands const& commands) const noexcept {
        return commands.expects_reply() ? saturating_add(commands.silent_since(), longest_owed_)
               : commands.is_idle() && longest_idle_ != duration::max()
                   ? saturating_add(since_, longest_idle_)
                   : time_point::max();
    }

    template <class Commands>
    remedy at(time_point now, Commands const& commands) const noexcept {
        if (ends_at(commands) > now)
            return remedy::none;
        return commands.expects_reply() ? remedy::give_up : remedy::ping;
    }

private:
    duration longest_owed_;
    duration longest_idle_;
    time_point since_{};
};

} // namespace breakerbox::detail

#endif
