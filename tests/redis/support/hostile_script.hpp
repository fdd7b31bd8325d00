// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REDIS_SUPPORT_HOSTILE_SCRIPT_HPP
#define BREAKERBOX_TESTS_REDIS_SUPPORT_HOSTILE_SCRIPT_HPP

#include <breakerbox/redis/connection/script.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

/// A command that a hostile_server was sent.
struct hostile_request {
    std::size_t connection; // from 0, in the order they were made
    std::size_t number;     // from 0, on its connection; what belongs to the hand-shake doesn't count
    std::vector<std::string> arguments;

    bool is(std::string_view name) const { return !arguments.empty() && arguments.front() == name; }

    /// Whether it belongs to what a client sends of itself, unasked by its user.
    bool is_handshake() const {
        for (auto const name : {"AUTH", "CLIENT", "HELLO", "PING", "SCRIPT", "SELECT"}) {
            if (is(name))
                return true;
        }
        return false;
    }
};

/// What is done about it.
struct hostile_reply {
    enum class ending { go_on, close, reset, flood };

    std::string bytes;           // sent as they are: nothing, half a reply, or two
    ending then = ending::go_on; // flood: bytes without an end, until the client has enough
    bool is_held = false;  // sent only once the test calls let_go(); until then nothing more is read either
    std::size_t piece = 0; // how many bytes are written at once; 0: all of them
};

using hostile_script = std::function<hostile_reply(hostile_request const&)>;

// Replies, and what can be done to them: closing(status("OK")), cut(bulk("value"), 4), held(integer(1)).

inline hostile_reply raw(std::string bytes) {
    return {.bytes = std::move(bytes)};
}
inline hostile_reply silence() {
    return {};
}
inline hostile_reply status(std::string const& text) {
    return raw("+" + text + "\r\n");
}
inline hostile_reply error(std::string const& text) {
    return raw("-" + text + "\r\n");
}
inline hostile_reply integer(std::int64_t number) {
    return raw(":" + std::to_string(number) + "\r\n");
}
inline hostile_reply bulk(std::string const& text) {
    return raw("$" + std::to_string(text.size()) + "\r\n" + text + "\r\n");
}

inline hostile_reply closing(hostile_reply reply) {
    reply.then = hostile_reply::ending::close;
    return reply;
}

inline hostile_reply resetting(hostile_reply reply) {
    reply.then = hostile_reply::ending::reset;
    return reply;
}

inline hostile_reply flooding(hostile_reply reply) {
    reply.then = hostile_reply::ending::flood;
    return reply;
}

inline hostile_reply held(hostile_reply reply) {
    reply.is_held = true;
    return reply;
}

inline hostile_reply in_pieces(hostile_reply reply, std::size_t piece) {
    reply.piece = piece;
    return reply;
}

/// The first bytes of a reply, and no more.
inline hostile_reply cut(hostile_reply reply, std::size_t size) {
    reply.bytes.resize(size);
    return reply;
}

/// As a server answers that has nothing against the client: OK, mostly.
inline hostile_reply polite(hostile_request const& request) {
    if (request.is("PING"))
        return status("PONG");
    if (request.is("HELLO"))
        return error("ERR unknown command 'HELLO'");
    if (request.is("SCRIPT") && request.arguments.size() == 3)
        return bulk(breakerbox::redis_script{request.arguments[2]}.sha1());
    return status("OK");
}

/// Polite in the hand-shake; the script answers all else.
inline hostile_script after_handshake(hostile_script script) {
    return [script = std::move(script)](hostile_request const& request) {
        return request.is_handshake() ? polite(request) : script(request);
    };
}

} // namespace support

#endif
