// SPDX-License-Identifier: BSL-1.0
// Takes a connection's commands through any order of events, told by the input, with a server that sees the bytes: each
// command must end once, with its own reply if with any, and be sent as a whole, in order, and to one server alone.
#include "must.hpp"

#include <breakerbox/redis/connection/command.hpp>
#include <breakerbox/redis/connection/detail/pipeline.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>

using namespace breakerbox;

namespace {

using number = std::uint64_t;

/// Whoever waits for the command of that number; 0 for nobody.
class waiter {
public:
    waiter() = default;
    explicit waiter(number command) noexcept : command_(command) {}
    waiter(waiter&& other) noexcept : command_(std::exchange(other.command_, 0)) {}
    waiter& operator=(waiter&& other) noexcept {
        command_ = std::exchange(other.command_, 0);
        return *this;
    }

    explicit operator bool() const noexcept { return command_ != 0; }
    number command() const noexcept { return command_; }

private:
    number command_ = 0;
};

class run {
public:
    void step(std::uint8_t kind, std::uint8_t size) {
        switch (kind % 8) {
        case 0:
        case 1:
            return accept(size);
        case 2:
            return write(size);
        case 3:
            return answer();
        case 4:
            return expire(size);
        case 5:
            return cancel(size);
        case 6:
            return lose_connection();
        default:
            return look();
        }
    }

    /// The connection is closed: whoever still waits is told.
    void finish() {
        lose_connection();
        while (auto const left = pipeline_.take_any())
            end(*left);
        MUST(waiting_.empty());
        MUST(pipeline_.size() == 0 && pipeline_.unwritten_bytes() == 0 && pipeline_.is_idle());
    }

private:
    using time_point = std::chrono::steady_clock::time_point;
    using pipeline = detail::pipeline<waiter>;
    static constexpr std::size_t max_commands = 20;
    static constexpr std::size_t max_bytes = 2000;

    struct accepted {
        std::string bytes;
        time_point deadline;
        time_point latest_deadline; // which counts as that of a command accepted earlier, if later
    };
    /// A command as it stands in the bytes of one connection.
    struct sent {
        number command;
        std::uint64_t begin;
        std::uint64_t end;
    };

    void accept(std::uint8_t size) {
        auto const next = last_ + 1;
        auto const text = std::to_string(next) + ':' + std::string(size, 'x');
        redis_command command{"ECHO", text};
        std::string const bytes{command.bytes()};
        waiter who{next};
        auto const deadline = now_ + std::chrono::seconds{size % 16};
        bool const has_room =
            pipeline_.size() < max_commands && bytes.size() <= max_bytes - pipeline_.unwritten_bytes();
        auto const taken = pipeline_.accept(std::move(command), std::move(who), deadline);
        MUST(taken.has_value() == has_room);
        if (!taken) {
            MUST(who && !command.bytes().empty()); // they are left alone
            return;
        }
        MUST(*taken == next);
        last_ = next;
        latest_ = std::max(latest_, deadline);
        waiting_[next] = {bytes, deadline, latest_};
    }

    void write(std::uint8_t size) {
        auto const output = pipeline_.gather();
        auto new_ones = output.substr(gathered_ - written_);
        for (auto& [command, what] : waiting_) {
            if (new_ones.empty())
                break;
            if (command <= last_gathered_)
                continue;
            MUST(new_ones.starts_with(what.bytes));
            new_ones.remove_prefix(what.bytes.size());
            in_flight_.push_back({command, gathered_, gathered_ + what.bytes.size()});
            gathered_ += what.bytes.size();
            last_gathered_ = command;
        }
        MUST(new_ones.empty());
        MUST(!output.empty() || waiting_.upper_bound(last_gathered_) == waiting_.end());
        auto const some = std::min<std::size_t>(output.size(), std::size_t{size} * 4);
        pipeline_.wrote(some, now_);
        written_ += some;
    }

    /// By a server that has got the whole of the first command that it owes a reply.
    void answer() {
        if (in_flight_.empty() || in_flight_.front().end > written_)
            return;
        MUST(pipeline_.expects_reply());
        auto const command = in_flight_.front().command;
        in_flight_.pop_front();
        auto const who = pipeline_.take_answered(now_);
        MUST(who.command() == (waiting_.contains(command) ? command : 0));
        if (who)
            end(who);
    }

    void expire(std::uint8_t seconds) {
        now_ += std::chrono::seconds{seconds % 8};
        while (auto const expired = pipeline_.take_expired(now_)) {
            auto const command = expired->waiter.command();
            MUST(expired->was_sent == is_begun(command));
            MUST(waiting_.at(command).deadline <= now_);
            end(expired->waiter);
        }
        MUST(waiting_.empty() || waiting_.begin()->second.latest_deadline > now_);
    }

    void cancel(std::uint8_t which) {
        number const command = last_ < which ? which : last_ - which;
        auto const who = pipeline_.cancel(command);
        MUST(who.has_value() == waiting_.contains(command));
        if (who) {
            MUST(who->command() == command);
            end(*who);
        }
    }

    void lose_connection() {
        pipeline_.disconnect();
        while (auto const lost = pipeline_.take_lost()) {
            MUST(is_begun(lost->command()));
            end(*lost);
        }
        // What was begun is over; what wasn't is gathered again.
        last_gathered_ = 0;
        for (auto const& one : in_flight_)
            MUST(one.begin >= written_ || !waiting_.contains(one.command));
        in_flight_.clear();
        gathered_ = written_;
        MUST(!pipeline_.expects_reply());
    }

    void look() {
        auto const deadline = pipeline_.nearest_deadline();
        if (waiting_.empty())
            MUST(deadline == time_point::max());
        else
            MUST(deadline >= waiting_.begin()->second.deadline &&
                 deadline <= waiting_.begin()->second.latest_deadline);
        MUST(pipeline_.expects_reply() == (!in_flight_.empty() && in_flight_.front().begin < written_));
        MUST(pipeline_.size() >= waiting_.size());
        MUST((pipeline_.silent_since() == time_point::max()) == !pipeline_.expects_reply());
    }

    bool is_begun(number command) const {
        return std::ranges::any_of(
            in_flight_, [&](sent const& one) { return one.command == command && one.begin < written_; });
    }

    void end(waiter const& who) { MUST(waiting_.erase(who.command()) == 1); }

    pipeline pipeline_{max_commands, max_bytes};
    time_point now_{std::chrono::hours{1}};
    time_point latest_{};
    number last_ = 0;
    std::map<number, accepted> waiting_;
    // Of this connection: bytes are counted from the first one's beginning.
    std::deque<sent> in_flight_;
    std::uint64_t gathered_ = 0;
    std::uint64_t written_ = 0;
    number last_gathered_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    run events;
    for (std::size_t i = 0; i + 1 < size; i += 2)
        events.step(data[i], data[i + 1]);
    events.finish();
    return 0;
}
