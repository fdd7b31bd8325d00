// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_GATEWAY_SUPPORT_FAKE_UPSTREAM_HPP
#define BREAKERBOX_TESTS_GATEWAY_SUPPORT_FAKE_UPSTREAM_HPP

#include <gateway/messages.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace gateway_tests {

namespace asio = boost::asio;
namespace http = gateway::http;

/// What a fake upstream does with a request: its answer, or nothing to close the connection without one.
using behaviour = std::function<asio::awaitable<std::optional<gateway::response>>(gateway::request const&)>;

inline gateway::response answer(http::status status, std::string body = "well\n") {
    gateway::response made{status, 11, std::move(body)};
    made.prepare_payload();
    return made;
}

/// An HTTP server on a free port of 127.0.0.1, in the test's own thread, which keeps what it was asked.
class fake_upstream {
public:
    fake_upstream(asio::io_context& context, behaviour answers)
        : acceptor_(context, {asio::ip::address_v4::loopback(), 0}), answers_(std::move(answers)) {
        asio::co_spawn(context, accept_all(), [](std::exception_ptr) {});
    }

    std::uint16_t port() const { return port_; }

    /// What it was asked, in the order of arrival.
    std::vector<gateway::request> const& requests() const noexcept { return requests_; }
    std::size_t connections() const noexcept { return accepted_; }
    std::size_t open_connections() const noexcept { return served_.size(); }

    void close_connections() {
        for (auto& signal : served_)
            signal.emit(asio::cancellation_type::terminal);
    }
    void stop() {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        close_connections();
    }

private:
    asio::awaitable<void> accept_all() {
        for (;;) {
            auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
            ++accepted_;
            auto const place = served_.emplace(served_.end());
            asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)),
                           asio::bind_cancellation_slot(
                               place->slot(), [this, place](std::exception_ptr) { served_.erase(place); }));
        }
    }

    asio::awaitable<void> serve(asio::ip::tcp::socket socket) {
        boost::beast::flat_buffer buffer;
        for (;;) {
            gateway::request message;
            co_await http::async_read(socket, buffer, message, asio::use_awaitable);
            requests_.push_back(message);
            using namespace asio::experimental::awaitable_operators;
            auto either = answers_(message) || wait_for_departure(socket);
            auto const ended = co_await std::move(either);
            auto const* made = std::get_if<0>(&ended);
            if (made == nullptr || !*made)
                co_return;
            auto const& answer = **made;
            co_await http::async_write(socket, answer, asio::use_awaitable);
            if (!answer.keep_alive())
                co_return;
        }
    }

    /// The gateway sends nothing before it has its answer.
    static asio::awaitable<void> wait_for_departure(asio::ip::tcp::socket& socket) {
        co_await socket.async_wait(asio::ip::tcp::socket::wait_read, asio::use_awaitable);
    }

    asio::ip::tcp::acceptor acceptor_;
    std::uint16_t port_ = acceptor_.local_endpoint().port();
    behaviour answers_;
    std::vector<gateway::request> requests_;
    std::size_t accepted_ = 0;
    std::list<asio::cancellation_signal> served_;
};

} // namespace gateway_tests

#endif
