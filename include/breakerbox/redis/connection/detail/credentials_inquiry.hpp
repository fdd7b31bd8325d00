// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_CREDENTIALS_INQUIRY_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_CREDENTIALS_INQUIRY_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/redis/connection/credentials.hpp>
#include <breakerbox/redis/connection/detail/stream.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace breakerbox::detail {

/// Asks for the credentials of one handshake, and keeps them.
class credentials_inquiry {
public:
    /// Has `done(std::exception_ptr)` called on the strand, never within this call, unless its context goes. `done` keeps
    /// whatever this belongs to.
    template <class Done>
    void ask(redis_credentials_provider const& provider, connection_strand const& strand, Done done) {
        asio::co_spawn(strand, provider(),
                       asio::bind_cancellation_slot(
                           asking_.slot(), [this, strand, done = std::move(done)](
                                               std::exception_ptr thrown, redis_credentials given) mutable {
                               asio::post(strand, [this, done = std::move(done), thrown = std::move(thrown),
                                                   given = std::move(given)]() mutable {
                                   if (!thrown)
                                       given_ = std::move(given);
                                   done(std::move(thrown));
                               });
                           }));
    }

    void stop() { asking_.emit(asio::cancellation_type::terminal); }

    /// Nothing until they have been given.
    std::optional<redis_credentials> const& given() const noexcept { return given_; }

private:
    std::optional<redis_credentials> given_;
    asio::cancellation_signal asking_;
};

} // namespace breakerbox::detail

#endif
