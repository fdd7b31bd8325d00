// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_PAUSE_HPP
#define BREAKERBOX_RETRY_DETAIL_PAUSE_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/retry/detail/cancellation_latch.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/error_code.hpp>

#include <tuple>

namespace breakerbox::detail {

/// Waits, or without a wait gives way to whatever else the executor has to do. Returns whether the coroutine
/// was cancelled meanwhile.
template <class Clock, class Executor>
asio::awaitable<bool, Executor> pause(duration wait) {
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    cancellation_latch latch{cancellation.slot()};
    bool timer_cancelled = false;
    try {
        if (wait > duration::zero()) {
            using timer_type = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;
            timer_type timer{co_await asio::this_coro::executor};
            timer.expires_at(saturating_add(Clock::now(), saturating_ceil<typename Clock::duration>(wait)));
            std::tuple<boost::system::error_code> const ended = co_await timer.async_wait(
                asio::bind_cancellation_slot(latch.slot(), asio::as_tuple(asio::deferred)));
            timer_cancelled = std::get<0>(ended) == asio::error::operation_aborted;
        } else {
            co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
        }
    } catch (...) {
        latch.let_go();
        throw;
    }
    co_return timer_cancelled || latch.cancelled() ||
        cancellation.cancelled() != asio::cancellation_type::none;
}

} // namespace breakerbox::detail

#endif
