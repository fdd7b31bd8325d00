// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_STREAM_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_STREAM_HPP

#include <breakerbox/base/config.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace breakerbox::detail {

/// Where all of a connection's work is done.
using connection_strand = asio::strand<asio::any_io_executor>;

/// A stream of bytes to one address. Everything is called on its strand, and completes there, never within the call.
/// Whoever waits for a completion keeps the stream and the buffer.
class byte_stream {
public:
    using endpoint = asio::generic::stream_protocol::endpoint;
    using on_connected = asio::any_completion_handler<void(boost::system::error_code)>;
    using on_transferred = asio::any_completion_handler<void(boost::system::error_code, std::size_t)>;

    byte_stream() = default;
    byte_stream(byte_stream const&) = delete;
    byte_stream& operator=(byte_stream const&) = delete;
    virtual ~byte_stream() = default;

    virtual void async_connect(endpoint const& server, on_connected done) = 0;

    /// Reads what there is, once there is something.
    virtual void async_read_some(asio::mutable_buffer to, on_transferred done) = 0;

    /// Writes what can be written without waiting; `would_block` if that is nothing.
    virtual std::size_t write_some(asio::const_buffer from, boost::system::error_code& error) = 0;

    /// Writes something, once it can.
    virtual void async_write_some(asio::const_buffer from, on_transferred done) = 0;

    /// Ends all that goes on, with `operation_aborted`.
    virtual void close() noexcept = 0;
};

/// Makes the streams of a connection, one for each address that is tried.
class stream_factory {
public:
    stream_factory() = default;
    stream_factory(stream_factory const&) = delete;
    stream_factory& operator=(stream_factory const&) = delete;
    virtual ~stream_factory() = default;

    /// `host` as the URL has it, for a certificate to be held against.
    virtual std::shared_ptr<byte_stream> make(connection_strand const& strand,
                                              std::string const& host) const = 0;
};

using generic_socket = asio::basic_stream_socket<asio::generic::stream_protocol, connection_strand>;

/// Has a connected socket never wait, neither in a call nor for more bytes to send.
inline void make_prompt(generic_socket& socket, byte_stream::endpoint const& server) noexcept {
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    auto const family = server.protocol().family();
    if (family == asio::ip::tcp::v4().family() || family == asio::ip::tcp::v6().family())
        socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}

/// A TCP or a Unix socket. It is waited for, and read once there is something: a read that is tried first would find
/// nothing after each reply.
class plain_stream final : public byte_stream {
public:
    explicit plain_stream(connection_strand const& strand) : socket_(strand) {}

    void async_connect(endpoint const& server, on_connected done) override {
        socket_.async_connect(
            server, [this, server, done = std::move(done)](boost::system::error_code error) mutable {
                if (!error)
                    make_prompt(socket_, server);
                std::move(done)(error);
            });
    }

    void async_read_some(asio::mutable_buffer to, on_transferred done) override {
        socket_.async_wait(generic_socket::wait_read,
                           [this, to, done = std::move(done)](boost::system::error_code error) mutable {
                               std::size_t size = 0;
                               if (!error)
                                   size = socket_.read_some(to, error);
                               if (error == asio::error::would_block)
                                   return async_read_some(to, std::move(done));
                               std::move(done)(error, size);
                           });
    }

    std::size_t write_some(asio::const_buffer from, boost::system::error_code& error) override {
        return socket_.write_some(from, error);
    }

    void async_write_some(asio::const_buffer from, on_transferred done) override {
        socket_.async_wait(generic_socket::wait_write,
                           [this, from, done = std::move(done)](boost::system::error_code error) mutable {
                               std::size_t size = 0;
                               if (!error)
                                   size = socket_.write_some(from, error);
                               if (error == asio::error::would_block)
                                   return async_write_some(from, std::move(done));
                               std::move(done)(error, size);
                           });
    }

    void close() noexcept override {
        boost::system::error_code ignored;
        socket_.close(ignored);
    }

private:
    generic_socket socket_;
};

} // namespace breakerbox::detail

#endif
