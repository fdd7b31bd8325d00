// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_PIPELINE_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_PIPELINE_HPP

#include <breakerbox/redis/connection/command.hpp>
#include <breakerbox/redis/connection/error.hpp>

#include <boost/circular_buffer.hpp>
#include <boost/system/result.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

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
    /// Names a command for as long as the pipeline lives; greater than those of all commands before.
    using command_number = std::uint64_t;

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
        if (queue_.size() - dropped_ >= max_commands_)
            return redis_errc::too_many_commands;
        if (size > max_unwritten_bytes_ - unwritten_bytes_)
            return redis_errc::too_many_bytes;
        if (queue_.full())
            make_room();
        if (!queue_.empty())
            deadline = std::max(deadline, queue_.back().deadline);
        queue_.push_back(queued{std::move(waiter), std::move(command), ++last_number_, deadline, is_hasty});
        unwritten_bytes_ += size;
        return last_number_;
    }

    /// All bytes that are to be written now, at least those of one command if there is one. Valid until the next call
    /// of a member that isn't const.
    std::string_view gather() {
        if (output_begin_ == output_.size())
            clear_output();
        remove_dropped();
        for (; gathered_ != queue_.size() && output_.size() - output_begin_ < enough_output; ++gathered_) {
            auto& next = queue_[gathered_];
            next.begins_at = output_end_;
            auto const bytes = next.command.bytes();
            output_.insert(output_.end(), bytes.begin(), bytes.end());
            output_end_ += bytes.size();
        }
        return gathered_before();
    }

    /// What was gathered and isn't written yet, and no more; valid as above.
    std::string_view gathered_before() const noexcept {
        return {output_.data() + output_begin_, output_.size() - output_begin_};
    }

    /// Notes that the first so many of the gathered bytes are written.
    void wrote(std::size_t bytes, time_point now) noexcept {
        output_begin_ += bytes;
        auto const written_to = output_end_ - (output_.size() - output_begin_);
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
        while (auto const index = first_live()) {
            if (queue_[*index].deadline > now)
                break;
            if (auto waiter = abandon(*index))
                return expired_command{std::move(waiter), *index < begun_};
        }
        return std::nullopt;
    }

    /// Ends that command; nothing if it has ended already.
    std::optional<Waiter> cancel(command_number number) noexcept {
        auto const index = place_of(number);
        return index ? std::optional{abandon(*index)} : std::nullopt;
    }

    /// Ends the waiting for that command, which is sent all the same; nothing if it has ended already.
    std::optional<Waiter> leave(command_number number) noexcept {
        auto const index = place_of(number);
        return index && queue_[*index].waiter ? std::optional{std::move(queue_[*index].waiter)}
                                              : std::nullopt;
    }

    /// The same, but nothing either where the command may be sent all the same, or has been.
    std::optional<Waiter> cancel_unsent(command_number number) noexcept {
        auto const index = place_of(number);
        return index && *index >= gathered_ ? std::optional{abandon(*index)} : std::nullopt;
    }

    /// Notes that the connection is lost: what isn't begun stays for the next one, and is to be gathered anew. All else
    /// is to be ended by `take_lost`.
    void disconnect() noexcept {
        clear_output();
        for (auto i = begun_; i != gathered_; ++i)
            if (!queue_[i].is_live)
                drop(queue_[i]);
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
        for (auto i = place_behind(after); i != queue_.size(); i = place_behind(after)) {
            after = queue_[i].number;
            if (queue_[i].is_live && queue_[i].is_hasty)
                if (auto waiter = abandon(i)) // whoever left it has been told
                    return waiter;
        }
        return std::nullopt;
    }

    /// Ends any one command, the connection being lost; nothing if there is none left.
    std::optional<Waiter> take_any() noexcept {
        while (!queue_.empty())
            if (auto waiter = take_front())
                return waiter;
        return std::nullopt;
    }

    /// When the first deadline comes; the clock's end if nobody waits.
    time_point nearest_deadline() noexcept {
        auto const index = first_live();
        return index ? queue_[*index].deadline : time_point::max();
    }

    /// Since when the server, though commands were sent to it, has answered none; the clock's end if it owes no reply.
    time_point silent_since() const noexcept {
        return begun_ == 0 ? time_point::max() : std::max(queue_.front().begun_at, answered_at_);
    }

    /// Whether nothing waits to be written or answered.
    bool is_idle() const noexcept { return queue_.size() == dropped_; }

    std::size_t unwritten_bytes() const noexcept { return unwritten_bytes_; }
    /// Commands that count, tombstones among them.
    std::size_t size() const noexcept { return queue_.size() - dropped_; }

