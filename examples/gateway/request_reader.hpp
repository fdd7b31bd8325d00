// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_REQUEST_READER_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_REQUEST_READER_HPP

#include "messages.hpp"
#include "policy.hpp"
#include "settings.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace gateway {

/// How what is wrong with a request is answered; nothing where the client is gone or has run out of time.
inline std::optional<http::status> refusal_of(boost::system::error_code const& error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
        return http::status::request_header_fields_too_large;
    if (error == http::error::body_limit)
        return http::status::payload_too_large;
    if (error == http::error::bad_version)
        return http::status::http_version_not_supported;
    if (error == http::error::end_of_stream || error == http::error::partial_message ||
        error.category() != http::make_error_code(http::error::bad_version).category())
        return std::nullopt;
    return http::status::bad_request;
}

/// Why a request that has come so far, to the end of its header, is refused.
inline std::optional<http::status> refusal_of(http::request_parser<http::string_body> const& begun) {
    auto const& header = begun.get();
    if (!has_right_host(header))
        return http::status::bad_request;
    if (is_refused_method(header.method()))
        return http::status::not_implemented;
    // Where it ends that comes in another encoding than chunks can't be told.
    if (header.count(http::field::transfer_encoding) != 0 && !begun.chunked())
        return http::status::not_implemented;
    return std::nullopt;
}

/// Reads one client's requests, each within its limits. The stream and the limits must outlive it.
class request_reader {
    static auto noting(boost::system::error_code& error) {
        return asio::redirect_error(asio::use_awaitable, error);
    }

public:
    request_reader(beast::tcp_stream& stream, client_limits const& limits)
        : stream_(stream), limits_(limits) {}

    /// Whether something of a next request is here already.
    bool has_begun() const noexcept { return buffer_.size() != 0; }

    /// Waits for the first byte of a request; returns whether it came.
    asio::awaitable<bool> await_first_byte() {
        boost::system::error_code error;
        stream_.expires_after(limits_.idle_time);
        auto const bytes = co_await stream_.async_read_some(buffer_.prepare(first_read), noting(error));
        buffer_.commit(bytes);
        co_return !error;
    }

    /// Reads a request that has begun. Without one, either there is a status to refuse it with, or the client is gone.
    asio::awaitable<std::optional<request>> read(std::optional<http::status>& refusal) {
        http::request_parser<http::string_body> incoming;
        incoming.header_limit(limits_.header_bytes);
        incoming.body_limit(limits_.body_bytes);
        boost::system::error_code error;
        stream_.expires_after(limits_.header_time);
        co_await http::async_read_header(stream_, buffer_, incoming, noting(error));
        refusal = error ? refusal_of(error) : refusal_of(incoming);
        if (error || refusal)
            co_return std::nullopt;
        if (!incoming.is_done()) {
            stream_.expires_after(limits_.body_time);
            buffer_.reserve(body_read); // Beast reads no more at once than there is room for
            if (beast::iequals(incoming.get()[http::field::expect], "100-continue"))
                co_await asio::async_write(stream_, asio::buffer(go_on), noting(error));
            if (!error)
                co_await http::async_read(stream_, buffer_, incoming, noting(error));
            if (error) {
                refusal = refusal_of(error);
                co_return std::nullopt;
            }
        }
        co_return incoming.release();
    }

private:
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    static constexpr std::size_t first_read = 4096;
    static constexpr std::size_t body_read = 16 * 1024;

    beast::tcp_stream& stream_;
    client_limits const& limits_;
    beast::flat_buffer buffer_;
};

} // namespace gateway

#endif
