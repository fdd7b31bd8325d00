// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_IO_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_IO_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/redis/connection/detail/lazy_timer.hpp>
#include <breakerbox/redis/connection/detail/server_names.hpp>
#include <breakerbox/redis/connection/detail/stream.hpp>

#include <boost/asio/any_io_executor.hpp>

namespace breakerbox::detail {

/// What a connection has of its execution context for as long as there is one, but for the link.
struct connection_io {
    explicit connection_io(asio::any_io_executor const& executor)
        : strand(executor), timer(strand), names(strand) {}

    connection_strand strand;
    lazy_timer timer;
    server_names names;
};

} // namespace breakerbox::detail

#endif
