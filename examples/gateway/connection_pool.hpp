// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_CONNECTION_POOL_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_CONNECTION_POOL_HPP

#include "settings.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace gateway {

/// A connection to an upstream, for one request at a time.
struct upstream_connection {
    explicit upstream_connection(asio::any_io_executor const& executor) : socket(executor) {
        buffer.reserve(16 * 1024); // Beast reads no more at once than there is room for: else half a kilobyte
    }

    asio::ip::tcp::socket socket;
    boost::beast::flat_buffer buffer;
    std::chrono::steady_clock::time_point idle_since{};
};

/// Makes connections to one upstream, and keeps those that can be used again. For one thread.
class connection_pool {
public:
    using connection = std::unique_ptr<upstream_connection>;

    /// The address must outlive the pool.
    connection_pool(asio::any_io_executor executor, upstream_address const& address)
        : executor_(std::move(executor)), address_(address) {}

    /// The connection that was used last, if it is open still as far as can be told; or null.
    connection take_idle() {
        while (!idle_.empty()) {
            auto candidate = std::move(idle_.back());
            idle_.pop_back();
            if (std::chrono::steady_clock::now() - candidate->idle_since < longest_idle_time &&
                is_quiet(candidate->socket))
                return candidate;
        }
        return nullptr;
    }

    void put_back(connection used) {
        if (idle_.size() == most_idle)
            idle_.erase(idle_.begin());
        used->idle_since = std::chrono::steady_clock::now();
        idle_.push_back(std::move(used));
    }

    /// A new one. Cancelled, it ends at once, but for the look-up of a name.
    asio::awaitable<boost::system::result<connection>> connect() {
        boost::system::error_code error;
        auto const endpoints = co_await resolve(error);
        if (error)
            co_return error;
        auto made = std::make_unique<upstream_connection>(executor_);
        co_await asio::async_connect(made->socket, endpoints,
                                     asio::redirect_error(asio::use_awaitable, error));
        if (!error)
            made->socket.set_option(asio::ip::tcp::no_delay{true}, error);
        if (!error)
            made->socket.non_blocking(true, error); // for is_quiet
        if (error)
            co_return error;
        co_return made;
    }

private:
    static constexpr std::size_t most_idle = 64;
    /// Shorter than what servers grant, so that it is not they who close a connection just when it is used.
    static constexpr std::chrono::seconds longest_idle_time{4};

    /// An upstream that has something to say between two requests says that it is closing.
    static bool is_quiet(asio::ip::tcp::socket& socket) {
        char next = 0;
        boost::system::error_code error;
        socket.receive(asio::buffer(&next, 1), asio::ip::tcp::socket::message_peek, error);
        return error == asio::error::would_block;
    }

    asio::awaitable<std::vector<asio::ip::tcp::endpoint>> resolve(boost::system::error_code& error) const {
        std::vector<asio::ip::tcp::endpoint> endpoints;
        boost::system::error_code not_numeric;
        auto const address = asio::ip::make_address(address_.host, not_numeric);
        if (!not_numeric) {
            endpoints.emplace_back(address, static_cast<std::uint16_t>(std::stoi(address_.port)));
            co_return endpoints;
        }
        asio::ip::tcp::resolver resolver{executor_};
        auto const found = co_await resolver.async_resolve(address_.host, address_.port,
                                                           asio::redirect_error(asio::use_awaitable, error));
        for (auto const& entry : found)
            endpoints.push_back(entry.endpoint());
        co_return endpoints;
    }

    asio::any_io_executor executor_;
    upstream_address const& address_;
    std::vector<connection> idle_;
};

} // namespace gateway

#endif
