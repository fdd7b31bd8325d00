// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_OUTAGE_SERVER_HPP
#define EXAMPLES_OUTAGE_SERVER_HPP

#include <breakerbox/testing.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <random>
#include <utility>

namespace outage {

namespace asio = boost::asio;
using breakerbox::testing::virtual_clock;
using breakerbox::testing::virtual_timer;
using answer = boost::system::result<int>;

/// What ends a coroutine that nobody waits for.
inline void rethrow(std::exception_ptr error) {
    if (error)
        std::rethrow_exception(error);
}

/// A server in virtual time: a queue, and workers that take the oldest request from it, one each.
///
/// It doesn't learn that a client has given up, as few servers do while a request is queued: the work on
/// that request is done all the same, and lost. A queue that is longer than the clients' patience keeps the
/// workers busy with nothing but lost work, for as long as the clients keep it that long.
class server {
public:
    struct dimensions {
        std::size_t workers;
        std::chrono::milliseconds time_for_request;
        /// The longest queue. What comes then is dropped without a word, as by Linux where a backlog is full.
        std::size_t queue;
    };

    struct condition {
        int times_slower = 1;
        unsigned percent_failing = 0; // answered with an error, after the usual time
    };

    /// `on_arrival` is told of each attempt that reaches the server.
    server(dimensions d, std::function<void()> on_arrival) : size_(d), on_arrival_(std::move(on_arrival)) {}

    void become(condition c) { condition_ = c; }

    /// A client's attempt. It ends with the answer, or by cancellation.
    asio::awaitable<answer> operator()() {
        on_arrival_();
        auto const executor = co_await asio::this_coro::executor;
        auto const mine = std::make_shared<request>(executor);
        if (queue_.size() < size_.queue)
            queue_.push_back(mine);
        if (busy_workers_ < size_.workers) {
            ++busy_workers_;
            asio::co_spawn(executor, work(), rethrow);
        }
        co_await mine->answered.async_wait(asio::as_tuple(asio::use_awaitable));
        co_return mine->result;
    }

private:
    struct request {
        explicit request(asio::any_io_executor const& e) : answered(e, virtual_clock::time_point::max()) {}

        virtual_timer answered; // cancelled once it is
        answer result = boost::system::error_code{asio::error::operation_aborted};
    };

    asio::awaitable<void> work() {
        virtual_timer done{co_await asio::this_coro::executor};
        while (!queue_.empty()) {
            auto const oldest = std::move(queue_.front());
            queue_.pop_front();
            done.expires_after(size_.time_for_request * condition_.times_slower);
            co_await done.async_wait(asio::use_awaitable);
            if (draw_percent() < condition_.percent_failing)
                oldest->result = boost::system::errc::make_error_code(boost::system::errc::io_error);
            else
                oldest->result = 200;
            oldest->answered.cancel();
        }
        --busy_workers_;
    }

    // The numbers of this engine are the same with every standard library, those of a distribution are not.
    unsigned draw_percent() { return static_cast<unsigned>(random_() % 100); }

    dimensions const size_;
    std::function<void()> const on_arrival_;
    condition condition_{};
    std::mt19937 random_{1};
    std::deque<std::shared_ptr<request>> queue_;
    std::size_t busy_workers_ = 0;
};

} // namespace outage

#endif
