// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_PIPELINE_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_PIPELINE_HPP

#include <breakerbox/redis/connection/command.hpp>
#include <breakerbox/redis/connection/detail/command_queue.hpp>
#include <breakerbox/redis/connection/detail/gathered_bytes.hpp>
#include <breakerbox/redis/connection/error.hpp>

#include <boost/system/result.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace breakerbox::detail {

/// The commands of one connection, from the moment they are accepted to the reply, without any I/O.
///
/// They stand in one queue, in the order of their replies: those of which the server may have got something (begun),
/// then those gathered into the bytes to be written next, then the others. A command that nobody waits for any more
/// stays as a tombstone if it has been gathered, and swallows its reply; otherwise it is never sent. A Waiter is
/// whoever waits: empty by default and once moved from, which `operator bool` tells, and moved without throwing.
///
/// A hasty command is one that doesn't wait for a connection to be made anew, which its owner tells apart.
///
/// Waiters are handed out one at a time, so that more commands can be accepted between two of them. Deadlines are
/// kept in order: one that comes before that of an earlier command counts as that one.
template <class Waiter>
class pipeline {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using command_number = detail::command_number;

    struct expired_command {
        Waiter waiter;
        /// Whether the server may have got something of it.
        bool was_sent;
    };

    pipeline(std::size_t max_commands, std::size_t max_unwritten_bytes) noexcept
        : max_commands_(max_commands), max_unwritten_bytes_(max_unwritten_bytes) {}

    /// Takes a command and its waiter, which may be empty, or leaves both and says which bound is reached. Tombstones
    /// count as commands.
    boost::system::result<command_number> accept(redis_command&& command, Waiter&& waiter,
                                                 time_point deadline, bool is_hasty = false) {
        auto const size = command.bytes().size();
        if (queue_.counted() >= max_commands_)
            return redis_errc::too_many_commands;
        if (size > max_unwritten_bytes_ - unwritten_bytes_)
            return redis_errc::too_many_bytes;
        queue_.make_room(gathered_);
        if (!queue_.is_empty())
            deadline = std::max(deadline, queue_.back().deadline);
        queue_.push({std::move(waiter), std::move(command), ++last_number_, deadline, is_hasty});
        unwritten_bytes_ += size;
        return last_number_;
    }

    /// All bytes that are to be written now, at least those of one command if there is one. Valid until the next call
    /// of a member that isn't const.
    std::string_view gather() {
        output_.remove_written();
        queue_.remove_dropped(gathered_);
        for (; gathered_ != queue_.size() && !output_.is_enough(); ++gathered_) {
            auto& next = queue_[gathered_];
            next.begins_at = output_.end();
            output_.append(next.command.bytes());
        }
        return gathered_before();
    }

    /// What was gathered and isn't written yet, and no more; valid as above.
    std::string_view gathered_before() const noexcept { return output_.unwritten(); }

    /// Notes that the first so many of the gathered bytes are written.
    void wrote(std::size_t bytes, time_point now) noexcept {
        output_.wrote(bytes);
        auto const written_to = output_.written_to();
        for (; begun_ != gathered_ && queue_[begun_].begins_at < written_to; ++begun_) {
            auto& begun = queue_[begun_];
            begun.begun_at = now;
            unwritten_bytes_ -= begun.command.bytes().size();
            [[maybe_unused]] auto const freed = std::move(begun.command); // it is never sent again
        }
    }

    /// Whether a reply now has a command that it answers.
    bool expects_reply() const noexcept { return begun_ != 0; }

    /// The command that the next reply answers, which there must be.
    command_number answered_next() const noexcept { return queue_.front().number; }

    /// The last command accepted; zero if there was none.
    command_number last_number() const noexcept { return last_number_; }

    /// Ends the command that a reply answers, which there must be. Gives its waiter, or an empty one if nobody waits.
    Waiter take_answered(time_point now) noexcept {
        answered_at_ = now;
        return take_front();
    }

    /// Ends one command whose deadline has come; nothing if there is none.
    std::optional<expired_command> take_expired(time_point now) noexcept {
        while (auto const index = queue_.first_live()) {
            if (queue_[*index].deadline > now)
                break;
            if (auto waiter = abandon(*index))
                return expired_command{std::move(waiter), *index < begun_};
        }
        return std::nullopt;
    }

