// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_LAZY_TIMER_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_LAZY_TIMER_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/redis/connection/detail/stream.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/wait_traits.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <exception>
#include <utility>

namespace breakerbox::detail {

/// A timer that is armed for no later than what is due next, and is left as it is where it is armed for something
/// earlier: whoever it calls then asks for what is due now. Most commands are answered before their deadline, and
/// deadlines come in order, so that commands take no operation of a timer.
class lazy_timer {
public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;

    explicit lazy_timer(connection_strand const& strand) : timer_(strand) {}

    /// Has `call` called, on the strand, when that time has come, unless the timer is armed for an earlier one. `call`
    /// keeps whatever the timer belongs to. Throws std::bad_alloc, and is armed for nothing then.
    template <class Call>
    void arm(time_point due, Call call) {
        if (due >= armed_for_)
            return;
        armed_for_ = time_point::max(); // should the wait not be begun
        timer_.expires_at(due);
        timer_.async_wait(alarm<Call>{*this, due, std::move(call)});
        armed_for_ = due;
    }

    time_point armed_for() const noexcept { return armed_for_; }

    void cancel() { timer_.cancel(); }

private:
    /// Where memory is short, Asio may destroy a handler whose time has come instead of calling it, with an exception
    /// that comes out of run(). The timer would count as armed for ever.
    template <class Call>
    class alarm {
    public:
        alarm(lazy_timer& timer, time_point due, Call call)
            : timer_(&timer), due_(due), call_(std::move(call)) {}
        alarm(alarm&& other) noexcept
            : timer_(std::exchange(other.timer_, nullptr)), due_(other.due_), call_(std::move(other.call_)) {}
        ~alarm() {
            if (timer_ != nullptr && std::uncaught_exceptions() > 0)
                timer_->call_soon(due_, std::move(call_));
        }

        void operator()(boost::system::error_code error) {
            auto& timer = *std::exchange(timer_, nullptr);
            if (!error)
                timer.ring(due_, call_);
        }

    private:
        lazy_timer* timer_;
        time_point due_;
        Call call_;
    };

    template <class Call>
    void ring(time_point due, Call& call) {
        if (armed_for_ != due)
            return;
        armed_for_ = time_point::max();
        call();
    }

    template <class Call>
    void call_soon(time_point due, Call call) noexcept {
        try {
            asio::post(timer_.get_executor(),
                       [this, due, call = std::move(call)]() mutable { ring(due, call); });
        } catch (...) { // no memory even for that
        }
    }

    asio::basic_waitable_timer<clock, asio::wait_traits<clock>, connection_strand> timer_;
    time_point armed_for_ = time_point::max();
};

} // namespace breakerbox::detail

#endif
