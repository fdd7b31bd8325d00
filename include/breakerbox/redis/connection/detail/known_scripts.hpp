// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_KNOWN_SCRIPTS_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_KNOWN_SCRIPTS_HPP

#include <breakerbox/redis/connection/detail/command_queue.hpp>
#include <breakerbox/redis/connection/script.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace breakerbox::detail {

/// The scripts that a server is to know, and whether one that it doesn't know has been sent again already.
class known_scripts {
public:
    /// Gives the script as it is kept; null if it was known before.
    redis_script const* add(redis_script&& script) {
        auto const is_known = std::ranges::any_of(
            scripts_, [&](redis_script const& known) { return known.sha1() == script.sha1(); });
        return is_known ? nullptr : &scripts_.emplace_back(std::move(script));
    }

    std::vector<redis_script> const& all() const noexcept { return scripts_; }

    /// Whether all are to be loaded anew, as the server didn't know the one that this command named: once for all
    /// commands that were accepted before the last loading.
    bool are_missing_for(command_number command) const noexcept { return command > last_load_; }

    /// Notes that they have been loaded by commands up to this one.
    void on_loaded(command_number last) noexcept { last_load_ = last; }

private:
    std::vector<redis_script> scripts_;
    command_number last_load_ = 0;
};

} // namespace breakerbox::detail

#endif
