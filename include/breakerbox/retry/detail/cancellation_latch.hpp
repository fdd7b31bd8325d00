// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_CANCELLATION_LATCH_HPP
#define BREAKERBOX_RETRY_DETAIL_CANCELLATION_LATCH_HPP

#include <breakerbox/base/config.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>

namespace breakerbox::detail {

/// Remembers that a cancellation came by while a coroutine was suspended, and hands it on.
///
/// A coroutine's cancellation state alone can't be trusted for that: a later signal that its filter swallows
/// clears what an earlier one has set. Asio empties the coroutine's slot before it resumes; where nothing was
/// awaited after all, `let_go` does.
class cancellation_latch {
public:
    explicit cancellation_latch(asio::cancellation_slot slot) : watched_(slot) {
        if (watched_.is_connected())
            watched_.emplace<relay>(relay{this});
    }
    cancellation_latch(cancellation_latch const&) = delete;
    cancellation_latch& operator=(cancellation_latch const&) = delete;

    /// Emits what comes by.
    asio::cancellation_slot slot() noexcept { return signal_.slot(); }
    bool cancelled() const noexcept { return cancelled_; }

    // Not in the destructor: a frame that goes with its io_context may outlive the caller's signal.
    void let_go() noexcept {
        if (watched_.is_connected())
            watched_.clear();
    }

private:
    struct relay {
        cancellation_latch* latch;
        void operator()(asio::cancellation_type type) const {
            latch->cancelled_ = true;
            latch->signal_.emit(type);
        }
    };

    asio::cancellation_slot watched_;
    asio::cancellation_signal signal_;
    bool cancelled_ = false;
};

} // namespace breakerbox::detail

#endif
