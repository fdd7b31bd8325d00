// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REDIS_SUPPORT_BLOCKING_CLIENT_HPP
#define BREAKERBOX_TESTS_REDIS_SUPPORT_BLOCKING_CLIENT_HPP

#include <hiredis/hiredis.h>

#include <sys/socket.h>
#include <sys/time.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// A reply, by value.
struct plain_reply {
    enum class kind { nil, text, integer, array, error };

    kind is = kind::nil;
    std::string text; // a string's, a status' or an error's
    std::int64_t integer = 0;
    std::vector<plain_reply> elements;

    friend bool operator==(plain_reply const&, plain_reply const&) = default;
};

/// hiredis' blocking context: what another process sees and does, a Python service or redis-cli.
///
/// Each call takes at most the time-out, then throws std::runtime_error, as it does where the connection breaks; an
/// error reply is a reply. One thread at a time.
class blocking_client {
public:
    static constexpr std::chrono::milliseconds default_timeout{5000};

    blocking_client(std::string const& host, std::uint16_t port,
                    std::chrono::milliseconds timeout = default_timeout)
        : blocking_client{redisConnectWithTimeout(host.c_str(), port, timeval_of(timeout)), timeout} {}

    explicit blocking_client(std::string const& socket_path,
                             std::chrono::milliseconds timeout = default_timeout)
        : blocking_client{redisConnectUnixWithTimeout(socket_path.c_str(), timeval_of(timeout)), timeout} {}

    /// client("SET", "key", "value"): the reply, whatever it is.
    template <class... Arguments>
    plain_reply operator()(Arguments const&... arguments) {
        return execute({std::string_view{arguments}...});
    }

    plain_reply execute(std::vector<std::string_view> const& arguments) {
        send(arguments);
        return receive();
    }

    /// The text of a reply that must be one, else throws std::runtime_error.
    template <class... Arguments>
    std::string text(Arguments const&... arguments) {
        return expect(plain_reply::kind::text, (*this)(arguments...)).text;
    }

    /// The number of a reply that must be one, else throws std::runtime_error.
    template <class... Arguments>
    std::int64_t integer(Arguments const&... arguments) {
        return expect(plain_reply::kind::integer, (*this)(arguments...)).integer;
    }

    /// A command whose reply is received later, or never.
    void send(std::vector<std::string_view> const& arguments) {
        std::vector<char const*> starts;
        std::vector<std::size_t> lengths;
        for (auto const argument : arguments) {
            starts.push_back(argument.data());
            lengths.push_back(argument.size());
        }
        char* command = nullptr;
        auto const length =
            redisFormatCommandArgv(&command, static_cast<int>(starts.size()), starts.data(), lengths.data());
        if (length < 0)
            throw std::runtime_error("hiredis could not format a command");
        std::unique_ptr<char, decltype(&redisFreeCommand)> const owner{command, &redisFreeCommand};
        send_bytes({command, static_cast<std::size_t>(length)});
    }

    /// By itself, since hiredis' own write to a connection that the server closed ends the process with SIGPIPE.
    void send_bytes(std::string_view bytes) {
        while (!bytes.empty()) {
            auto const sent = ::send(context_->fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0)
                throw std::runtime_error("the blocking client could not write");
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    plain_reply receive() {
        void* reply = nullptr;
        if (redisGetReply(context_.get(), &reply) != REDIS_OK)
            throw std::runtime_error(std::string{"the blocking client got no reply: "} +
                                     static_cast<char const*>(context_->errstr));
        std::unique_ptr<void, decltype(&freeReplyObject)> const owner{reply, &freeReplyObject};
        return copy_of(*static_cast<redisReply const*>(reply));
    }

private:
    blocking_client(redisContext* context, std::chrono::milliseconds timeout)
        : context_{context, &redisFree} {
        if (context == nullptr)
            throw std::runtime_error("hiredis could not allocate a context");
        if (context->err != 0)
            throw std::runtime_error(std::string{"the blocking client could not connect: "} +
                                     static_cast<char const*>(context->errstr));
        redisSetTimeout(context, timeval_of(timeout));
    }

    static timeval timeval_of(std::chrono::milliseconds time) {
        return {.tv_sec = time.count() / 1000, .tv_usec = time.count() % 1000 * 1000};
    }

    static plain_reply expect(plain_reply::kind kind, plain_reply reply) {
        if (reply.is != kind)
            throw std::runtime_error("the blocking client got a reply of another kind: " + reply.text);
        return reply;
    }

    static plain_reply copy_of(redisReply const& reply) {
        plain_reply copy;
        switch (reply.type) {
        case REDIS_REPLY_NIL:
            break;
        case REDIS_REPLY_INTEGER:
            copy.is = plain_reply::kind::integer;
            copy.integer = reply.integer;
            break;
        case REDIS_REPLY_ARRAY:
            copy.is = plain_reply::kind::array;
            for (std::size_t i = 0; i != reply.elements; ++i)
                copy.elements.push_back(copy_of(*reply.element[i]));
            break;
        default:
            copy.is = reply.type == REDIS_REPLY_ERROR ? plain_reply::kind::error : plain_reply::kind::text;
            copy.text.assign(reply.str, static_cast<std::size_t>(reply.len));
        }
        return copy;
    }

    std::unique_ptr<redisContext, decltype(&redisFree)> context_;
};

} // namespace support

#endif
