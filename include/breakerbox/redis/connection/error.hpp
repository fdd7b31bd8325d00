// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_ERROR_HPP
#define BREAKERBOX_REDIS_CONNECTION_ERROR_HPP

#include <boost/system/errc.hpp>
#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>

#include <array>
#include <string>
#include <string_view>
#include <type_traits>

namespace breakerbox {

/// Why a command to Redis has no good reply: either the connection's own errors, or the server's, told apart
/// by the first word of its error reply.
enum class redis_errc {
    /// The command was never sent: there was no connection within its time.
    not_connected = 1,
    /// The command was sent and the connection broke: nobody knows whether it ran.
    connection_lost,
    /// There was no reply in time; if the command was sent, nobody knows whether it ran. Equivalent to
    /// boost::system::errc::timed_out.
    timed_out,
    /// As many commands are waiting as the connection allows.
    too_many_commands,
    /// As many bytes are waiting to be written as the connection allows.
    too_many_bytes,
    /// The reply has more bytes or elements than the connection allows.
    reply_too_large,
    /// What the server sent is not RESP2, or answers no command.
    protocol_error,
    /// The connection was closed by its owner.
    closed,
    /// The connection was as old as it may get.
    connection_too_old,
    /// Who was asked for the credentials had none.
    no_credentials,
    /// The command was not sent: it would change the connection for all who share it.
    not_shareable,

    /// LOADING: the server still reads its data from disk.
    loading,
    /// READONLY: the server is a replica.
    read_only,
    /// OOM: the server is at its `maxmemory`.
    out_of_memory,
    /// NOAUTH: the server wants a password, and was given none.
    authentication_required,
    /// WRONGPASS, or what servers before Redis 6 say of a password that they don't know.
    wrong_password,
    /// NOPERM, or DENIED: the user may not do this, or not from here.
    no_permission,
    /// BUSY: the server runs a script that takes too long.
    busy,
    /// MASTERDOWN: the replica has lost its master.
    master_down,
    /// MISCONF: the server can't save its data, and so takes no writes.
    misconfigured,
    /// MOVED: another node of the cluster has the key.
    moved,
    /// ASK: another node of the cluster is about to have the key.
    ask,
    /// CLUSTERDOWN: the cluster doesn't serve the key.
    cluster_down,
    /// The server has as many clients as it allows.
    too_many_clients,
    /// NOSCRIPT: the server doesn't know the script by that digest.
    no_script,
    /// NOREPLICAS: the server has fewer replicas than it wants for a write.
    not_enough_replicas,
    /// The server doesn't know the command, or one in the script: it is too old, or the command was renamed.
    unknown_command,
    /// WRONGTYPE: the key holds a value of another type.
    wrong_type,
    /// Any other error reply.
    server_error,
};

namespace detail {

class redis_error_category final : public boost::system::error_category {
public:
    constexpr redis_error_category() noexcept : boost::system::error_category(0x62726b7262782e72) {}

    char const* name() const noexcept override { return "breakerbox.redis"; }

    std::string message(int value) const override {
        switch (static_cast<redis_errc>(value)) {
        case redis_errc::not_connected:
            return "not connected to Redis";
        case redis_errc::connection_lost:
            return "the connection to Redis was lost before the reply";
        case redis_errc::timed_out:
            return "Redis did not reply in time";
        case redis_errc::too_many_commands:
            return "too many commands wait for Redis";
        case redis_errc::too_many_bytes:
            return "too many bytes wait to be written to Redis";
        case redis_errc::reply_too_large:
            return "Redis sent a reply that is too large";
        case redis_errc::protocol_error:
            return "Redis sent what is not a reply";
        case redis_errc::closed:
            return "the connection to Redis is closed";
        case redis_errc::connection_too_old:
            return "the connection to Redis was as old as it may get";
        case redis_errc::no_credentials:
            return "there are no credentials for Redis";
        case redis_errc::not_shareable:
            return "the command would change the connection for all who share it";
        case redis_errc::loading:
            return "Redis is loading its data";
        case redis_errc::read_only:
            return "Redis is a read-only replica";
        case redis_errc::out_of_memory:
            return "Redis is out of memory";
        case redis_errc::authentication_required:
            return "Redis requires a password";
        case redis_errc::wrong_password:
            return "Redis refused the user or the password";
        case redis_errc::no_permission:
            return "Redis denied permission";
        case redis_errc::busy:
            return "Redis is busy with a script";
        case redis_errc::master_down:
            return "Redis is a replica whose master is down";
        case redis_errc::misconfigured:
            return "Redis can't save its data and takes no writes";
        case redis_errc::moved:
            return "another node of the Redis cluster has the key";
        case redis_errc::ask:
            return "another node of the Redis cluster is to be asked";
        case redis_errc::cluster_down:
            return "the Redis cluster is down";
        case redis_errc::too_many_clients:
            return "Redis has too many clients";
        case redis_errc::no_script:
            return "Redis doesn't know the script";
        case redis_errc::not_enough_replicas:
            return "Redis has too few replicas and takes no writes";
        case redis_errc::unknown_command:
            return "Redis doesn't know the command";
        case redis_errc::wrong_type:
            return "the Redis key holds a value of another type";
        case redis_errc::server_error:
            return "Redis replied with an error";
        }
        return "unknown error";
    }

    boost::system::error_condition default_error_condition(int value) const noexcept override {
        if (static_cast<redis_errc>(value) == redis_errc::timed_out)
            return boost::system::errc::make_error_condition(boost::system::errc::timed_out);
        return {value, *this};
    }
};

inline constexpr redis_error_category redis_category_instance{};

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

} // namespace detail

inline boost::system::error_category const& redis_category() noexcept {
    return detail::redis_category_instance;
}

inline boost::system::error_code make_error_code(redis_errc e) noexcept {
    return {static_cast<int>(e), redis_category()};
}

} // namespace breakerbox

template <>
struct boost::system::is_error_code_enum<breakerbox::redis_errc> : std::true_type {};

#endif
