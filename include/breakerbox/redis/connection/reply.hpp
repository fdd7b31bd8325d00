// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_REPLY_HPP
#define BREAKERBOX_REDIS_CONNECTION_REPLY_HPP

#include <hiredis/hiredis.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace breakerbox {

/// Looks into a reply, or an element of one, that another object owns and that must outlive it. An empty view
/// is of no kind and has neither text nor elements. Nothing throws, whatever the reply holds.
class redis_reply_view {
public:
    constexpr redis_reply_view() noexcept = default;
    constexpr explicit redis_reply_view(redisReply const* reply) noexcept : reply_(reply) {}

    /// Whether there is a reply at all; a nil is one.
    explicit operator bool() const noexcept { return reply_ != nullptr; }

    bool is_nil() const noexcept { return is(REDIS_REPLY_NIL); }
    bool is_error() const noexcept { return is(REDIS_REPLY_ERROR); }
    bool is_status() const noexcept { return is(REDIS_REPLY_STATUS); }
    bool is_string() const noexcept { return is(REDIS_REPLY_STRING); }
    bool is_integer() const noexcept { return is(REDIS_REPLY_INTEGER); }
    bool is_array() const noexcept { return is(REDIS_REPLY_ARRAY); }

    /// The text of a string, a status or an error, else an empty one. Lives as long as the reply.
    std::string_view text() const noexcept {
        if (is_string() || is_status() || is_error())
            return {reply_->str, reply_->len};
        return {};
    }

    /// The number of an integer reply, or of a string that is a decimal one as a whole, as a value is that
    /// Redis keeps for a counter; nothing where it is neither, or out of range.
    std::optional<std::int64_t> integer() const noexcept {
        if (is_integer())
            return std::int64_t{reply_->integer};
        if (!is_string())
            return std::nullopt;
        std::int64_t value{};
        auto const* const end = reply_->str + reply_->len;
        auto const [read_to, error] = std::from_chars(reply_->str, end, value);
        if (error != std::errc{} || read_to != end)
            return std::nullopt;
        return value;
    }

    /// How many elements an array has; zero for all else.
    std::size_t size() const noexcept { return is_array() ? reply_->elements : 0; }

    /// The element of an array, from zero; an empty view where there is none.
    redis_reply_view operator[](std::size_t i) const noexcept {
        return i < size() ? redis_reply_view{reply_->element[i]} : redis_reply_view{};
    }

protected:
    redisReply const* reply_ = nullptr;

private:
    bool is(int type) const noexcept { return reply_ != nullptr && reply_->type == type; }
};

/// A reply that this object owns; empty by default and once moved from.
class redis_reply : public redis_reply_view {
public:
    constexpr redis_reply() noexcept = default;

    /// Takes a reply over from hiredis, which must have made it; may be null.
    constexpr explicit redis_reply(redisReply* owned) noexcept : redis_reply_view(owned), owned_(owned) {}

    redis_reply(redis_reply&& other) noexcept : redis_reply(std::exchange(other.owned_, nullptr)) {
        other.reply_ = nullptr;
    }

    redis_reply& operator=(redis_reply&& other) noexcept {
        redis_reply taken{std::move(other)};
        std::swap(owned_, taken.owned_);
        std::swap(reply_, taken.reply_);
        return *this;
    }

    ~redis_reply() {
        if (owned_ != nullptr)
            freeReplyObject(owned_);
    }

private:
    redisReply* owned_ = nullptr;
};

} // namespace breakerbox

#endif
