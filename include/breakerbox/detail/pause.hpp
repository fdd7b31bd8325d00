// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_DETAIL_PAUSE_HPP
#define BREAKERBOX_DETAIL_PAUSE_HPP

#include <breakerbox/config.hpp>
#include <breakerbox/detail/saturate.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/error_code.hpp>

#include <tuple>

namespace breakerbox::detail {

/// Remembers that a cancellation came by while a coroutine was suspended, and hands it on.
///
/// A coroutine's cancellation state alone can't be trusted for that: a later signal that its filter swallows
/// clears what an earlier one has set. Asio empties the coroutine's slot before it resumes; where nothing was
/// awaited after all, `let_go` does.
class cancellation_latch {
public:
    explicit cancellation_latch(asio::cancellation_slot slot) : watched_(slot) {
        if (watched_.is_connected())
            watched_.emplace<relay>(relay{this});
    }
    cancellation_latch(cancellation_latch const&) = delete;
    cancellation_latch& operator=(cancellation_latch const&) = delete;

    /// Emits what comes by.
    asio::cancellation_slot slot() noexcept { return signal_.slot(); }
    bool cancelled() const noexcept { return cancelled_; }

    // Not in the destructor: a frame that goes with its io_context may outlive the caller's signal.
    void let_go() noexcept {
        if (watched_.is_connected())
            watched_.clear();
    }

private:
    struct relay {
        cancellation_latch* latch;
        void operator()(asio::cancellation_type type) const {
            latch->cancelled_ = true;
            latch->signal_.emit(type);
        }
    };

    asio::cancellation_slot watched_;
    asio::cancellation_signal signal_;
    bool cancelled_ = false;
};

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
