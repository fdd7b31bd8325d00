// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_HTTP_SERVER_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_HTTP_SERVER_HPP

#include "http_session.hpp"
#include "settings.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <list>
#include <utility>

namespace gateway {

/// Accepts connections and lets each have its session; ends without cutting off what is under way. For one thread.
class http_server {
public:
    /// Listens from now on. Throws boost::system::system_error where it can't. Limits and handler must outlive it.
    http_server(asio::any_io_executor const& executor, asio::ip::tcp::endpoint const& at,
                client_limits const& limits, request_handler& handler)
        : acceptor_(executor, at),
          change_(executor, asio::steady_timer::time_point::max()),
          limits_(limits),
          handler_(handler) {}

    asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }
    std::size_t connections() const noexcept { return sessions_.size(); }

    /// Accepts until `stop`, then returns when all sessions have ended: by themselves, or `drain_time` after the stop.
    asio::awaitable<void> run(bb::duration drain_time) {
        co_await accept_all();
        for (auto& session : sessions_)
            session.drain();
        auto const latest = asio::steady_timer::clock_type::now() + drain_time;
        while (!sessions_.empty() && !impatient_ && asio::steady_timer::clock_type::now() < latest)
            co_await wait_for_change(latest);
        for (auto& session : sessions_)
            session.cancellation().emit(asio::cancellation_type::terminal);
        while (!sessions_.empty())
            co_await wait_for_change(asio::steady_timer::time_point::max());
    }

    /// The second time, sessions are given no more time.
    void stop() {
        impatient_ = !acceptor_.is_open();
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        change_.cancel();
    }

private:
    using session_place = std::list<http_session>::iterator;

    asio::awaitable<void> accept_all() {
        while (acceptor_.is_open()) {
            // Beyond the limit they wait where the system keeps them.
            if (sessions_.size() >= limits_.connections) {
                co_await wait_for_change(asio::steady_timer::time_point::max());
                continue;
            }
            boost::system::error_code error;
            asio::ip::tcp::socket socket{acceptor_.get_executor()};
            co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
            if (!error)
                start(std::move(socket));
            else if (acceptor_.is_open()) // there are no descriptors left, or the client has gone already
                co_await wait_for_change(asio::steady_timer::clock_type::now() +
                                         std::chrono::milliseconds{50});
        }
    }

    void start(asio::ip::tcp::socket socket) {
        auto const place = sessions_.emplace(sessions_.end(), std::move(socket), limits_, handler_);
        asio::co_spawn(acceptor_.get_executor(), place->run(),
                       asio::bind_cancellation_slot(place->cancellation().slot(),
                                                    [this, place](std::exception_ptr) { end(place); }));
    }

    /// Whatever a session ended with was between it and its client.
    void end(session_place place) {
        sessions_.erase(place);
        change_.cancel();
    }

    asio::awaitable<void> wait_for_change(asio::steady_timer::time_point latest) {
        boost::system::error_code woken;
        change_.expires_at(latest);
        co_await change_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }

    asio::ip::tcp::acceptor acceptor_;
    asio::steady_timer change_;
    client_limits const& limits_;
    request_handler& handler_;
    std::list<http_session> sessions_;
    bool impatient_ = false;
};

} // namespace gateway

#endif
