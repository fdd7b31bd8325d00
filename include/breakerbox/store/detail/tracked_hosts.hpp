// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_DETAIL_TRACKED_HOSTS_HPP
#define BREAKERBOX_STORE_DETAIL_TRACKED_HOSTS_HPP

#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/detail/host_shards.hpp>
#include <breakerbox/store/detail/stepping.hpp>
#include <breakerbox/store/reset_log.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

namespace breakerbox::detail {

/// The hosts of a memory_store: takes the steps of a rule with them, each under the lock of the host's shard, keeps
/// them in their queues, and pushes the changes of state.
template <class Rule, class Clock>
class tracked_hosts {
public:
    using steps = typename stepping<Rule>::steps;
    using entry = typename stepping<Rule>::entry;
    using moment = typename stepping<Rule>::moment;
    using table = host_table<steps, entry>;
    using number = typename table::number;

    static constexpr number nowhere = table::none;

    /// Where a host is kept; it stays there for as long as it is tracked.
    struct place {
        number at = nowhere;
        std::uint16_t shard = 0;
    };

    tracked_hosts(steps rules, std::size_t most, std::optional<std::uint64_t> seed = std::nullopt)
        : shards_(std::move(rules), most, seed) {}

    steps const& rules() const noexcept { return shards_.rule(); }
    std::size_t size() const noexcept { return shards_.size(); }
    std::uint64_t evictions() const noexcept { return shards_.evictions(); }

    static instant now() {
        return std::chrono::floor<std::chrono::microseconds>(Clock::now().time_since_epoch());
    }

    // The clock is read under the lock: to a rule the steps of a host must not seem to go back in time.

    /// Takes `step(entry&, moment)` with a host, tracked from now on if it wasn't. `by_hand`: where that leaves it
    /// open, it goes last of all. Returns its place.
    template <class Step>
    place change(std::string_view name, bool by_hand, change_queue& changes, Step step) {
        auto const quick = quick_hash(name);
        hashed_host const host{name};
        auto& s = shards_.shard_of(quick);
        place found{nowhere, shards_.index_of(s)};
        auto const step_if_tracked = [&] {
            found.at = s.hosts.find(host);
            if (found.at == nowhere)
                return false;
            step_tracked(s, found.at, by_hand, changes, step);
            return true;
        };
        auto const track_at = [&](instant time) {
            auto fresh = stepping<Rule>::fresh_entry(s);
            step(fresh, stepping<Rule>::next_moment(rules(), s, time));
            auto const to = rules().state_at(fresh, time);
            found.at = shards_.insert(s, host, quick, std::move(fresh), queue_of(to, by_hand));
            tell_change(s, found.at, breaker_state::closed, to, time, changes);
        };
        {
            std::lock_guard const lock{s.mutex};
            if (step_if_tracked())
                return found;
            auto const time = now();
            if (shards_.arrive_at_once(s, time, [&] { track_at(time); }))
                return found;
        }
        shards_.arrive(s, now, step_if_tracked, [&] { track_at(now()); });
        return found;
    }

    /// Takes a step with a host if it is tracked. Returns its place, or nowhere.
    template <class Step>
    place change_if_tracked(std::string_view name, change_queue& changes, Step step) {
        place found;
        find_if_tracked(name, [&](shard& s, number n) {
            step_tracked(s, n, false, changes, step);
            found = {n, shards_.index_of(s)};
        });
        return found;
    }

    /// Takes a step with the host in a place, if there is one.
    template <class Step>
    void change_at(place p, change_queue& changes, Step step) {
        auto& s = shards_.at(p.shard);
        std::lock_guard const lock{s.mutex};
        if (s.hosts.is_taken(p.at))
            step_tracked(s, p.at, false, changes, step);
    }

    /// Erases a host's state, and lets it go.
    void forget(std::string_view name, change_queue& changes) {
        find_if_tracked(name, [&](shard& s, number n) {
            step_tracked(s, n, false, changes, [](entry& state, moment const&) { state = {}; });
            shards_.forget(s, n);
        });
    }

    /// Erases a host's state, and makes permits given before worth nothing. Under a trip_rule it stays tracked,
    /// since permits may point to its place.
    void reset(std::string_view name, change_queue& changes) {
        hashed_host const host{name};
        auto& s = shards_.shard_of(quick_hash(name));
        std::lock_guard const lock{s.mutex}; // before the look: somebody may be about to track the host
        resets_.add(host.hash);
        auto const n = s.hosts.find(host);
        if (n == nowhere)
            return;
        if constexpr (trip_rule<Rule>) {
            step_tracked(s, n, false, changes, [&](entry& state, moment const& m) {
                rules().reset(state, m);
                // No permit bears this number, nor does the host when it is forgotten: it stays one of this time.
                state.closed_number = 0;
                state.tenancy = m.fresh;
            });
        } else {
            step_tracked(s, n, false, changes, [](entry& state, moment const&) { state = {}; });
            shards_.forget(s, n);
        }
    }