private:
    // Enough for one write: more would only be copied, and could not be taken back.
    static constexpr std::size_t enough_output = 64 * 1024;

    struct queued {
        Waiter waiter;
        redis_command command;
        command_number number;
        time_point deadline;
        bool is_hasty;
        time_point begun_at{};
        std::uint64_t begins_at = 0; // among all bytes ever gathered
        bool is_live = true;
    };
    static_assert(std::is_nothrow_move_constructible_v<queued> && std::is_nothrow_move_assignable_v<queued>);

    void make_room() {
        remove_dropped();
        if (queue_.full())
            queue_.set_capacity(std::max<std::size_t>(16, queue_.capacity() * 2));
    }

    void clear_output() noexcept {
        if (output_.capacity() > 4 * enough_output)
            output_ = {};
        output_.clear();
        output_begin_ = 0;
    }

    Waiter take_front() noexcept {
        auto waiter = std::move(queue_.front().waiter);
        if (begun_ == 0) {
            if (queue_.front().is_live)
                unwritten_bytes_ -= queue_.front().command.bytes().size();
            else
                --dropped_;
        } else {
            --begun_;
            --gathered_;
        }
        queue_.pop_front();
        if (first_live_ != 0)
            --first_live_;
        return waiter;
    }

    std::optional<std::size_t> first_live() noexcept {
        while (first_live_ < queue_.size() && !queue_[first_live_].is_live)
            ++first_live_;
        return first_live_ < queue_.size() ? std::optional{first_live_} : std::nullopt;
    }

    std::size_t place_behind(command_number number) const noexcept {
        auto const found = std::upper_bound(queue_.begin(), queue_.end(), number,
                                            [](command_number n, queued const& c) { return n < c.number; });
        return static_cast<std::size_t>(found - queue_.begin());
    }

    /// Of a command that somebody waits for; nothing if nobody does.
    std::optional<std::size_t> place_of(command_number number) const noexcept {
        auto const index = number == 0 ? queue_.size() : place_behind(number - 1);
        bool const waits = index != queue_.size() && queue_[index].number == number && queue_[index].is_live;
        return waits ? std::optional{index} : std::nullopt;
    }

    Waiter abandon(std::size_t index) noexcept {
        auto& command = queue_[index];
        command.is_live = false;
        auto waiter = std::move(command.waiter);
        if (index >= gathered_) {
            drop(command);
            if (dropped_ > 16 && dropped_ > queue_.size() / 2)
                remove_dropped();
        }
        return waiter;
    }

    void drop(queued& command) noexcept {
        ++dropped_;
        unwritten_bytes_ -= command.command.bytes().size();
        [[maybe_unused]] auto const freed = std::move(command.command);
    }

    void remove_dropped() noexcept {
        if (dropped_ == 0)
            return;
        auto const from = queue_.begin() + static_cast<std::ptrdiff_t>(gathered_);
        auto const kept = std::remove_if(from, queue_.end(), [](queued const& c) { return !c.is_live; });
        queue_.erase_end(static_cast<std::size_t>(queue_.end() - kept));
        dropped_ = 0;
        first_live_ = std::min(first_live_, gathered_);
    }

    std::size_t max_commands_;
    std::size_t max_unwritten_bytes_;
    boost::circular_buffer<queued> queue_;
    std::size_t begun_ = 0;      // the first so many are begun
    std::size_t gathered_ = 0;   // the first so many are begun or in output_
    std::size_t first_live_ = 0; // none before this one is waited for
    std::size_t dropped_ = 0;    // how many are neither gathered nor waited for
    std::size_t unwritten_bytes_ = 0;
    std::vector<char> output_;
    std::size_t output_begin_ = 0; // what is before it is written
    std::uint64_t output_end_ = 0; // of output_, among all bytes ever gathered
    command_number last_number_ = 0;
    time_point answered_at_ = time_point::min();
};

} // namespace breakerbox::detail

#endif
