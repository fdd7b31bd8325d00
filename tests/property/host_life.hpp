// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_PROPERTY_HOST_LIFE_HPP
#define BREAKERBOX_TESTS_PROPERTY_HOST_LIFE_HPP

#include <breakerbox/base/host_status.hpp>
#include <breakerbox/rule/recovering.hpp>

#include "property/random_rules.hpp"
#include "property/random_script.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace property {

using breakerbox::breaker_state;
using breakerbox::host_status;
using breakerbox::instant;
using breakerbox::verdict;

enum class event : std::uint8_t {
    acquire,
    report,
    failure_without_permit,
    nothing,
    force_open_for,
    force_open,
    reset
};

struct step {
    event what = event::nothing;
    breakerbox::moment at{};
    /// The permit reported: its place among all that were ever given.
    std::size_t permit = 0;
    breakerbox::ended_call call{};
    microseconds open_for{};
};

/// What a step is told.
struct answer {
    /// The number of the permit that was given.
    std::optional<std::uint64_t> permit = std::nullopt;
    /// Whether a report was worth anything.
    bool counted = false;

    friend bool operator==(answer const&, answer const&) = default;
};

inline std::string to_string(step const& s) {
    auto const permit = [&] { return " permit " + std::to_string(s.permit); };
    switch (s.what) {
    case event::acquire:
        return "acquire";
    case event::report:
        return std::string{to_string(s.call.result)} + " after " + std::to_string(s.call.took.count()) +
               "us of" + permit();
    case event::failure_without_permit:
        return "failure without permit";
    case event::force_open_for:
        return "force_open " + std::to_string(s.open_for.count()) + "us";
    case event::force_open:
        return "force_open";
    case event::reset:
        return "reset";
    case event::nothing:
        break;
    }
    return "nothing";
}

enum class clock_kind : std::uint8_t { runs_on, may_step_back };

/// The life of one host under a rule, as a script has it.
template <breakerbox::trip_rule Trip>
class host_life {
public:
    using rules_type = breakerbox::recovering<Trip>;
    using state_type = typename rules_type::state;

    host_life(Trip const& rule, script const& s, clock_kind clock)
        : rules(rule), steps_(&s.steps), clock_(clock) {
        rules.validate();
    }

    rules_type rules;
    state_type state{};
    instant now = std::chrono::seconds{1};
    /// The numbers of all permits ever given.
    std::vector<std::uint64_t> permits;

    breakerbox::recovery const& recovery() const { return rules.trip().recovery; }
    host_status look() const { return rules.look(state, now); }

    /// Moves the clock to the next step of the script, and says what it is; nothing at the script's end.
    std::optional<step> next() {
        if (taken_.size() == steps_->size())
            return std::nullopt;
        auto const s = read(choices{(*steps_)[taken_.size()]});
        taken_.push_back(s);
        return s;
    }

    answer take(step const& s) {
        auto const told = take(s, state);
        if (told.permit)
            permits.push_back(*told.permit);
        return told;
    }

    /// Takes a step with another state.
    answer take(step const& s, state_type& with) const {
        switch (s.what) {
        case event::acquire:
            return {.permit = rules.acquire(with, s.at)};
        case event::report:
            return {.counted = rules.report(with, permits[s.permit], s.call, s.at)};
        case event::failure_without_permit:
            rules.record(with, {verdict::failure}, s.at);
            break;
        case event::force_open_for:
            rules.force_open(with, s.open_for, s.at);
            break;
        case event::force_open:
            rules.force_open(with, std::nullopt, s.at);
            break;
        case event::reset:
            rules.reset(with, s.at);
            break;
        case event::nothing:
            break;
        }
        return {};
    }

    /// A moment in which no step of the script is taken.
    breakerbox::moment moment_at(instant t) const { return {.now = t, .fresh = taken_.size() + 1}; }

    /// Fails the property, with the whole life that led there.
    void must(bool holds, char const* claim) const {
        if (!holds)
            RC_FAIL(std::string{"not so: "} + claim + "\n" + told());
    }

private:
    step read(choices from) {
        step s{.what = random_event(from)};
        pass_time(from);
        s.at = {.now = now, .fresh = taken_.size() + 1};
        auto const count = static_cast<std::uint32_t>(permits.size());
        // One of the last few as often as any: of old ones a long life has the most.
        auto const back = from.below(2) == 0 ? from.below(std::min(count, 3u)) : from.below(count);
        if (s.what == event::report)
            s.permit = count - 1 - back;
        auto const result = from.below(16);
        s.call.result = result < 8 ? verdict::success : result < 15 ? verdict::failure : verdict::neutral;
        s.call.took = s.open_for = microseconds{from.below(12)};
        s.at.jitter = from.below(256) / 256.0;
        return s;
    }

    event random_event(choices& from) const {
        auto const n = from.below(256);
        if (n < 100)
            return event::acquire;
        if (n < 200)
            return permits.empty() ? event::acquire : event::report;
        if (n < 225)
            return event::failure_without_permit;
        // A state learns of a clock that steps back by the next event, not by a look.
        if (n < 248)
            return clock_ == clock_kind::runs_on ? event::nothing : event::acquire;
        return n < 252 ? event::force_open_for : n < 253 ? event::force_open : event::reset;
    }

    void pass_time(choices& from) {
        auto const how = from.below(32);
        microseconds const some{from.below(64)};
        // One microsecond before it, on it, or one after it.
        auto const to = [&](instant boundary) { now = std::max(now, boundary - microseconds{1} + some % 3); };
        if (how < 12)
            return;
        if (how < 16)
            now += microseconds{1};
        else if (how < 21)
            now += some / 3;
        else if (how < 23)
            now += some;
        else if (how < 29)
            if (auto const wait = look().retry_after; wait != breakerbox::duration::max())
                to(now + std::chrono::duration_cast<microseconds>(wait));
        if (how == 29 && rules.expires_at(state) != instant::max() && some > microseconds{40})
            to(rules.expires_at(state));
        if (how > 29 && clock_ == clock_kind::may_step_back)
            now = std::max(instant{}, now - (some > microseconds{60} ? now / 2 : some));
    }

    /// Tells the life step by step.
    std::string told() const {
        std::ostringstream text;
        text << rules.trip() << '\n';
        state_type again{};
        std::size_t given = 0;
        for (auto const& s : taken_) {
            auto const number = take(s, again).permit;
            text << "  " << s.at.now.count() << "us " << to_string(s);
            if (number)
                text << ": permit " << given++ << " with number " << *number;
            text << " -> " << rules.look(again, s.at.now) << '\n';
        }
        return text.str();
    }

    std::vector<std::uint64_t> const* steps_;
    clock_kind clock_;
    std::vector<step> taken_;
};

/// 10,000 lives of hosts under either rule must hold the property, which is called with each.
template <class Property>
void check_lives(clock_kind clock, Property const& property) {
    check_scripts([&](script const& s) {
        host_life life{random_consecutive_failures(s), s, clock};
        property(life);
    });
    check_scripts([&](script const& s) {
        host_life life{random_failure_rate(s), s, clock};
        property(life);
    });
}

} // namespace property

#endif
