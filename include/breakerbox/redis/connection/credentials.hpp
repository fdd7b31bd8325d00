// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_CREDENTIALS_HPP
#define BREAKERBOX_REDIS_CONNECTION_CREDENTIALS_HPP

#include <breakerbox/base/config.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>
#include <utility>

namespace breakerbox {

/// Who a connection to Redis says that it is, for one handshake.
class redis_credentials {
public:
    /// Nobody: no AUTH is sent.
    redis_credentials() = default;

    /// An empty user stands for the default one.
    redis_credentials(std::string user, std::string password) noexcept
        : user_(std::move(user)), password_(std::move(password)) {}

    std::string const& user() const noexcept { return user_; }
    std::string const& password() const noexcept { return password_; }

private:
    std::string user_;
    std::string password_;
};

/// Asked before each handshake, so that a token that was renewed meanwhile needs no restart:
///
///     auto credentials = [&tokens]() -> boost::asio::awaitable<bb::redis_credentials> {
///         auto token = co_await tokens.current();
///         co_return bb::redis_credentials{"service", std::move(token)};
///     };
///
/// It runs on the connection's strand, within its `connect_timeout`, after which it is cancelled. Where it throws, the
/// connection is tried again later, as after any failure; no event has the exception's text.
using redis_credentials_provider = std::function<asio::awaitable<redis_credentials>()>;

} // namespace breakerbox

#endif