    /// How many resets there were so far.
    std::uint64_t resets() const noexcept { return resets_.count(); }

    /// Whether a host may have been reset since there were so many resets.
    bool has_reset_since(std::uint64_t then, std::string_view name) const {
        return resets_.has_reset_since(then, [name] { return hashed_host{name}.hash; });
    }

    /// Calls `look(entry const&, time)` with the entry of a host, or does not where there is none. The host is let
    /// go, without an event, where `look` returns false.
    template <class Look>
    void look_at(std::string_view name, Look look) {
        find_if_tracked(name, [&](shard& s, number n) {
            if (look(s.hosts.at(n), now()))
                s.hosts.touch(n);
            else
                shards_.forget(s, n);
        });
    }

    /// Calls `look(entry const&, name)` with what is in a place, which may be nothing.
    template <class Look>
    auto look_at(place p, Look look) {
        auto& s = shards_.at(p.shard);
        std::lock_guard const lock{s.mutex};
        return look(s.hosts.at(p.at), s.hosts.name_of(p.at));
    }

    /// Calls `look(entry const&, name, time)` under a lock with each host that has not expired, and `pause()` under none
    /// after each few of them, when all have had their turn who waited for the lock.
    template <class Look, class Pause>
    void for_each(Look look, Pause pause) {
        for (std::uint16_t i = 0; i != shards_.count(); ++i) {
            auto& s = shards_.at(i);
            for (number first = 0, places = 1; first < places; first += hosts_at_a_time) {
                {
                    std::lock_guard const lock{s.mutex};
                    auto const time = now();
                    places = s.hosts.places();
                    for (auto n = first; n < places && n < first + hosts_at_a_time; ++n)
                        if (s.hosts.is_taken(n) && rules().expires_at(s.hosts.at(n)) > time)
                            look(s.hosts.at(n), s.hosts.name_of(n), time);
                }
                pause();
                s.mutex.give_way();
            }
        }
    }

    /// The most hosts that `for_each` looks at between two pauses.
    static constexpr number hosts_at_a_time = 64;

private:
    using shards = host_shards<steps, entry>;
    using shard = typename shards::shard;

    /// Calls `use(shard, number)` under the lock of its shard with a host that is tracked. For most that aren't, no lock
    /// is taken; where none is, nothing is even hashed.
    template <class Use>
    void find_if_tracked(std::string_view name, Use use) {
        if (size() != 0)
            if (auto const quick = quick_hash(name); shards_.may_have(quick))
                find_in(shards_.shard_of(quick), hashed_host{name}, use);
    }

    template <class Use>
    static void find_in(shard& s, hashed_host const& host, Use& use) {
        std::lock_guard const lock{s.mutex};
        if (auto const n = s.hosts.find(host); n != nowhere)
            use(s, n);
    }

    /// To be called under the shard's lock.
    template <class Step>
    void step_tracked(shard& s, number n, bool by_hand, change_queue& changes, Step const& step) {
        auto const time = now();
        auto& state = s.hosts.at(n);
        auto const from = rules().state_at(state, time);
        auto const expired_at = rules().expires_at(state);
        auto const given_up = stepping<Rule>::probes_given_up(state);
        step(state, stepping<Rule>::next_moment(rules(), s, time));
        auto const to = rules().state_at(state, time);
        s.hosts.touch(n);
        // What was opened by hand stays so for as long as failures don't outlast it.
        bool const still_forced =
            s.hosts.queue_of(n) == table::forced && rules().expires_at(state) == expired_at;
        shards_.requeue(s, n, queue_of(to, by_hand || still_forced), expired_at);
        if (stepping<Rule>::probes_given_up(state) > given_up)
            changes.push(given_up_probe{host_name{s.hosts.name_of(n)}, rules().look(state, time), time});
        tell_change(s, n, from, to, time, changes);
    }

    void tell_change(shard& s, number n, breaker_state from, breaker_state to, instant time,
                     change_queue& changes) const {
        if (from != to)
            changes.push(s.hosts.name_of(n), from, rules().look(s.hosts.at(n), time), time);
    }

    static typename table::queue_id queue_of(breaker_state state, bool by_hand) {
        return state == breaker_state::closed ? table::closed : by_hand ? table::forced : table::open;
    }

    shards shards_;
    reset_log resets_;
};

} // namespace breakerbox::detail

#endif
