// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_CONVERSATION_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_CONVERSATION_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/redis/connection/detail/command_desk.hpp>
#include <breakerbox/redis/connection/detail/connection_life.hpp>
#include <breakerbox/redis/connection/detail/connection_link.hpp>
#include <breakerbox/redis/connection/detail/cork.hpp>
#include <breakerbox/redis/connection/detail/error_replies.hpp>
#include <breakerbox/redis/connection/detail/server_errors.hpp>
#include <breakerbox/redis/connection/detail/silence.hpp>
#include <breakerbox/redis/connection/error.hpp>
#include <breakerbox/redis/connection/reply.hpp>

#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace breakerbox::detail {

/// What is said on a link: the handshake first, then commands, as many in one write as there are, and their replies. Tells
/// its driver what the connection's life is to hear of.
///
/// A Driver has `keep()`, which gives a pointer that keeps driver and conversation, `strand()`, `life()`, `enter(state)`,
/// `lost(error, words)`, `keep_words(words)`, `leave_if_too_old()`, `doubt_address()`, `on_missing_script(number)` and
/// `arm_timer()`.
template <class Driver>
class conversation {
public:
    using clock = std::chrono::steady_clock;
    using link_ptr = std::shared_ptr<connection_link>;

    conversation(Driver& driver, command_desk& desk, silence& quiet) noexcept
        : driver_(driver), desk_(desk), quiet_(quiet) {}

    link_ptr const& link() const noexcept { return link_; }

    void begin_on(link_ptr link) noexcept { link_ = std::move(link); }

    void end() noexcept {
        if (link_)
            link_->close();
        link_.reset();
        desk_.queue().disconnect();
    }

    void read() {
        link_->read([kept = driver_.keep(), this, from = link_](
                        boost::system::error_code error, std::size_t size) { on_read(from, error, size); });
    }

    /// Has what is accepted until then written together.
    void flush_soon() {
        if (is_corked_ || is_flush_posted_ || driver_.life().now() != state::ready)
            return;
        asio::post(driver_.strand(), [kept = driver_.keep(), this] {
            is_flush_posted_ = false;
            flush();
        });
        is_flush_posted_ = true;
    }

    void flush() {
        if (driver_.life().now() != state::ready && driver_.life().now() != state::shaking_hands)
            return;
        if (link_->to_be_left_for || !link_->hello)
            return;
        if (auto const error = write())
            driver_.enter(driver_.lost(error));
    }

    /// Writes what can be written without waiting, and has the rest follow.
    boost::system::error_code write() {
        if (link_->is_writing())
            return {};
        auto const rest = link_->write_at_once(*this);
        if (!rest)
            return rest.error();
        if (!rest->empty())
            write_later(*rest);
        return {};
    }

    /// While it exists, commands that are accepted wait for a flush that the caller makes.
    cork hold_back() noexcept { return cork{is_corked_}; }

    std::string_view to_write() {
        return driver_.life().now() == state::shaking_hands ? link_->hello->unwritten()
               : driver_.life().is_too_old()                ? desk_.queue().gathered_before()
                                                            : desk_.queue().gather();
    }

    void wrote(std::size_t bytes) {
        if (driver_.life().now() == state::shaking_hands)
            link_->hello->wrote(bytes);
        else
            desk_.queue().wrote(bytes, clock::now());
    }

private:
    using state = connection_life::state;

    // Of many replies that came together, not until the last one: while its callers go on, the server has work already.
    static constexpr std::size_t replies_between_flushes = 32;

    void on_read(link_ptr const& from, boost::system::error_code error, std::size_t size) {
        if (link_ != from)
            return;
        if (error)
            return driver_.enter(desk_.queue().expects_reply()
                                     ? driver_.lost(error)
                                     : driver_.life().on_ended_idle(error, quiet_.since(), clock::now()));
        quiet_.on_bytes(clock::now());
        from->take(size);
        if (!take_replies(from))
            return;
        if (link_ == from && from->to_be_left_for)
            return driver_.enter(driver_.life().on_lost(from->to_be_left_for, quiet_.since()));
        driver_.leave_if_too_old();
        flush();
        if (desk_.queue().is_idle())
            driver_.arm_timer(); // the idle time may end before the deadline that it is armed for
        if (link_ == from)
            read();
    }

    /// Returns whether the bytes were replies.
    bool take_replies(link_ptr const& from) {
        auto const corked = hold_back();
        for (std::size_t replies = 1; link_ == from; ++replies) {
            auto next = from->next_reply();
            if (!next) {
                driver_.enter(driver_.lost(next.error()));
                return false;
            }
            if (!*next)
                break;
            on_reply(std::move(**next));
            if (replies % replies_between_flushes == 0)
                flush();
        }
        return true;
    }

    void on_reply(redis_reply&& reply) {
        if (driver_.life().now() == state::shaking_hands)
            return on_hello_reply(reply);
        if (!desk_.queue().expects_reply()) {
            // A server that is about to close, or to be taken for one that it is not, may say why.
            driver_.enter(
                driver_.lost(redis_errc::protocol_error,
                             std::string{reply.is_error() ? link_->hello->told_of(reply.text()) : ""}));
            return;
        }
        boost::system::error_code error;
        if (reply.is_error()) {
            error = error_of(reply.text());
            doubt_server(error, reply.text());
        }
        auto const number = desk_.queue().answered_next();
        auto who = desk_.queue().take_answered(quiet_.since());
        if (error == make_error_code(redis_errc::no_script))
            driver_.on_missing_script(number);
        if (who)
            desk_.complete(std::move(who), error, std::move(reply));
    }

    void on_hello_reply(redis_reply const& reply) {
        auto& hello = *link_->hello;
        auto const error = hello.on_reply(reply);
        if (error)
            driver_.keep_words(hello.text());
        if (error || hello.is_done())
            driver_.enter(driver_.life().on_hands_shaken(error, quiet_.since()));
    }

    /// Draws the conclusions from an error reply about the server itself.
    void doubt_server(boost::system::error_code error, std::string_view words) {
        if (is_of_a_replica(error)) {
            link_->to_be_left_for = error;
            driver_.keep_words(std::string{words});
        } else if (is_of_a_cut_off_master(error)) {
            driver_.doubt_address();
        }
    }

    void write_later(std::string_view bytes) {
        link_->write_later(bytes, [kept = driver_.keep(), this, to = link_](boost::system::error_code error,
                                                                            std::size_t size) {
            if (link_ != to)
                return;
            if (error)
                return driver_.enter(driver_.lost(error));
            wrote(size);
            flush();
        });
    }

    Driver& driver_;
    command_desk& desk_;
    silence& quiet_;
    link_ptr link_;
    bool is_corked_ = false;
    bool is_flush_posted_ = false;
};

} // namespace breakerbox::detail

#endif