    /// Ends that command; nothing if it has ended already.
    std::optional<Waiter> cancel(command_number number) noexcept {
        auto const index = queue_.place_of(number);
        return index ? std::optional{abandon(*index)} : std::nullopt;
    }

    /// Ends the waiting for that command, which is sent all the same; nothing if it has ended already.
    std::optional<Waiter> leave(command_number number) noexcept {
        auto const index = queue_.place_of(number);
        return index && queue_[*index].waiter ? std::optional{std::move(queue_[*index].waiter)}
                                              : std::nullopt;
    }

    /// As `cancel`, but nothing either where the command has been sent, or may be sent all the same.
    std::optional<Waiter> cancel_unsent(command_number number) noexcept {
        auto const index = queue_.place_of(number);
        return index && *index >= gathered_ ? std::optional{abandon(*index)} : std::nullopt;
    }

    /// Notes that the connection is lost: what isn't begun stays for the next one, and is to be gathered anew. All else
    /// is to be ended by `take_lost`.
    void disconnect() noexcept {
        output_.clear();
        for (auto i = begun_; i != gathered_; ++i)
            if (!queue_[i].is_live)
                drop(i);
        gathered_ = begun_;
    }

    /// Ends one of the commands that were begun when the connection was lost; nothing if there is none left.
    std::optional<Waiter> take_lost() noexcept {
        while (begun_ != 0)
            if (auto waiter = take_front())
                return waiter;
        return std::nullopt;
    }

    /// Ends the first hasty command behind that one, the connection being lost, and sets `after` to its number; nothing
    /// if there is none left.
    std::optional<Waiter> take_hasty(command_number& after) noexcept {
        for (auto i = queue_.place_behind(after); i != queue_.size(); i = queue_.place_behind(after)) {
            after = queue_[i].number;
            if (queue_[i].is_live && queue_[i].is_hasty)
                if (auto waiter = abandon(i)) // whoever left it has been told
                    return waiter;
        }
        return std::nullopt;
    }

    /// Ends any one command, the connection being lost; nothing if there is none left.
    std::optional<Waiter> take_any() noexcept {
        while (!queue_.is_empty())
            if (auto waiter = take_front())
                return waiter;
        return std::nullopt;
    }

    /// When the first deadline comes; the clock's end if nobody waits.
    time_point nearest_deadline() noexcept {
        auto const index = queue_.first_live();
        return index ? queue_[*index].deadline : time_point::max();
    }

    /// Since when the server, though commands were sent to it, has answered none; the clock's end if it owes no reply.
    time_point silent_since() const noexcept {
        return begun_ == 0 ? time_point::max() : std::max(queue_.front().begun_at, answered_at_);
    }

    /// Whether nothing waits to be written or answered.
    bool is_idle() const noexcept { return queue_.counted() == 0; }

    std::size_t unwritten_bytes() const noexcept { return unwritten_bytes_; }
    /// Commands that count, tombstones among them.
    std::size_t size() const noexcept { return queue_.counted(); }

private:
    Waiter take_front() noexcept {
        auto waiter = std::move(queue_.front().waiter);
        if (begun_ != 0) {
            --begun_;
            --gathered_;
        } else if (queue_.front().is_live) {
            unwritten_bytes_ -= queue_.front().command.bytes().size();
        } else {
            queue_.forget_dropped_front();
        }
        queue_.pop_front();
        return waiter;
    }

    Waiter abandon(std::size_t index) noexcept {
        queue_[index].is_live = false;
        auto waiter = std::move(queue_[index].waiter);
        if (index >= gathered_) {
            drop(index);
            if (queue_.is_mostly_dropped())
                queue_.remove_dropped(gathered_);
        }
        return waiter;
    }

    void drop(std::size_t index) noexcept {
        unwritten_bytes_ -= queue_[index].command.bytes().size();
        queue_.drop(index);
    }

    std::size_t max_commands_;
    std::size_t max_unwritten_bytes_;
    command_queue<Waiter> queue_;
    gathered_bytes output_;
    std::size_t begun_ = 0;    // the first so many are begun
    std::size_t gathered_ = 0; // the first so many are begun or in output_
    std::size_t unwritten_bytes_ = 0;
    command_number last_number_ = 0;
    time_point answered_at_ = time_point::min();
};

} // namespace breakerbox::detail

#endif
