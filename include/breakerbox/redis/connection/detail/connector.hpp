// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTOR_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTOR_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/redis/connection/address.hpp>
#include <breakerbox/redis/connection/config.hpp>
#include <breakerbox/redis/connection/credentials.hpp>
#include <breakerbox/redis/connection/detail/address_watch.hpp>
#include <breakerbox/redis/connection/detail/connection_link.hpp>
#include <breakerbox/redis/connection/detail/server_names.hpp>
#include <breakerbox/redis/connection/detail/stream.hpp>
#include <breakerbox/redis/connection/script.hpp>

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace breakerbox::detail {

/// The steps to a link that is ready: the server's addresses, a link to one of them, and what is said on it first. When
/// each is taken, `connection_life` decides. Each callback keeps whatever the connector belongs to.
class connector {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Address and configuration must outlive it.
    connector(redis_address const& address, redis_config const& config,
              std::shared_ptr<stream_factory const> transport, redis_credentials_provider credentials)
        : address_(address),
          config_(config),
          transport_(std::move(transport)),
          credentials_(std::move(credentials)),
          watch_({config.reconnect_min, config.reconnect_max}) {}

    /// Finds the addresses, be it none and an error, where the server has no name to be looked up; false if it has one.
    bool find_without_look_up(boost::system::error_code& error) {
        endpoints_ = endpoints_without_look_up(address_, error);
        has_name_ = endpoints_.empty() && !error;
        return !has_name_;
    }

    /// Looks up the server's name, and calls `done(error_code)` on the strand, unless that is forgotten before.
    template <class Done>
    void look_up(server_names& names, Done done) {
        names.look_up(address_, [this, look_up = ++look_up_, done = std::move(done)](
                                    boost::system::error_code error, server_endpoints found) mutable {
            if (look_up != look_up_)
                return;
            endpoints_ = std::move(found);
            done(error);
        });
    }

    void forget_look_ups(server_names& names) {
        ++look_up_;
        names.cancel();
    }

    /// How many addresses were found.
    std::size_t addresses() const noexcept { return endpoints_.size(); }

    std::shared_ptr<connection_link> make_link(connection_strand const& strand, std::size_t address) const {
        return std::make_shared<connection_link>(
            transport_ ? transport_->make(strand, address_.host) : std::make_shared<plain_stream>(strand),
            endpoints_[address], config_.max_reply_bytes, config_.max_reply_elements);
    }

    /// Whether somebody is to be asked who this is before it says so on that link.
    bool wants_credentials(connection_link const& link) const noexcept {
        return credentials_ && !link.credentials.given();
    }

    /// Calls `done(std::exception_ptr)`, unless the link is told to stop asking.
    template <class Done>
    void ask_for_credentials(connection_link& link, connection_strand const& strand, Done done) const {
        link.credentials.ask(credentials_, strand, std::move(done));
    }

    /// Has the link know what it is to say first.
    void prepare_hello(connection_link& link, std::vector<redis_script> const& scripts) const {
        auto who = address_;
        if (auto const& given = link.credentials.given()) {
            who.user = given->user();
            who.password = given->password();
        }
        link.hello.emplace(who, std::string_view{config_.client_name}, scripts, config_.handshake);
    }

    void on_connected() noexcept { watch_.on_connected(); }

    /// Looks up again where the name of a server points that may be the wrong one by now, and calls `done(server_endpoints
    /// const&)`, unless it is too early, or there is no name.
    template <class Done>
    void look_up_again(server_names& names, time_point now, Done done) {
        if (has_name_ && watch_.on_doubt(now))
            names.look_up(address_,
                          [done = std::move(done)](boost::system::error_code,
                                                   server_endpoints const& found) mutable { done(found); });
    }

    /// Takes what such a look-up has found for that link. Returns whether the server is another one now.
    bool points_elsewhere(server_endpoints const& found, connection_link const& link) noexcept {
        return watch_.on_found(found, link.server());
    }

private:
    redis_address const& address_;
    redis_config const& config_;
    std::shared_ptr<stream_factory const> transport_;
    redis_credentials_provider credentials_;
    server_endpoints endpoints_;
    bool has_name_ = false; // which endpoints_ were looked up by
    std::uint64_t look_up_ = 0;
    address_watch watch_;
};

} // namespace breakerbox::detail

#endif
