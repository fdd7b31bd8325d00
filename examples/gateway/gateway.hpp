// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_GATEWAY_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_GATEWAY_HPP

#include "settings.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace gateway {

/// The whole gateway. It is for an io_context that one thread runs.
class gateway {
public:
    /// Listens from now on, but answers nothing before `run`. Throws std::invalid_argument where a setting can't be
    /// right, and boost::system::system_error where it can't listen.
    gateway(asio::io_context& context, settings wanted);
    ~gateway();

    asio::ip::tcp::endpoint endpoint() const;

    /// Serves until `stop`, and returns when what was under way then has ended. To be called once; the gateway must
    /// outlive it.
    asio::awaitable<void> run();

    /// Accepts nothing more, ends the event streams, and lets requests that are under way end, within the settings'
    /// drain time; called again, without any more time.
    void stop();

private:
    class core;
    std::unique_ptr<core> core_;
};

} // namespace gateway

#endif
