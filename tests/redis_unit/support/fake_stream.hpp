// SPDX-License-Identifier: BSL-1.0
//
// A stream without a socket: what is written can be looked at, and the test says what comes and when.
#ifndef BREAKERBOX_TESTS_REDIS_UNIT_SUPPORT_FAKE_STREAM_HPP
#define BREAKERBOX_TESTS_REDIS_UNIT_SUPPORT_FAKE_STREAM_HPP

#include <breakerbox/redis/connection/detail/stream.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace support {

class fake_stream final : public breakerbox::detail::byte_stream {
public:
    void async_connect(endpoint const&, on_connected done) override { connecting_ = std::move(done); }

    void async_read_some(boost::asio::mutable_buffer to, on_transferred done) override {
        to_ = to;
        reading_ = std::move(done);
    }

    std::size_t write_some(boost::asio::const_buffer from, boost::system::error_code& error) override {
        if (broken) {
            error = broken;
            return 0;
        }
        if (room == 0) {
            error = boost::asio::error::would_block;
            return 0;
        }
        ++writes;
        return take(from);
    }

    void async_write_some(boost::asio::const_buffer from, on_transferred done) override {
        from_ = from;
        writing_ = std::move(done);
    }

    void close() noexcept override { is_closed = true; }

    void end_connect(boost::system::error_code error) { std::exchange(connecting_, {})(error); }

    void receive(std::string_view bytes) {
        std::copy(bytes.begin(), bytes.end(), static_cast<char*>(to_.data()));
        std::exchange(reading_, {})(boost::system::error_code{}, bytes.size());
    }
    void break_read(boost::system::error_code error) { std::exchange(reading_, {})(error, 0); }
    bool is_reading() const noexcept { return static_cast<bool>(reading_); }

    /// Ends a write that waits, with so much room.
    void end_write(std::size_t new_room) {
        room = new_room;
        auto const size = take(from_);
        std::exchange(writing_, {})(boost::system::error_code{}, size);
    }
    void break_write(boost::system::error_code error) { std::exchange(writing_, {})(error, 0); }
    bool is_writing() const noexcept { return static_cast<bool>(writing_); }

    std::string sent{};
    int writes = 0;
    std::size_t room = std::numeric_limits<std::size_t>::max();
    boost::system::error_code broken{};
    bool is_closed = false;

private:
    std::size_t take(boost::asio::const_buffer from) {
        auto const size = std::min(from.size(), room);
        sent.append(static_cast<char const*>(from.data()), size);
        room -= size;
        return size;
    }

    on_connected connecting_;
    on_transferred reading_;
    on_transferred writing_;
    boost::asio::mutable_buffer to_;
    boost::asio::const_buffer from_;
};

} // namespace support

#endif
