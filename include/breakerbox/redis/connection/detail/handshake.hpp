// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_HANDSHAKE_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_HANDSHAKE_HPP

#include <breakerbox/redis/connection/address.hpp>
#include <breakerbox/redis/connection/command.hpp>
#include <breakerbox/redis/connection/config.hpp>
#include <breakerbox/redis/connection/detail/error_replies.hpp>
#include <breakerbox/redis/connection/error.hpp>
#include <breakerbox/redis/connection/reply.hpp>
#include <breakerbox/redis/connection/script.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace breakerbox::detail {

/// What a connection says first, in one write, and what the answers mean.
///
/// That AUTH or SELECT fails ends the connection; CLIENT SETNAME and SCRIPT LOAD may fail, and do for a user with few
/// rights. The PING at the end is what a server refuses that wants a password or still loads, where the others pass.
class handshake {
public:
    handshake(redis_address const& address, std::string_view client_name,
              std::vector<redis_script> const& scripts, redis_handshake extent = redis_handshake::full)
        : has_secrets_(!address.user.empty() || !address.password.empty()) {
        if (!address.user.empty())
            add({"AUTH", address.user, address.password}, true);
        else if (!address.password.empty())
            add({"AUTH", address.password}, true);
        if (address.database)
            add({"SELECT", std::to_string(*address.database)}, true);
        if (extent == redis_handshake::minimal)
            return;
        if (!client_name.empty())
            add({"CLIENT", "SETNAME", client_name}, false);
        for (auto const& script : scripts)
            add({"SCRIPT", "LOAD", script.text()}, false);
        add({"PING"}, false);
    }

    std::string_view unwritten() const noexcept { return std::string_view{bytes_}.substr(written_); }

    void wrote(std::size_t bytes) noexcept { written_ += bytes; }

    /// Takes the next reply. Gives the error that ends the connection, if it is one, or if it is the last one and came
    /// before all was written.
    boost::system::error_code on_reply(redis_reply const& reply) {
        auto const must_succeed = static_cast<bool>(must_succeed_[answered_++]);
        if (!reply.is_error())
            return unasked_end();
        auto const error = error_of(reply.text());
        if (!must_succeed && !ends_connection(error) && !reply.text().starts_with("DENIED"))
            return unasked_end();
        text_ = told_of(reply.text());
        return error;
    }

    /// Whether there is nothing to say.
    bool is_empty() const noexcept { return must_succeed_.empty(); }

    bool is_done() const noexcept { return answered_ == must_succeed_.size(); }

    /// The server's words to what ends the connection, as `told_of` says.
    std::string const& text() const noexcept { return text_; }

    /// What may be told of an error reply: all of it or, where the server knows a password, only by what it is
    /// recognised. A server that has no AUTH repeats the arguments of what it doesn't know, and be it a part of them.
    std::string_view told_of(std::string_view error_reply) const noexcept {
        if (!has_secrets_)
            return error_reply;
        auto const* const beginning = beginning_of(error_reply);
        return beginning == nullptr ? "its words are left out, since they may hold the password"
                                    : beginning->text;
    }

private:
    static bool ends_connection(redis_errc error) noexcept {
        switch (error) {
        case redis_errc::loading:
        case redis_errc::authentication_required:
        case redis_errc::wrong_password:
        case redis_errc::too_many_clients:
        case redis_errc::master_down:
            return true;
        default:
            return false;
        }
    }

    boost::system::error_code unasked_end() const noexcept {
        return is_done() && !unwritten().empty() ? redis_errc::protocol_error : boost::system::error_code{};
    }

    void add(std::initializer_list<std::string_view> arguments, bool must_succeed) {
        bytes_ += redis_command{arguments}.bytes();
        must_succeed_.push_back(must_succeed);
    }

    bool has_secrets_;
    std::string bytes_;
    std::size_t written_ = 0;
    std::vector<char> must_succeed_; // of each command
    std::size_t answered_ = 0;
    std::string text_;
};

} // namespace breakerbox::detail

#endif
