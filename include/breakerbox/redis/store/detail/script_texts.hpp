// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_DETAIL_SCRIPT_TEXTS_HPP
#define BREAKERBOX_REDIS_STORE_DETAIL_SCRIPT_TEXTS_HPP

#include <breakerbox/redis/connection/error.hpp>

#include <boost/system/error_code.hpp>

#include <atomic>
#include <memory>
#include <utility>

namespace breakerbox::detail {

/// In which form a script goes to a server that has forgotten it: by its digest again, since the connection has it
/// loaded at the first NOSCRIPT; or, where the user may not load scripts, once as its whole text, while all other
/// commands go by the digest behind it. A text is some hundred times as long as a digest, and thousands of commands
/// may find out together. Safe to use from any thread.
class script_texts {
public:
    /// One try. While it lives, no other one takes the text. It may outlive the texts: a call's frame is destroyed with
    /// its context, be it after the store.
    class turn {
    public:
        turn(turn&&) noexcept = default;
        turn& operator=(turn&&) = delete;
        ~turn() {
            if (is_out_)
                is_out_->store(false, std::memory_order_release);
        }

        bool takes_text() const noexcept { return takes_text_; }

        /// Whether the step was not taken and is to be tried again: after SCRIPT FLUSH, or a restart, the server lacks the
        /// script.
        bool is_to_be_repeated(boost::system::error_code error) const noexcept {
            return error == make_error_code(redis_errc::no_script) && !takes_text_;
        }

    private:
        friend script_texts;
        turn(std::shared_ptr<std::atomic<bool>> is_out, bool takes_text) noexcept
            : is_out_(std::move(is_out)), takes_text_(takes_text) {}
        std::shared_ptr<std::atomic<bool>> is_out_; // where this one took it
        bool takes_text_;
    };

    /// The try of a command that the server has answered so often, and only, with NOSCRIPT.
    turn after(unsigned refusals) noexcept {
        if (refusals < 2)
            return {nullptr, false};
        if (!is_out_->exchange(true, std::memory_order_acq_rel))
            return {is_out_, true};
        // From another thread, the digest may have overtaken the text; so often only where the text gets lost.
        return {nullptr, refusals >= most_refusals};
    }

private:
    static constexpr unsigned most_refusals = 8;

    std::shared_ptr<std::atomic<bool>> const is_out_ = std::make_shared<std::atomic<bool>>(false);
};

} // namespace breakerbox::detail

#endif
