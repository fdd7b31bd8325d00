// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_GATEWAY_SUPPORT_CLIENT_HPP
#define BREAKERBOX_TESTS_GATEWAY_SUPPORT_CLIENT_HPP

#include <gateway/messages.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/error_code.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gateway_tests {

namespace asio = boost::asio;
namespace http = gateway::http;

inline gateway::request asks(http::verb method, std::string_view target, std::string body = {}) {
    gateway::request message{method, target, 11, std::move(body)};
    message.set(http::field::host, "gateway");
    message.prepare_payload();
    return message;
}

/// A connection of a client of the gateway.
class client {
public:
    client(asio::io_context& context, asio::ip::tcp::endpoint const& to) : socket_(context) {
        socket_.connect(to);
    }

    asio::awaitable<gateway::response> ask(gateway::request const& message) {
        co_await http::async_write(socket_, message, asio::use_awaitable);
        co_return co_await answer(message.method());
    }
    asio::awaitable<gateway::response> get(std::string_view target) {
        auto const message = asks(http::verb::get, target);
        co_return co_await ask(message);
    }
    asio::awaitable<gateway::response> post(std::string_view target, std::string body = {}) {
        auto const message = asks(http::verb::post, target, std::move(body));
        co_return co_await ask(message);
    }

    asio::awaitable<void> send(std::string_view bytes) {
        co_await asio::async_write(socket_, asio::buffer(bytes), asio::use_awaitable);
    }
    asio::awaitable<gateway::response> answer(http::verb method = http::verb::get) {
        http::response_parser<http::string_body> parser;
        parser.skip(method == http::verb::head);
        co_await http::async_read(socket_, buffer_, parser, asio::use_awaitable);
        co_return parser.release();
    }
    /// All that comes until the gateway closes the connection.
    asio::awaitable<std::string> rest() {
        std::string bytes{static_cast<char const*>(buffer_.data().data()), buffer_.size()};
        boost::system::error_code closed;
        co_await asio::async_read(socket_, asio::dynamic_buffer(bytes),
                                  asio::redirect_error(asio::use_awaitable, closed));
        co_return bytes;
    }
    /// All that comes up to the next such text, inclusive.
    asio::awaitable<std::string> until(std::string_view end) {
        auto const size =
            co_await asio::async_read_until(socket_, asio::dynamic_buffer(text_), end, asio::use_awaitable);
        auto read = text_.substr(0, size);
        text_.erase(0, size);
        co_return read;
    }

    void close() { socket_.close(); }

private:
    asio::ip::tcp::socket socket_;
    boost::beast::flat_buffer buffer_;
    std::string text_;
};

} // namespace gateway_tests

#endif
