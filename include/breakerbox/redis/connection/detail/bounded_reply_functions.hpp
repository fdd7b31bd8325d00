// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_BOUNDED_REPLY_FUNCTIONS_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_BOUNDED_REPLY_FUNCTIONS_HPP

#include <breakerbox/redis/connection/error.hpp>

#include <boost/system/error_code.hpp>

#include <hiredis/hiredis.h>
#include <hiredis/read.h>

#include <cstddef>
#include <string_view>

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

} // namespace breakerbox::detail

#endif
