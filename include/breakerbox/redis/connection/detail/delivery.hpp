// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_DELIVERY_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_DELIVERY_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/redis/connection/reply.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/system/error_code.hpp>

#include <type_traits>
#include <utility>

namespace breakerbox::detail {

/// A handler that calls itself on its own executor, which it keeps at work until then.
template <class Handler>
class delivery {
public:
    using allocator_type = asio::associated_allocator_t<Handler, asio::recycling_allocator<void>>;

    template <class H>
    delivery(H&& handler, asio::any_io_executor const& fallback)
        : handler_(std::forward<H>(handler)),
          executor_(asio::prefer(asio::get_associated_executor(handler_, fallback),
                                 asio::execution::outstanding_work.tracked)) {}

    allocator_type get_allocator() const noexcept {
        return asio::get_associated_allocator(handler_, asio::recycling_allocator<void>{});
    }

    void operator()(boost::system::error_code error, redis_reply reply) {
        asio::dispatch(executor_, [handler = std::move(handler_), error, reply = std::move(reply)]() mutable {
            std::move(handler)(error, std::move(reply));
        });
    }

private:
    using associated = asio::associated_executor_t<Handler, asio::any_io_executor>;
    using tracked = std::decay_t<decltype(asio::prefer(std::declval<associated const&>(),
                                                       asio::execution::outstanding_work.tracked))>;

    Handler handler_;
    tracked executor_;
};

} // namespace breakerbox::detail

#endif
