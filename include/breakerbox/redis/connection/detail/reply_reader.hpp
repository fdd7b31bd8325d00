// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_REPLY_READER_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_REPLY_READER_HPP

#include <breakerbox/redis/connection/error.hpp>
#include <breakerbox/redis/connection/reply.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <hiredis/hiredis.h>
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

/// The functions that hiredis makes the parts of a reply with, but refusing more elements, a deeper nesting
/// or a longer line than a reply may have, and all that only RESP3 has. Where the readers of hiredis 0.14 and
/// 1.x differ, it is here.
class bounded_reply_functions {
public:
    /// The longest status or error.
    static constexpr std::size_t max_line = 64 * 1024;
    /// How deep arrays may be nested: what hiredis 0.14 takes. Later ones take any depth, and free it by
    /// recursion.
    static constexpr int max_depth = 8;

    explicit bounded_reply_functions(std::size_t max_elements) noexcept : max_elements_(max_elements) {}

    bounded_reply_functions(bounded_reply_functions const&) = delete;
    bounded_reply_functions& operator=(bounded_reply_functions const&) = delete;

    /// Makes the reader, whose functions are still hiredis' own, use these; they must outlive it.
    void install_in(redisReader& reader) noexcept {
        original_ = *reader.fn;
        bounded_ = original_;
        replace_all(bounded_);
        reader.fn = &bounded_;
        reader.privdata = this;
    }

    /// Begins to count anew.
    void begin_reply() noexcept { elements_ = 0; }

    /// Why the reader was refused a part, if it was.
    boost::system::error_code refusal() const noexcept { return refusal_; }

private:
    template <class Functions>
    static void replace_all(Functions& functions) noexcept {
        functions.createString = &make_text;
        functions.createArray = &make_array;
        functions.createInteger = &make<&Functions::createInteger>;
        functions.createNil = &make<&Functions::createNil>;
        if constexpr (requires { functions.createDouble; }) // since hiredis 1.0, like the next
            functions.createDouble = &make<&Functions::createDouble>;
        if constexpr (requires { functions.createBool; })
            functions.createBool = &make<&Functions::createBool>;
    }

    static bounded_reply_functions& of(redisReadTask const& task) noexcept {
        return *static_cast<bounded_reply_functions*>(task.privdata);
    }

    template <auto Member, class... Arguments>
    static void* make(redisReadTask const* task, Arguments... arguments) {
        auto& self = of(*task);
        return self.is_resp2(*task) ? (self.original_.*Member)(task, arguments...) : nullptr;
    }

    static void* make_text(redisReadTask const* task, char* text, std::size_t size) {
        auto& self = of(*task);
        bool const is_line = task->type == REDIS_REPLY_STATUS || task->type == REDIS_REPLY_ERROR;
        if (is_line && size > max_line)
            return self.refuse(redis_errc::reply_too_large);
        // After a string, hiredis skips two bytes, whatever they are.
        if (std::string_view{text + size, 2} != "\r\n")
            return self.refuse(redis_errc::protocol_error);
        return make<&redisReplyObjectFunctions::createString>(task, text, size);
    }

    /// `Size` is an int in hiredis 0.14, a std::size_t since. What hiredis passes is never below zero.
    template <class Size>
    static void* make_array(redisReadTask const* task, Size elements) {
        auto& self = of(*task);
        auto const more = static_cast<std::size_t>(elements);
        if (more > self.max_elements_ - self.elements_)
            return self.refuse(redis_errc::reply_too_large);
        self.elements_ += more;
        int depth = 1;
        for (auto const* outer = task->parent; outer != nullptr; outer = outer->parent)
            if (++depth > max_depth)
                return self.refuse(redis_errc::protocol_error);
        return make<&redisReplyObjectFunctions::createArray>(task, elements);
    }

    bool is_resp2(redisReadTask const& task) noexcept {
        switch (task.type) {
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_ARRAY:
        case REDIS_REPLY_INTEGER:
        case REDIS_REPLY_STATUS:
        case REDIS_REPLY_ERROR:
            return true;
        default:
            refuse(redis_errc::protocol_error);
            return false;
        }
    }

    std::nullptr_t refuse(redis_errc why) noexcept {
        refusal_ = why;
        return nullptr;
    }

    std::size_t max_elements_;
    std::size_t elements_ = 0;
    boost::system::error_code refusal_{};
    redisReplyObjectFunctions original_{};
    redisReplyObjectFunctions bounded_{};
};

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
