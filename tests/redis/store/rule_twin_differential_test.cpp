// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/detail/meeting.hpp>
#include <breakerbox/redis/store/detail/rule_twin.hpp>

#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>
#include <breakerbox/rule/recovering.hpp>

#include <catch2/catch_test_macros.hpp>

#include "property/host_life.hpp"
#include "property/random_rules.hpp"
#include "property/random_script.hpp"
#include "redis/support/redis_server.hpp"
#include "redis/support/virtual_twin.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rule_twin_differential_test {

// The scripts of the rules against the rules themselves: random lives of hosts, each step of which both take, and must
// answer alike. In virtual time, so that they agree to the microsecond.

namespace {

using namespace breakerbox;
using detail::step_answer;
using detail::step_request;
using detail::twin_step;
using property::choices;
using property::operator<<;
using property::script;

/// Redis' clock runs from here on, that of the C++ rule from 0: a rule only ever sees differences, but the doubles of
/// the script must stay exact.
constexpr std::chrono::microseconds epoch = std::chrono::years{56};

/// How long a key lives that is to live for ever.
constexpr std::chrono::microseconds longest_life{std::int64_t{1} << 52};

constexpr std::string_view host = "host";

/// Makes some of the times the longest there are, or such that they become so.
void make_long(recovery& r, script const& s) {
    choices from{s.for_rule[0] ^ s.for_rule[1]};
    constexpr auto longest = std::chrono::microseconds::max();
    if (from.below(2) == 0) {
        r.max_open_for = longest;
        r.growth = 1e300;
    }
    if (from.below(4) == 0)
        r.open_for = r.max_open_for = longest;
    if (from.below(2) == 0)
        r.probe_lease = longest;
    if (from.below(2) == 0)
        r.forget_after = longest;
}

failure_rate random_rate_of_calls(script const& s) {
    auto rule = property::random_failure_rate(s);
    if (!rule.window.in_calls())
        rule.window = 1 + rule.window.span().count() % 8;
    rule.minimum_calls =
        static_cast<std::uint32_t>(std::min<std::int64_t>(rule.minimum_calls, rule.window.calls()));
    return rule;
}

failure_rate random_rate_of_a_time(script const& s) {
    auto rule = property::random_failure_rate(s);
    if (rule.window.in_calls())
        rule.window = std::chrono::microseconds{7 * rule.window.calls()};
    return rule;
}

failure_count random_failure_count(script const& s) {
    choices from{s.for_rule[0]};
    failure_count rule{.max_failures = from.below(4),
                       .reset_timeout = std::chrono::microseconds{1 + from.below(20)}};
    if (from.below(16) == 15)
        rule.reset_timeout = std::chrono::microseconds::max();
    return rule;
}

std::ostream& operator<<(std::ostream& out, failure_count const& rule) {
    return out << "failure_count max_failures=" << rule.max_failures
               << " reset_timeout=" << rule.reset_timeout.count() << "us";
}

std::string text_of(step_answer const& a) {
    std::ostringstream text;
    auto const& s = a.status;
    text << (a.done ? "done" : "not done") << ", number " << a.number << (a.is_probe ? ", a probe" : "")
         << ", " << to_string(a.from) << " to " << s << " [cause " << int{static_cast<std::uint8_t>(s.cause)}
         << ", " << s.failures << " failures, " << s.calls << " calls, " << s.slow_calls << " slow; probes "
         << s.probes.out << " out, " << s.probes.successes << " succeeded, " << s.probes.failures
         << " failed, " << s.probes.given_up << " given up, " << a.probes_given_up << " now; opened at "
         << (s.opened_at ? std::to_string(s.opened_at->count()) + "us" : "no time") << ", retry after "
         << s.retry_after.count() << "ns; opening " << a.opening << ", closed "
         << (a.closed_ago ? std::to_string(a.closed_ago->count()) + "us ago" : "at no time") << ']';
    return text.str();
}

bool is_same(step_answer const& a, step_answer const& b) {
    return a.done == b.done && a.number == b.number && a.is_probe == b.is_probe && a.from == b.from &&
           a.probes_given_up == b.probes_given_up && a.status == b.status && a.opening == b.opening &&
           a.closed_ago == b.closed_ago;
}

/// Takes steps with a rule's script, and holds what it answers against what the C++ rule has answered. The commands of
/// a whole life are sent before the first reply is read.
template <rule Rule>
class comparison {
public:
    comparison(support::pipelined_client& client, Rule const& rule)
        : rule_(rule), client_(client), twin_(client, rule) {
        twin_.send_forget(host);
    }

