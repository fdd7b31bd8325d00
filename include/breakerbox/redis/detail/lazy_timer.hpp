// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_DETAIL_LAZY_TIMER_HPP
#define BREAKERBOX_REDIS_DETAIL_LAZY_TIMER_HPP

#include <breakerbox/config.hpp>
#include <breakerbox/redis/detail/stream.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/wait_traits.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
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
    /// keeps whatever the timer belongs to.
    template <class Call>
    void arm(time_point due, Call call) {
        if (due >= armed_for_)
            return;
        armed_for_ = due;
        timer_.expires_at(due);
        timer_.async_wait([this, due, call = std::move(call)](boost::system::error_code error) {
            if (error || armed_for_ != due)
                return;
            armed_for_ = time_point::max();
            call();
        });
    }

    time_point armed_for() const noexcept { return armed_for_; }

    void cancel() { timer_.cancel(); }

private:
    asio::basic_waitable_timer<clock, asio::wait_traits<clock>, connection_strand> timer_;
    time_point armed_for_ = time_point::max();
};

} // namespace breakerbox::detail

#endif
