// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_STATUS_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_CONNECTION_STATUS_HPP

#include <breakerbox/redis/connection/config.hpp>
#include <breakerbox/redis/connection/connection_event.hpp>
#include <breakerbox/redis/connection/detail/last_failure.hpp>
#include <breakerbox/redis/connection/detail/server_errors.hpp>

#include <boost/system/error_code.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace breakerbox::detail {

/// What a connection tells of itself: to any thread that asks, to its observer, and to whoever waits for a connection to
/// be made. What is not const is for the connection's strand, but for `fall_silent`.
class connection_status {
public:
    using observer = decltype(redis_config::observer);

    connection_status(std::string server, observer told)
        : server_(std::move(server)), observer_(std::move(told)) {}

    bool is_ready() const noexcept { return is_ready_.load(std::memory_order_acquire); }
    bool is_down() const noexcept { return is_down_.load(std::memory_order_acquire); }
    /// How many connections were made.
    std::uint64_t sessions() const noexcept { return sessions_.load(std::memory_order_acquire); }

    boost::system::error_code last_error() const noexcept { return last_failure_.error(); }
    std::string last_error_text() const { return last_failure_.text(); }

    /// Returns whether it was ready before.
    bool note(bool is_ready, bool is_down) noexcept {
        auto const was_ready = is_ready_.exchange(is_ready, std::memory_order_acq_rel);
        is_down_.store(is_down, std::memory_order_release);
        return was_ready;
    }

    void note_failure(boost::system::error_code error, std::string words) noexcept {
        last_failure_.note(error, std::move(words));
    }

    /// Has a function called whenever a connection was made, for as long as it returns true.
    void on_connected(std::function<bool()>&& told) { told_of_connecting_.push_back(std::move(told)); }

    void tell_connected() {
        sessions_.fetch_add(1, std::memory_order_acq_rel);
        std::erase_if(told_of_connecting_, [](auto const& told) { return !told(); });
        tell({.what = redis_connection_event::kind::connected, .server = server_});
    }

    /// Of the failure noted last, which ended a connection that was ready or not.
    void tell_failed(bool was_ready, duration next_try_in) noexcept {
        using kind = redis_connection_event::kind;
        auto const error = last_failure_.error();
        tell({.what = is_refusal(error) ? kind::refused
                      : was_ready       ? kind::lost
                                        : kind::failed,
              .server = server_,
              .error = error,
              .text = last_failure_.words(),
              .next_try_in = next_try_in});
    }

    /// From now on, the observer is told nothing more.
    void fall_silent() noexcept { is_silent_.store(true, std::memory_order_relaxed); }

private:
    void tell(redis_connection_event const& event) noexcept {
        if (!observer_ || is_silent_.load(std::memory_order_relaxed))
            return;
        try {
            observer_(event);
        } catch (...) { // ignored, as `redis_config::observer` says
        }
    }

    std::string const server_;
    observer const observer_;
    std::atomic<bool> is_ready_ = false;
    std::atomic<bool> is_down_ = false;
    std::atomic<bool> is_silent_ = false;
    std::atomic<std::uint64_t> sessions_ = 0;
    last_failure last_failure_;
    std::vector<std::function<bool()>> told_of_connecting_;
};

} // namespace breakerbox::detail

#endif