    /// `kept`: what a look must tell then.
    void step(std::string const& what, step_request const& asked, step_answer const& expected,
              host_status const& kept, instant now) {
        twin_.send(asked, host, epoch + now);
        // What has been answered must have been kept.
        twin_.send({.step = twin_step::look}, host, epoch + now);
        steps_.push_back({what, expected, kept, now});
    }

    /// Each key must expire, and then: to be said when all steps are taken.
    void keys_live_until(instant end) {
        client_.send(redis_command{"HVALS", support::virtual_twin<Rule>::lives_key(host)});
        end_ = detail::saturating_add(end, epoch);
    }

    /// Fails the property at the first difference, with the life up to it.
    void check() {
        client_.receive();
        std::optional<std::string> difference;
        std::size_t same = 0;
        for (auto const& [what, expected, kept, now] : steps_) {
            // All replies must be read, also after a difference.
            auto const found = twin_.receive(now);
            auto const looked = twin_.receive(now);
            if (difference)
                continue;
            if (!is_same(found, expected))
                difference = "but the script: " + text_of(found);
            else if (!is_same(looked, {.done = true,
                                       .from = kept.state,
                                       .status = kept,
                                       .opening = expected.opening,
                                       .closed_ago = expected.closed_ago}))
                difference = "but a look at what was kept: " + text_of(looked);
            else
                ++same;
        }
        auto const lives = client_.receive();
        for (std::size_t i = 0; i != lives.size() && !difference; ++i)
            if (auto const life = lives[i].integer();
                end_ == instant::max() ? life < longest_life.count() : life != end_.count())
                difference = "but a key lives until " + std::string{lives[i].text()} +
                             "us, and should until " + std::to_string(end_.count()) + "us";
        if (difference)
            RC_FAIL(told(same) + "  " + *difference);
    }

private:
    struct taken {
        std::string what;
        step_answer expected;
        host_status kept;
        instant now;
    };

    std::string told(std::size_t steps) const {
        std::ostringstream text;
        text << rule_ << '\n';
        for (std::size_t i = 0; i != steps_.size() && i <= steps; ++i)
            text << "  " << steps_[i].now.count() << "us " << steps_[i].what << ": "
                 << text_of(steps_[i].expected) << '\n';
        return text.str();
    }

    Rule rule_;
    support::pipelined_client& client_;
    support::virtual_twin<Rule> twin_;
    std::vector<taken> steps_;
    instant end_{};
};

/// A server, and a property that holds for so many random scripts, always the same ones.
class differential {
public:
    template <class Property>
    void check(int scripts, std::uint64_t seed, Property const& property) {
        auto params = rc::detail::configuration().testParams;
        params.maxSuccess = scripts;
        params.seed = seed;
        using clock = std::chrono::steady_clock;
        auto end = clock::time_point::max();
        auto const until_end = [&](script const& s) {
            // A life that differs is made ever simpler, but the test must end while somebody waits for it.
            if (clock::now() > end)
                return;
            try {
                property(s);
            } catch (...) {
                end = std::min(end, clock::now() + std::chrono::seconds{10});
                throw;
            }
        };
        auto const result = rc::detail::checkTestable(until_end, rc::detail::TestMetadata{}, params);
        std::ostringstream text;
        rc::detail::printResultMessage(result, text);
        INFO(text.str());
        REQUIRE(result.template is<rc::detail::SuccessResult>());
    }

