// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_LINK_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_LINK_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/redis/connection/config.hpp>
#include <breakerbox/redis/connection/credentials.hpp>
#include <breakerbox/redis/connection/detail/handshake.hpp>
#include <breakerbox/redis/connection/detail/reply_reader.hpp>
#include <breakerbox/redis/connection/detail/stream.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace breakerbox::detail {

/// One connection that is tried, or made. What completes after it was given up finds another one in its place.
struct connection_link {
    connection_link(std::shared_ptr<byte_stream> s, byte_stream::endpoint const& e,
                    redis_config const& config)
        : stream(std::move(s)), server(e), reader(config.max_reply_bytes, config.max_reply_elements) {}

    std::string_view unwritten_hello() const noexcept { return hello->bytes().substr(hello_written); }

    /// Has `done(std::exception_ptr, redis_credentials)` called on the strand, never within this call, unless its
    /// context goes.
    template <class Done>
    void ask_for_credentials(redis_credentials_provider const& provider, connection_strand const& strand,
                             Done done) {
        asio::co_spawn(strand, provider(),
                       asio::bind_cancellation_slot(
                           asking.slot(), [strand, done = std::move(done)](std::exception_ptr thrown,
                                                                           redis_credentials given) mutable {
                               asio::post(strand, [done = std::move(done), thrown = std::move(thrown),
                                                   given = std::move(given)]() mutable {
                                   done(std::move(thrown), std::move(given));
                               });
                           }));
    }

    void stop_asking() { asking.emit(asio::cancellation_type::terminal); }

    std::shared_ptr<byte_stream> stream;
    byte_stream::endpoint server;
    reply_reader reader;
    std::optional<redis_credentials> credentials{}; // once they are given, where they are asked for
    std::optional<handshake> hello{};
    std::size_t hello_written = 0;
    bool is_writing = false;
    boost::system::error_code to_be_left_for; // once what came together with that error is delivered
    asio::cancellation_signal asking;
    std::array<char, 16 * 1024> input;
};

/// While one exists, commands that are accepted wait for one common flush, which its owner makes.
class cork {
public:
    explicit cork(bool& flag) noexcept : flag_(flag), before_(std::exchange(flag_, true)) {}
    cork(cork const&) = delete;
    cork& operator=(cork const&) = delete;
    ~cork() { flag_ = before_; }

private:
    bool& flag_;
    bool before_;
};

} // namespace breakerbox::detail

#endif
