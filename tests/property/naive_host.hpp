// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_PROPERTY_NAIVE_HOST_HPP
#define BREAKERBOX_TESTS_PROPERTY_NAIVE_HOST_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/recovery.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace property {

using breakerbox::breaker_state;
using breakerbox::consecutive_failures;
using breakerbox::instant;
using breakerbox::verdict;

/// A host under consecutive_failures, as the rule is described and not as it is written: it keeps all calls, in the
/// order in which they came and in which they ended, and counts anew whatever it is asked.
///
/// It knows no jitter, no opening by hand, no forgetting and no clock that steps back.
class naive_host {
public:
    explicit naive_host(consecutive_failures const& rule) : rule_(&rule) {}

    /// Asks leave: the call's place among all that had it, or nothing.
    std::optional<std::size_t> acquire(instant now) {
        if (state_ == breaker_state::open && now >= open_until_)
            change_to(breaker_state::half_open);
        if (!may_pass(now))
            return std::nullopt;
        calls_[begun_] = {.generation = generation_, .begun_at = now};
        return begun_++;
    }

    void report(std::size_t which, verdict v, instant now) {
        auto& c = calls_[which];
        if (c.generation != generation_ || is_given_up(c, now))
            return;
        c.ended_as = v;
        ended_[ended_count_++] = which;
        if (state_ == breaker_state::closed) {
            if (run() == rule_->threshold) {
                tripped_by_ = run();
                open(now);
            }
        } else if (ended_with(verdict::failure) == recovery().failures_to_reopen) {
            open(now);
        } else if (ended_with(verdict::success) == recovery().successes_to_close) {
            open_time_ = {};
            change_to(breaker_state::closed);
        }
    }

    breaker_state state() const { return state_; }

    std::chrono::microseconds retry_after(instant now) const {
        std::chrono::microseconds const none{};
        if (may_pass(now))
            return none;
        if (state_ == breaker_state::open)
            return std::max(none, open_until_ - now);
        return *next_lease_end(now) - now;
    }

    /// How many failures a status should show.
    std::uint32_t failures() const { return state_ == breaker_state::closed ? run() : tripped_by_; }

    std::uint32_t probes_out(instant now) const {
        return static_cast<std::uint32_t>(
            std::ranges::count_if(begun(), [&](call const& c) { return is_probe_out(c, now); }));
    }

    /// How many calls of the present generation have ended so.
    std::uint32_t ended_with(verdict v) const {
        return static_cast<std::uint32_t>(std::ranges::count_if(
            begun(), [&](call const& c) { return c.generation == generation_ && c.ended_as == v; }));
    }

    std::optional<instant> open_until() const {
        return state_ == breaker_state::open ? std::optional{open_until_} : std::nullopt;
    }

    std::optional<instant> next_lease_end(instant now) const {
        std::optional<instant> next;
        for (auto const& c : begun())
            if (auto const end = lease_end(c); is_probe_out(c, now) && (!next || end < *next))
                next = end;
        return next;
    }

private:
    struct call {
        int generation = 0;
        instant begun_at{};
        std::optional<verdict> ended_as = std::nullopt;
    };

    breakerbox::recovery const& recovery() const { return rule_->recovery; }
    std::span<call const> begun() const { return {calls_.data(), begun_}; }

    instant lease_end(call const& c) const { return c.begun_at + recovery().probe_lease; }

    bool is_given_up(call const& c, instant now) const {
        return state_ == breaker_state::half_open && now >= lease_end(c);
    }

    bool is_probe_out(call const& c, instant now) const {
        return state_ == breaker_state::half_open && c.generation == generation_ && !c.ended_as &&
               !is_given_up(c, now);
    }

    bool may_pass(instant now) const {
        switch (state_) {
        case breaker_state::closed:
            return true;
        case breaker_state::open:
            return now >= open_until_;
        case breaker_state::half_open:
            break;
        }
        return probes_out(now) < recovery().probes;
    }

    /// How many failures came last, in the present generation.
    std::uint32_t run() const {
        std::uint32_t failures = 0;
        for (auto n = ended_count_; n != 0; --n) {
            auto const& c = calls_[ended_[n - 1]];
            if (c.generation != generation_ || c.ended_as == verdict::success)
                break;
            failures += c.ended_as == verdict::failure;
        }
        return failures;
    }

    void open(instant now) {
        open_time_ = open_time_.count() == 0
                         ? recovery().open_for
                         : std::chrono::microseconds{
                               std::llround(std::floor(double(open_time_.count()) * recovery().growth))};
        open_time_ = std::min(open_time_, recovery().max_open_for);
        open_until_ = now + open_time_;
        change_to(breaker_state::open);
    }

    void change_to(breaker_state state) {
        state_ = state;
        ++generation_;
    }

    static constexpr std::size_t most_calls = 16;

    consecutive_failures const* rule_;
    breaker_state state_ = breaker_state::closed;
    int generation_ = 0;
    instant open_until_{};
    std::chrono::microseconds open_time_{};
    std::uint32_t tripped_by_ = 0;
    std::array<call, most_calls> calls_{};
    std::size_t begun_ = 0;
    /// The places of the calls that have ended and counted, in that order.
    std::array<std::size_t, most_calls> ended_{};
    std::size_t ended_count_ = 0;
};

} // namespace property

#endif
