// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_ERRC_HPP
#define BREAKERBOX_REDIS_CONNECTION_ERRC_HPP

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

} // namespace breakerbox

#endif
