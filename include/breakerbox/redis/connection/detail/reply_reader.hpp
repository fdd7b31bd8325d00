// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_REPLY_READER_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_REPLY_READER_HPP

#include <breakerbox/redis/connection/detail/bounded_reply_functions.hpp>
#include <breakerbox/redis/connection/error.hpp>
#include <breakerbox/redis/connection/reply.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <hiredis/read.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

namespace breakerbox::detail {

/// Cuts the bytes that a server sends into replies, within bounds. Whatever the bytes are, it keeps no more
/// of them than it was fed since the last reply's end, and makes no more than `max_elements` objects of them.
///
/// Neither thread-safe nor movable. One reader serves one connection: after an error there is no telling
/// where a reply begins.
class reply_reader {
public:
    /// The most bytes of one reply as they are sent, and the most elements, those of nested arrays included.
    /// Throws std::bad_alloc.
    reply_reader(std::size_t max_bytes, std::size_t max_elements)
        : max_bytes_(max_bytes), functions_(max_elements), reader_(redisReaderCreate()) {
        if (!reader_)
            throw std::bad_alloc();
        functions_.install_in(*reader_);
    }

    /// Takes bytes as they come; ignored after an error. Copies them.
    void feed(std::string_view bytes) noexcept {
        if (error_.failed() || bytes.empty())
            return;
        if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) == REDIS_OK)
            fed_ += bytes.size();
        else
            error_ = reason();
    }

    /// The next whole reply, nothing while it isn't all there, or an error, which stays: `protocol_error`,
    /// `reply_too_large`, or errc::not_enough_memory. What a reply that is too large announces is refused
    /// before the rest of it comes.
    boost::system::result<std::optional<redis_reply>> next() noexcept {
        if (error_.failed())
            return error_;
        void* made = nullptr;
        if (redisReaderGetReply(reader_.get(), &made) != REDIS_OK)
            return error_ = reason();
        redis_reply reply{static_cast<redisReply*>(made)};
        if (is_beyond_bounds(static_cast<bool>(reply)))
            return error_ = redis_errc::reply_too_large;
        if (!reply)
            return std::optional<redis_reply>{};
        reply_begins_ = read();
        functions_.begin_reply();
        return std::optional<redis_reply>{std::move(reply)};
    }

private:
    struct freed {
        void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
    };

    std::uint64_t read() const noexcept { return fed_ - unread().size(); }

    std::string_view unread() const noexcept {
        return {reader_->buf + reader_->pos, reader_->len - reader_->pos};
    }

    boost::system::error_code reason() const noexcept {
        if (functions_.refusal().failed())
            return functions_.refusal();
        if (reader_->err == REDIS_ERR_OOM)
            return make_error_code(boost::system::errc::not_enough_memory);
        return redis_errc::protocol_error;
    }

    bool is_beyond_bounds(bool is_whole) const noexcept {
        auto const size = read() - reply_begins_;
        if (is_whole || reader_->ridx < 0)
            return size > max_bytes_;
        auto const rest = unread();
        auto const line_size = rest.find("\r\n");
        if (line_size == rest.npos) // hiredis seeks the line's end anew each time
            return size + rest.size() >= max_bytes_ || rest.size() > bounded_reply_functions::max_line;
        // A line that is there and yet unread is a string's, which announces how many bytes follow.
        std::uint64_t announced = 0;
        std::from_chars(rest.data(), rest.data() + line_size, announced);
        auto const left = max_bytes_ - std::min<std::uint64_t>(size + line_size, max_bytes_);
        return left < 4 || announced > left - 4; // two ends of line
    }

    std::uint64_t max_bytes_;
    bounded_reply_functions functions_;
    std::unique_ptr<redisReader, freed> reader_;
    /// Counted from the connection's first byte.
    std::uint64_t fed_ = 0;
    std::uint64_t reply_begins_ = 0;
    boost::system::error_code error_{};
};

} // namespace breakerbox::detail

#endif
