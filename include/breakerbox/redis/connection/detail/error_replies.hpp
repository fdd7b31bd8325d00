// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_ERROR_REPLIES_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_ERROR_REPLIES_HPP

#include <breakerbox/redis/connection/errc.hpp>

#include <array>
#include <string_view>

namespace breakerbox::detail {

struct error_beginning {
    std::string_view text;
    redis_errc error;
};

/// What an error reply begins with, up to the end or a space. Some that older servers, or commands in
/// scripts, send as a bare ERR are told apart by more words.
inline constexpr auto error_beginnings = std::to_array<error_beginning>({
    {"LOADING", redis_errc::loading},
    {"READONLY", redis_errc::read_only},
    {"OOM", redis_errc::out_of_memory},
    {"NOAUTH", redis_errc::authentication_required},
    {"WRONGPASS", redis_errc::wrong_password},
    {"ERR invalid password", redis_errc::wrong_password},
    {"ERR AUTH", redis_errc::wrong_password},
    {"ERR Client sent AUTH,", redis_errc::wrong_password},
    {"NOPERM", redis_errc::no_permission},
    {"DENIED", redis_errc::no_permission},
    {"ERR ACL failure in script:", redis_errc::no_permission},
    {"ERR The user executing the script can't", redis_errc::no_permission},
    {"BUSY", redis_errc::busy},
    {"MASTERDOWN", redis_errc::master_down},
    {"MISCONF", redis_errc::misconfigured},
    {"MOVED", redis_errc::moved},
    {"ASK", redis_errc::ask},
    {"CLUSTERDOWN", redis_errc::cluster_down},
    {"ERR max number of clients", redis_errc::too_many_clients},
    {"NOSCRIPT", redis_errc::no_script},
    {"NOREPLICAS", redis_errc::not_enough_replicas},
    {"ERR unknown command", redis_errc::unknown_command},
    {"ERR unknown subcommand", redis_errc::unknown_command},
    {"ERR Unknown Redis command called from", redis_errc::unknown_command},
    {"Unknown Redis command called from", redis_errc::unknown_command},
    {"WRONGTYPE", redis_errc::wrong_type},
});

/// The error that a command in a script had, where servers before Redis 7 wrap it: "ERR Error running script
/// (call to f_<sha1>): @user_script:7: @user_script: 7: -READONLY You can't write ...".
inline std::string_view without_script_wrapping(std::string_view text) noexcept {
    if (!text.starts_with("ERR Error running script"))
        return text;
    constexpr std::string_view call_end = "): ";
    auto const at = text.find(call_end);
    if (at == text.npos)
        return text;
    auto inner = text.substr(at + call_end.size());
    while (inner.starts_with("@user_script:")) {
        auto const place_end = inner.find(": ", std::string_view{"@user_script: "}.size());
        if (place_end == inner.npos)
            return text;
        inner.remove_prefix(place_end + 2);
    }
    if (inner.starts_with('-'))
        inner.remove_prefix(1);
    return inner;
}

/// The beginning by which an error reply is recognised; null if it isn't.
inline error_beginning const* beginning_of(std::string_view error_reply) noexcept {
    auto const text = without_script_wrapping(error_reply);
    for (auto const& beginning : error_beginnings)
        if (text.starts_with(beginning.text) &&
            (text.size() == beginning.text.size() || text[beginning.text.size()] == ' '))
            return &beginning;
    return nullptr;
}

/// What an error reply means.
inline redis_errc error_of(std::string_view error_reply) noexcept {
    auto const* const beginning = beginning_of(error_reply);
    return beginning == nullptr ? redis_errc::server_error : beginning->error;
}

} // namespace breakerbox::detail

#endif
