// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_STORE_FAILURE_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_STORE_FAILURE_HPP

#include <breakerbox/redis/connection/error.hpp>

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace breakerbox::detail {

/// Why a step could not be taken.
struct store_failure {
    boost::system::error_code error;
    /// The server's words, where it had any.
    std::string text;
};

/// What a failure says something about.
enum class failure_scope : std::uint8_t {
    /// All hosts: none can be asked about.
    store,
    /// One host alone: its value, or that its keys are not for this user or for this node.
    one_host,
    /// Nothing but the step: a bound of this process's connection kept it from being sent.
    one_step,
};

/// Whether a refusal for want of rights names a command, which all hosts need. Redis tells these apart from keys by words
/// alone.
inline bool is_about_a_command(std::string_view words) noexcept {
    return words.find("permissions to run") != words.npos || words.find("can't run") != words.npos;
}

inline failure_scope scope_of(store_failure const& failure) noexcept {
    auto const is = [&](redis_errc error) { return failure.error == make_error_code(error); };
    if (is(redis_errc::too_many_commands) || is(redis_errc::too_many_bytes))
        return failure_scope::one_step;
    if (is(redis_errc::no_permission))
        return is_about_a_command(failure.text) ? failure_scope::store : failure_scope::one_host;
    if (is(redis_errc::wrong_type) || is(redis_errc::moved) || is(redis_errc::ask) ||
        is(redis_errc::server_error))
        return failure_scope::one_host;
    return failure_scope::store;
}

} // namespace breakerbox::detail

#endif
