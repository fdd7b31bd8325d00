// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_COMMAND_QUEUE_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_COMMAND_QUEUE_HPP

#include <breakerbox/redis/connection/command.hpp>

#include <boost/circular_buffer.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

namespace breakerbox::detail {

/// Names a command for as long as its connection lives; greater than those of all commands before.
using command_number = std::uint64_t;

template <class Waiter>
struct queued_command {
    Waiter waiter;
    redis_command command;
    command_number number;
    std::chrono::steady_clock::time_point deadline;
    /// Whether it doesn't wait for a connection to be made anew.
    bool is_hasty;
    /// When the first of its bytes was written.
    std::chrono::steady_clock::time_point begun_at{};
    /// The place of its first byte among all bytes ever gathered.
    std::uint64_t begins_at = 0;
    /// Whether it has not ended.
    bool is_live = true;
};

/// Commands in the order in which they were accepted, found by their numbers. One that has ended is no longer live; one
/// that is dropped besides will never be sent, and counts no more though it may still stand here.
template <class Waiter>
class command_queue {
public:
    using value_type = queued_command<Waiter>;
    static_assert(std::is_nothrow_move_constructible_v<value_type> &&
                  std::is_nothrow_move_assignable_v<value_type>);

    bool is_empty() const noexcept { return commands_.empty(); }

    /// All that stand here, those that were dropped among them.
    std::size_t size() const noexcept { return commands_.size(); }

    /// How many were not dropped.
    std::size_t counted() const noexcept { return commands_.size() - dropped_; }

    value_type& operator[](std::size_t index) noexcept { return commands_[index]; }
    value_type const& operator[](std::size_t index) const noexcept { return commands_[index]; }
    value_type& front() noexcept { return commands_.front(); }
    value_type const& front() const noexcept { return commands_.front(); }
    value_type const& back() const noexcept { return commands_.back(); }

    /// Makes room for one more, where no command before the first `undropped` was dropped. Throws std::bad_alloc.
    void make_room(std::size_t undropped) {
        if (!commands_.full())
            return;
        remove_dropped(undropped);
        if (commands_.full())
            commands_.set_capacity(std::max<std::size_t>(16, commands_.capacity() * 2));
    }

    /// For which there must be room.
    void push(value_type&& command) noexcept { commands_.push_back(std::move(command)); }

    void pop_front() noexcept {
        commands_.pop_front();
        if (first_live_ != 0)
            --first_live_;
    }

    /// Notes that the command at the front, which is about to go, was dropped.
    void forget_dropped_front() noexcept { --dropped_; }

    /// Where the commands behind that one begin.
    std::size_t place_behind(command_number number) const noexcept {
        auto const found =
            std::upper_bound(commands_.begin(), commands_.end(), number,
                             [](command_number n, value_type const& c) { return n < c.number; });
        return static_cast<std::size_t>(found - commands_.begin());
    }

    /// Where a command that is live stands; nothing if it isn't.
    std::optional<std::size_t> place_of(command_number number) const noexcept {
        auto const index = number == 0 ? size() : place_behind(number - 1);
        bool const is_here = index != size() && commands_[index].number == number && commands_[index].is_live;
        return is_here ? std::optional{index} : std::nullopt;
    }

    /// Where the first live command stands.
    std::optional<std::size_t> first_live() noexcept {
        while (first_live_ < size() && !commands_[first_live_].is_live)
            ++first_live_;
        return first_live_ < size() ? std::optional{first_live_} : std::nullopt;
    }

    /// Drops a command that is not live, and frees its bytes.
    void drop(std::size_t index) noexcept {
        ++dropped_;
        [[maybe_unused]] auto const freed = std::move(commands_[index].command);
    }

    bool is_mostly_dropped() const noexcept { return dropped_ > 16 && dropped_ > commands_.size() / 2; }

    /// Removes those that were dropped, none of which is among the first `undropped`.
    void remove_dropped(std::size_t undropped) noexcept {
        if (dropped_ == 0)
            return;
        auto const from = commands_.begin() + static_cast<std::ptrdiff_t>(undropped);
        auto const kept =
            std::remove_if(from, commands_.end(), [](value_type const& c) { return !c.is_live; });
        commands_.erase_end(static_cast<std::size_t>(commands_.end() - kept));
        dropped_ = 0;
        first_live_ = std::min(first_live_, undropped);
    }

private:
    boost::circular_buffer<value_type> commands_;
    std::size_t first_live_ = 0; // none before this one is live
    std::size_t dropped_ = 0;
};

} // namespace breakerbox::detail

#endif
