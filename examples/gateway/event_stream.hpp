// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_EVENT_STREAM_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_EVENT_STREAM_HPP

#include "messages.hpp"

#include <breakerbox/base/config.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace gateway {

/// Tells any number of listeners the latest event. One that is slow misses those between, instead of having them
/// pile up. For one thread.
class broadcast {
public:
    explicit broadcast(asio::any_io_executor const& executor)
        : news_(executor, asio::steady_timer::time_point::max()) {}

    void publish(std::string data) {
        latest_ = std::move(data);
        ++number_;
        news_.cancel();
    }

    /// Ends all streams.
    void close() {
        closed_ = true;
        news_.cancel();
    }

    std::size_t listeners() const noexcept { return listeners_; }

    /// Streams events to a client as a text/event-stream, until the client goes, takes longer than `write_time` for one,
    /// or all ends.
    asio::awaitable<void> stream_to(beast::tcp_stream& client, bb::duration write_time) {
        listening const counted{listeners_};
        boost::system::error_code error;
        client.expires_after(write_time);
        http::response<http::empty_body> head{http::status::ok, 11};
        head.set(http::field::content_type, "text/event-stream");
        head.set(http::field::cache_control, "no-store");
        head.keep_alive(false); // its end is that of the connection
        http::response_serializer<http::empty_body> serializer{head};
        co_await http::async_write_header(client, serializer,
                                          asio::redirect_error(asio::use_awaitable, error));

        std::uint64_t seen = 0;
        while (!error && !closed_) {
            if (seen == number_) {
                boost::system::error_code woken;
                co_await news_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
                continue;
            }
            seen = number_;
            auto const event = "retry: 1000\ndata: " + latest_ + "\n\n";
            client.expires_after(write_time);
            co_await asio::async_write(client, asio::buffer(event),
                                       asio::redirect_error(asio::use_awaitable, error));
        }
    }

private:
    struct listening {
        explicit listening(std::size_t& all) : count(all) { ++count; }
        listening(listening const&) = delete;
        listening& operator=(listening const&) = delete;
        ~listening() { --count; }
        std::size_t& count;
    };

    asio::steady_timer news_; // never expires: cancelling it wakes all who wait
    std::string latest_;
    std::uint64_t number_ = 0;
    std::size_t listeners_ = 0;
    bool closed_ = false;
};

} // namespace gateway

#endif
