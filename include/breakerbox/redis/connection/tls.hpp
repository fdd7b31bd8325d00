// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_TLS_HPP
#define BREAKERBOX_REDIS_CONNECTION_TLS_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/text_view.hpp>
#include <breakerbox/redis/connection/detail/stream.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/ssl/stream_base.hpp>
#include <boost/asio/ssl/verify_mode.hpp>
#include <boost/system/error_code.hpp>

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace breakerbox {

/// How a TLS connection to Redis is made.
struct redis_tls_options {
    /// The name that the server's certificate must be for, and that it is told; empty for the host of the URL.
    text_view server_name{};
    /// Without it anybody can be the server: for tests alone.
    bool verify_server = true;
};

namespace detail {

/// TLS on a TCP socket; connected means that the server's certificate has been verified.
class tls_stream final : public byte_stream {
public:
    tls_stream(connection_strand const& strand, asio::ssl::context& context, std::string const& name,
               bool verify)
        : stream_(generic_socket{strand}, context) {
        stream_.set_verify_mode(verify ? asio::ssl::verify_peer : asio::ssl::verify_none);
        if (verify)
            stream_.set_verify_callback(asio::ssl::host_name_verification(name));
        boost::system::error_code is_name;
        asio::ip::make_address(name, is_name);
        if (is_name) // SNI knows no addresses
            SSL_ctrl(stream_.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                     const_cast<char*>(name.c_str())); // what the macro does, without its old-style cast
    }

    void async_connect(endpoint const& server, on_connected done) override {
        stream_.lowest_layer().async_connect(
            server, [this, server, done = std::move(done)](boost::system::error_code error) mutable {
                if (error)
                    return std::move(done)(error);
                make_prompt(stream_.next_layer(), server);
                stream_.async_handshake(asio::ssl::stream_base::client, std::move(done));
            });
    }

    void async_read_some(asio::mutable_buffer to, on_transferred done) override {
        stream_.async_read_some(to, std::move(done));
    }

    std::size_t write_some(asio::const_buffer, boost::system::error_code& error) override {
        error = asio::error::would_block; // a write may have to read first
        return 0;
    }

    void async_write_some(asio::const_buffer from, on_transferred done) override {
        // OpenSSL may look at them again when the connection has long been given up, and they with it.
        auto const* const bytes = static_cast<char const*>(from.data());
        output_.assign(bytes, bytes + from.size());
        stream_.async_write_some(asio::buffer(output_), std::move(done));
    }

    void close() noexcept override {
        boost::system::error_code ignored;
        stream_.lowest_layer().close(ignored);
    }

private:
    asio::ssl::stream<generic_socket> stream_;
    std::vector<char> output_;
};

class tls_factory final : public stream_factory {
public:
    tls_factory(std::shared_ptr<asio::ssl::context> context, redis_tls_options const& options)
        : context_(std::move(context)),
          server_name_(std::string_view{options.server_name}),
          verify_server_(options.verify_server) {}

    std::shared_ptr<byte_stream> make(connection_strand const& strand,
                                      std::string const& host) const override {
        return std::make_shared<tls_stream>(strand, *context_, server_name_.empty() ? host : server_name_,
                                            verify_server_);
    }

private:
    std::shared_ptr<asio::ssl::context> context_;
    std::string server_name_;
    bool verify_server_;
};

} // namespace detail

/// The transport that a redis_connection needs for a `rediss://` URL. The certificate must be signed by one that the context
/// trusts, whatever the context's own verify mode is, and be for the server's name.
inline std::shared_ptr<detail::stream_factory const> redis_tls(std::shared_ptr<asio::ssl::context> context,
                                                               redis_tls_options const& options = {}) {
    return std::make_shared<detail::tls_factory>(std::move(context), options);
}

/// As above; the context must outlive the connection.
inline std::shared_ptr<detail::stream_factory const> redis_tls(asio::ssl::context& context,
                                                               redis_tls_options const& options = {}) {
    return redis_tls(std::shared_ptr<asio::ssl::context>{std::shared_ptr<void>{}, &context}, options);
}

} // namespace breakerbox

#endif
