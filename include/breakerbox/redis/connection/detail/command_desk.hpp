// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_COMMAND_DESK_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_COMMAND_DESK_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/redis/connection/command.hpp>
#include <breakerbox/redis/connection/detail/pipeline.hpp>
#include <breakerbox/redis/connection/error.hpp>
#include <breakerbox/redis/connection/reply.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <new>
#include <utility>
#include <vector>

namespace breakerbox::detail {

/// Takes a connection's commands, or turns them away, and tells whoever waits for one how it ended: once, and never
/// within the call that brought it, unless memory is short.
class command_desk {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using waiter = asio::any_completion_handler<void(boost::system::error_code, redis_reply)>;
    using commands = pipeline<waiter>;

    /// On the executor comes out what a handler throws.
    command_desk(asio::any_io_executor executor, std::size_t max_commands, std::size_t max_unwritten_bytes)
        : executor_(std::move(executor)), pipeline_(max_commands, max_unwritten_bytes) {}

    commands& queue() noexcept { return pipeline_; }
    commands const& queue() const noexcept { return pipeline_; }

    /// Takes a command, and has `arrange()` see to it that it is sent, and expires. Gives its number, or zero if it was
    /// turned away: beyond a bound, or since `arrange` had no memory. `soon` as in `turn_away`.
    template <class Arrange, class Soon>
    command_number accept(redis_command&& command, waiter&& who, time_point deadline, bool is_hasty,
                          Arrange arrange, Soon soon) {
        auto number = command_number{0};
        try {
            auto const accepted = pipeline_.accept(std::move(command), std::move(who), deadline, is_hasty);
            if (!accepted) {
                turn_away(std::move(who), accepted.error(), {}, soon);
                return 0;
            }
            number = *accepted;
            arrange();
            return number;
        } catch (std::bad_alloc const&) {
            if (number != 0)
                who = pipeline_.cancel(number).value_or(waiter{});
            turn_away(std::move(who), make_error_code(boost::system::errc::not_enough_memory), {}, soon);
            return 0;
        }
    }

    /// Ends a command that was never taken. `soon()` has `end_turned_away` called after this call; where it throws, the
    /// command ends at once.
    template <class Soon>
    void turn_away(waiter&& who, boost::system::error_code error, redis_reply&& reply, Soon soon) noexcept {
        auto const before = turned_away_.size();
        try {
            turned_away_.emplace_back(std::move(who), error, std::move(reply));
            soon();
        } catch (...) {
            if (turned_away_.size() != before) {
                who = std::move(turned_away_.back().who);
                reply = std::move(turned_away_.back().reply);
                turned_away_.pop_back();
            }
            complete(std::move(who), error, std::move(reply));
        }
    }

    void end_turned_away() noexcept {
        for (auto& [who, error, reply] : std::exchange(turned_away_, {}))
            complete(std::move(who), error, std::move(reply));
    }

    /// Ends a command; one that was sent only where that may be, since it runs all the same.
    void cancel(command_number number, bool may_be_sent) noexcept {
        if (auto who = may_be_sent ? pipeline_.cancel(number) : pipeline_.cancel_unsent(number))
            complete(std::move(*who), asio::error::operation_aborted);
    }

    /// Ends the waiting for a command, which is sent all the same.
    void leave(command_number number) noexcept {
        if (auto who = pipeline_.leave(number))
            complete(std::move(*who), asio::error::operation_aborted);
    }

    /// Ends the commands whose deadline has come, of which those that were not sent have had a connection or not.
    void end_expired(time_point now, bool has_connection) noexcept {
        while (auto expired = pipeline_.take_expired(now))
            complete(std::move(expired->waiter),
                     expired->was_sent || has_connection ? redis_errc::timed_out : redis_errc::not_connected);
    }

    void end_lost() noexcept {
        while (auto who = pipeline_.take_lost())
            complete(std::move(*who), redis_errc::connection_lost);
    }

    void end_hasty() noexcept {
        command_number last = 0;
        while (auto who = pipeline_.take_hasty(last))
            complete(std::move(*who), redis_errc::not_connected);
    }

    void end_all(boost::system::error_code why) noexcept {
        while (auto who = pipeline_.take_any())
            complete(std::move(*who), why);
    }

    /// Destroys all who wait, uncalled.
    void abandon() noexcept {
        turned_away_.clear();
        while (pipeline_.take_lost() || pipeline_.take_any()) {
        }
    }

    /// Calls a handler, which dispatches itself to its own executor. What it throws comes out of that context's run(),
    /// as from any handler, and does not end the connection.
    void complete(waiter&& who, boost::system::error_code error, redis_reply reply = {}) noexcept {
        try {
            std::move(who)(error, std::move(reply));
        } catch (...) {
            rethrow_later(std::current_exception());
        }
    }

private:
    struct turned_away {
        // Moves nothing before there is memory for it, as `emplace_back` has it.
        turned_away(waiter&& w, boost::system::error_code e, redis_reply&& r) noexcept
            : who(std::move(w)), error(e), reply(std::move(r)) {}
        waiter who;
        boost::system::error_code error;
        redis_reply reply;
    };

    void rethrow_later(std::exception_ptr thrown) noexcept {
        try {
            asio::post(executor_, [thrown = std::move(thrown)] { std::rethrow_exception(thrown); });
        } catch (...) { // no memory even for that
        }
    }

    asio::any_io_executor executor_;
    commands pipeline_;
    std::vector<turned_away> turned_away_; // to be told so
};

} // namespace breakerbox::detail

#endif
