// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_LINK_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_LINK_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/redis/connection/detail/credentials_inquiry.hpp>
#include <breakerbox/redis/connection/detail/handshake.hpp>
#include <breakerbox/redis/connection/detail/reply_reader.hpp>
#include <breakerbox/redis/connection/detail/stream.hpp>
#include <breakerbox/redis/connection/reply.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace breakerbox::detail {

/// One connection that is tried, or made: bytes out, replies in. What completes after it was given up finds another one in
/// its place. Each `done` is called on the strand, never within the call that it is given to, and keeps the link.
class connection_link {
public:
    using endpoint = byte_stream::endpoint;

    connection_link(std::shared_ptr<byte_stream> stream, endpoint const& server, std::size_t max_reply_bytes,
                    std::size_t max_reply_elements)
        : stream_(std::move(stream)), server_(server), reader_(max_reply_bytes, max_reply_elements) {}

    /// Calls `done(error_code)`.
    template <class Done>
    void connect(Done done) {
        stream_->async_connect(server_, std::move(done));
    }

    /// Calls `done(error_code, std::size_t)` once there are bytes, which go to `take` then.
    template <class Done>
    void read(Done done) {
        stream_->async_read_some(asio::buffer(input_), std::move(done));
    }

    /// Takes the bytes that were read.
    void take(std::size_t bytes) noexcept { reader_.feed({input_.data(), bytes}); }

    /// The next reply among them, as `reply_reader::next` gives it.
    boost::system::result<std::optional<redis_reply>> next_reply() noexcept { return reader_.next(); }

    /// Writes what `output` has, for as long as that needs no waiting: `to_write()` gives the next bytes, `wrote(n)` is
    /// told. Gives those that have to wait.
    template <class Output>
    boost::system::result<std::string_view> write_at_once(Output& output) {
        for (auto bytes = output.to_write(); !bytes.empty(); bytes = output.to_write()) {
            boost::system::error_code error;
            auto const size = stream_->write_some(asio::buffer(bytes), error);
            if (!error)
                output.wrote(size);
            else if (error != asio::error::would_block)
                return error;
            else
                return bytes;
        }
        return std::string_view{};
    }

    /// Writes some of the bytes, once that can be, and calls `done(error_code, std::size_t)`.
    template <class Done>
    void write_later(std::string_view bytes, Done done) {
        stream_->async_write_some(
            asio::buffer(bytes),
            [this, done = std::move(done)](boost::system::error_code error, std::size_t size) mutable {
                is_writing_ = false;
                done(error, size);
            });
        is_writing_ = true; // unless there was no memory for that
    }

    /// Whether bytes wait to be written, to which nothing may be added now.
    bool is_writing() const noexcept { return is_writing_; }

    void close() noexcept { stream_->close(); }

    endpoint const& server() const noexcept { return server_; }

    credentials_inquiry credentials;
    /// What is said first; none until it is known who this is.
    std::optional<handshake> hello;
    /// Set to an error that a server is left for once what came together with it is delivered.
    boost::system::error_code to_be_left_for;

private:
    std::shared_ptr<byte_stream> stream_;
    endpoint server_;
    reply_reader reader_;
    bool is_writing_ = false;
    std::array<char, 16 * 1024> input_;
};

} // namespace breakerbox::detail

#endif