    support::redis_server server;
    support::pipelined_client client{redisConnectUnix(server.socket_path().c_str())};
};

/// Of counts and of their expiries the greater one stays.
void meet(failure_count const& rule, failure_count::state& s, host_status const& known, instant now) {
    auto const left = detail::open_time_left(known);
    auto ends = left ? now + *left : instant::max();
    if (known.failures > s.failures) {
        s.failures = static_cast<std::uint32_t>(known.failures);
        ends = std::max(ends, detail::saturating_add(now, rule.reset_timeout));
    }
    s.expires_at = s.failures == 0 ? instant::min() : std::max(s.expires_at, ends);
}

/// What another process brings when it comes back; most often that the host is open.
host_status random_status(choices from) {
    host_status known;
    known.state = from.below(4) == 0 ? breaker_state::closed : breaker_state::open;
    if (known.state == breaker_state::open) {
        known.cause = from.below(2) == 0 ? trip_cause::failures : trip_cause::by_hand;
        known.retry_after = from.below(16) == 0 ? duration::max() : duration{from.below(20'000)};
        if (from.below(4) == 0)
            known.state = breaker_state::half_open;
    }
    known.failures = from.below(4);
    known.calls = known.failures + from.below(3);
    return known;
}

/// Brings a state up to the time, as any step does: the permit is nobody's.
template <trip_rule Trip>
void bring_up_to(recovering<Trip> const& rules, typename recovering<Trip>::state& s, moment m) {
    rules.report(s, ~std::uint64_t{}, {}, m);
}

/// Whether the clock has stepped back since the state was made.
template <trip_rule Trip>
bool is_ahead(recovering<Trip> const& rules, typename recovering<Trip>::state const& s, instant now) {
    auto const latest = detail::saturating_add(now, rules.trip().recovery.probe_lease);
    return rules.expires_at(s) > now &&
           (s.touched_at > now || (s.state != breaker_state::closed && s.open.began > now) ||
            s.probes.last_end() > latest);
}

/// What the script keeps of a host besides the rule's state.
struct kept_besides {
    std::uint64_t opening = 0;
    std::optional<instant> closed_at = std::nullopt;
};

/// Where a host is brought in it is open for the rest of the time, and no more than that happens to it. Returns whether
/// it is.
template <trip_rule Trip>
bool meet(recovering<Trip> const& rules, typename recovering<Trip>::state& s, kept_besides const& besides,
          step_request const& asked, moment m) {
    auto const& known = *asked.known;
    auto const left = detail::open_time_left(known);
    auto const ends = left ? m.now + *left : instant::max();
    detail::shared_opening shared{.state = s.state, .number = besides.opening};
    if (besides.closed_at)
        shared.closed_ago = m.now - *besides.closed_at;
    if (s.open.until == instant::max())
        shared.left.reset();
    else
        shared.left = s.open.until - m.now;
    if (known.state == breaker_state::closed ||
        !detail::is_brought_in({asked.opening, asked.learnt_ago, left}, shared))
        return false;
    s.state = breaker_state::open;
    s.cause = known.cause;
    s.tripped_by = {known.failures, known.calls, known.slow_calls};
    s.tally = {};
    s.probes.out.clear();
    if (s.open.length.count() == 0)
        s.open.length = rules.trip().recovery.open_for;
    s.open.began = s.touched_at = m.now;
    s.open.until = ends;
    s.probes.failures = known.probes.failures;
    return true;
}

/// Follows what the script keeps besides: `before` is the state as the step found it, brought up to the time.
template <trip_rule Trip>
void follow(kept_besides& besides, typename recovering<Trip>::state const& before,
            typename recovering<Trip>::state const& after, step_request const& asked, bool is_met,
            instant now) {
    if (asked.step == twin_step::reset ||
        (before.state != breaker_state::closed && after.state == breaker_state::closed))
        besides = {0, now};
    else if (is_met)
        besides.opening = asked.opening != 0 ? asked.opening : asked.fresh;
    else if (after.state == breaker_state::open && asked.step != twin_step::meet &&
             (before.state != breaker_state::open || asked.step == twin_step::force_open ||
              after.open.until != before.open.until))
        besides.opening = asked.fresh;
}

template <trip_rule Trip>
step_answer take_step(property::host_life<Trip>& life, property::step const& s, step_request& asked,
                      host_status& known, kept_besides const& besides, bool& is_met) {
    step_answer expected{.done = true, .from = life.rules.state_at(life.state, s.at.now)};
    asked.fresh = s.at.fresh;
    asked.jitter = s.at.jitter;
    if (s.what == property::event::report && s.at.fresh % 4 == 0) {
        // As if another store had given the permit.
        asked.step = twin_step::report;
        asked.any_number = true;
        asked.call = s.call;
        expected.done = life.rules.count_if_closed(life.state, s.call, s.at);
        expected.status = life.look();
        return expected;
    }
    if (s.what == property::event::failure_without_permit && s.at.fresh % 4 == 0) {
        known = random_status(choices{s.at.fresh * 0x9e3779b97f4a7c15});
        asked.step = twin_step::meet;
        asked.known = &known;
        choices from{s.at.fresh * 0xbf58476d1ce4e5b9};
        asked.opening = from.below(2) == 0 ? besides.opening : from.below(3);
        asked.learnt_ago = std::chrono::microseconds{from.below(40)};
        bring_up_to(life.rules, life.state, s.at);
        is_met = meet(life.rules, life.state, besides, asked, s.at);
        expected.status = life.look();
        return expected;
    }
    if (s.what == property::event::failure_without_permit && s.at.fresh % 4 != 1) {
        asked.step = twin_step::record;
        asked.call = s.call;
        life.rules.record(life.state, s.call, s.at);
        expected.status = life.look();
        return expected;
    }
    if (s.what == property::event::report && s.at.fresh % 4 == 2) {
        asked.step = twin_step::renew;
        asked.number = life.permits[s.permit];
        expected.done = life.rules.renew(life.state, asked.number, s.at);
        expected.status = life.look();
        return expected;
    }
    if (s.what == property::event::acquire && s.at.fresh % 4 == 1) {
        asked.step = twin_step::acquire;
        asked.may_probe = false;
        auto const permit = life.rules.acquire(life.state, s.at, false);
        if (permit)
            life.permits.push_back(*permit);
        expected.done = permit.has_value();
        expected.number = permit.value_or(0);
        expected.status = life.rules.look(life.state, s.at.now, false);
        if (expected.status.state != life.look().state)
            expected.from = expected.status.state;
        return expected;
    }
    auto const told = life.take(s);
    switch (s.what) {
    case property::event::acquire:
        asked.step = twin_step::acquire;
        expected.done = told.permit.has_value();
        expected.number = told.permit.value_or(0);
        expected.is_probe = expected.done && life.state.state != breaker_state::closed;
        break;
    case property::event::report:
        asked.step = twin_step::report;
        asked.number = life.permits[s.permit];
        asked.call = s.call;
        expected.done = told.counted;
        break;
    case property::event::failure_without_permit:
        asked.step = twin_step::record;
        asked.call = {verdict::failure};
        break;
    case property::event::force_open_for:
        asked.step = twin_step::force_open;
        asked.open_for = s.open_for;
        break;
    case property::event::force_open:
        asked.step = twin_step::force_open;
        break;
    case property::event::reset:
        asked.step = twin_step::reset;
        break;
    case property::event::nothing:
        asked.step = twin_step::look;
        if (is_ahead(life.rules, life.state, s.at.now)) // which a look corrects
            bring_up_to(life.rules, life.state, s.at);
        break;
    }
    expected.status = life.look();
    return expected;
}

template <trip_rule Trip>
step_answer take(property::host_life<Trip>& life, property::step const& s, step_request& asked,
                 host_status& known, kept_besides const& besides, bool& is_met) {
    auto const given_up = [&] { return life.state.probes.given_up; };
    auto const before = given_up();
    auto expected = take_step(life, s, asked, known, besides, is_met);
    expected.probes_given_up = given_up() > before ? given_up() - before : 0;
    return expected;
}

template <trip_rule Trip>
void compare(support::pipelined_client& client, Trip const& rule, script const& s,
             property::clock_kind clock) {
    property::host_life life{rule, s, clock};
    comparison both{client, rule};
    kept_besides besides;
    while (auto const step = life.next()) {
        host_status known;
        step_request asked;
        auto const now = step->at.now;
        bool const is_forgotten = life.rules.expires_at(life.state) <= now;
        bool const is_look = step->what == property::event::nothing && !is_ahead(life.rules, life.state, now);
        auto before = life.state;
        bring_up_to(life.rules, before, step->at);
        if (is_forgotten && !is_look)
            besides = {};
        if (besides.closed_at && !is_look)
            besides.closed_at = std::min(*besides.closed_at, now);
        bool is_met = false;
        auto expected = take(life, *step, asked, known, besides, is_met);
        if (!is_look)
            follow<Trip>(besides, before, life.state, asked, is_met, now);
        if (!is_look || !is_forgotten) {
            expected.opening = besides.opening;
            if (besides.closed_at)
                expected.closed_ago = std::max(now - *besides.closed_at, std::chrono::microseconds{});
        }
        both.step(std::string{to_string(asked.step)} + (" (" + to_string(*step) + ')'), asked, expected,
                  life.look(), step->at.now);
    }
    // A minute after that the state means nothing.
    both.keys_live_until(
        detail::saturating_add(life.rules.expires_at(life.state), instant{std::chrono::minutes{1}}));
    both.check();
}

/// A host's life under failure_count, as the script has it: each of its numbers is a step.
void compare(support::pipelined_client& client, failure_count const& rule, script const& s) {
    comparison both{client, rule};
    failure_count::state state;
    auto reset_until = instant::min(); // until when the script knows of a reset
    instant now = std::chrono::seconds{1};
    for (auto const number : s.steps) {
        choices from{number};
        auto const what = from.below(16);
        std::chrono::microseconds const some{from.below(40)};
        auto const way = from.below(16);
        // Onto the end of the count, one microsecond before it or after it, as often as not.
        if (way < 6 && state.expires_at > now && state.expires_at != instant::max())
            now = state.expires_at - std::chrono::microseconds{1} + some % 3;
        else
            now += way < 12 ? some / 4 : way < 14 ? some : -some;
        // Redis lets go of what has expired, as memory_store does, and then no clock brings it back.
        if (rule.expires_at(state) <= now)
            state = {};

        step_request asked;
        step_answer expected{.done = true, .from = rule.state_at(state, now)};
        host_status known;
        if (what < 3) {
            asked.step = twin_step::acquire;
            expected.done = expected.from == breaker_state::closed;
        } else if (what < 5) {
            asked.step = some.count() % 2 == 0 ? twin_step::report : twin_step::record;
            asked.call.result = what < 4 ? verdict::success : verdict::neutral;
            expected.done = false;
        } else if (what < 11) {
            asked.step = what < 8 ? twin_step::report : twin_step::record;
            asked.call.result = verdict::failure;
            rule.on_failure(state, now);
        } else if (what < 12) {
            asked.step = twin_step::force_open;
            if (some.count() != 0)
                asked.open_for = some;
            rule.force_open(state, asked.open_for, now);
        } else if (what < 13) {
            asked.step = twin_step::reset;
            if (expected.from == breaker_state::open)
                reset_until = state.expires_at;
            state = {};
        } else if (what < 15) {
            known = random_status(from);
            asked.step = twin_step::meet;
            asked.known = &known;
            asked.learnt_ago = std::chrono::microseconds{from.below(2)};
            if (reset_until <= now || (asked.learnt_ago.count() == 0 && known.failures != 0)) {
                meet(rule, state, known, now);
                reset_until = instant::min();
            }
        }
        if (state.failures != 0 || reset_until <= now)
            reset_until = instant::min();
        if (reset_until != instant::min())
            expected.closed_ago = std::chrono::microseconds{0};
        expected.status = rule.look(state, now);
        expected.status.opened_at.reset(); // which the count doesn't tell
        both.step(std::string{to_string(asked.step)} + ' ' + std::to_string(some.count()), asked, expected,
                  expected.status, now);
    }
    both.keys_live_until(std::max(state.expires_at, reset_until));
    both.check();
}

} // namespace

TEST_CASE_METHOD(differential, "consecutive_failures in Redis: as in C++") {
    support::virtual_twin<consecutive_failures>::load(client);
    check(1500, 1, [&](script const& s) {
        compare(client, property::random_consecutive_failures(s), s, property::clock_kind::runs_on);
    });
}

TEST_CASE_METHOD(differential, "consecutive_failures in Redis: as in C++ where the clock steps back") {
    support::virtual_twin<consecutive_failures>::load(client);
    check(1500, 2, [&](script const& s) {
        compare(client, property::random_consecutive_failures(s), s, property::clock_kind::may_step_back);
    });
}

TEST_CASE_METHOD(differential, "failure_rate of some calls in Redis: as in C++") {
    support::virtual_twin<failure_rate>::load(client);
    check(1000, 3, [&](script const& s) {
        compare(client, random_rate_of_calls(s), s, property::clock_kind::runs_on);
    });
}

TEST_CASE_METHOD(differential, "failure_rate of some calls in Redis: as in C++ where the clock steps back") {
    support::virtual_twin<failure_rate>::load(client);
    check(1000, 4, [&](script const& s) {
        compare(client, random_rate_of_calls(s), s, property::clock_kind::may_step_back);
    });
}

TEST_CASE_METHOD(differential, "failure_rate of a time in Redis: as in C++") {
    support::virtual_twin<failure_rate>::load(client);
    check(1000, 5, [&](script const& s) {
        compare(client, random_rate_of_a_time(s), s, property::clock_kind::runs_on);
    });
}

TEST_CASE_METHOD(differential, "failure_rate of a time in Redis: as in C++ where the clock steps back") {
    support::virtual_twin<failure_rate>::load(client);
    check(1000, 6, [&](script const& s) {
        compare(client, random_rate_of_a_time(s), s, property::clock_kind::may_step_back);
    });
}

TEST_CASE_METHOD(differential, "rules in Redis: as in C++ where times are for ever") {
    support::virtual_twin<consecutive_failures>::load(client);
    support::virtual_twin<failure_rate>::load(client);
    check(500, 7, [&](script const& s) {
        auto rule = property::random_consecutive_failures(s);
        make_long(rule.recovery, s);
        compare(client, rule, s, property::clock_kind::may_step_back);
    });
    check(500, 8, [&](script const& s) {
        auto rule = property::random_failure_rate(s);
        make_long(rule.recovery, s);
        compare(client, rule, s, property::clock_kind::may_step_back);
    });
}

TEST_CASE_METHOD(differential, "failure_count in Redis: as in C++ where the clock steps back too") {
    support::virtual_twin<failure_count>::load(client);
    check(2000, 9, [&](script const& s) { compare(client, random_failure_count(s), s); });
}

} // namespace rule_twin_differential_test
