// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_SUPPORT_CANCELLABLE_CALL_HPP
#define BREAKERBOX_TESTS_SUPPORT_CANCELLABLE_CALL_HPP

#include <breakerbox/testing.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace support {

/// A call under way in virtual time that can be cancelled, and how it ended.
struct cancellable_call {
    breakerbox::testing::virtual_time& time;
    boost::asio::cancellation_signal signal{};
    bool ended = false;
    std::exception_ptr exception{};
    std::optional<int> value{};

    void spawn(boost::asio::awaitable<int> call) {
        boost::asio::co_spawn(
            time.context(), std::move(call),
            boost::asio::bind_cancellation_slot(signal.slot(), [this](std::exception_ptr e, int v) {
                ended = true;
                exception = e;
                if (!e)
                    value = v;
            }));
    }

    void emit(boost::asio::cancellation_type type = boost::asio::cancellation_type::terminal) {
        signal.emit(type);
        time.advance(std::chrono::seconds{0});
    }

    bool was_aborted() const {
        try {
            if (exception)
                std::rethrow_exception(exception);
        } catch (boost::system::system_error const& e) {
            return e.code() == boost::asio::error::operation_aborted;
        } catch (...) {
        }
        return false;
    }
};

} // namespace support

#endif
