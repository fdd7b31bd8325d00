// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_MEMORY_STORE_HPP
#define BREAKERBOX_MEMORY_STORE_HPP

#include <breakerbox/detail/host_table.hpp>
#include <breakerbox/detail/require.hpp>
#include <breakerbox/host_status.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store.hpp>

#include <boost/container_hash/hash.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace breakerbox {

struct memory_store_options {
    /// The most hosts tracked at once, from 1 to 2^30. Only hosts with something to remember are tracked.
    std::size_t max_hosts = 1024;
};

/// Keeps the states of hosts in this process's memory.
///
/// Where room is needed, a host whose state has expired goes first, then the least recently used of the closed
/// ones, as the CLOCK algorithm tells it, and an open one only when nothing else is left, last of all one that
/// was opened by hand. From 1024 hosts on the store is divided into shards with a lock each, and "least recently
/// used" holds within one of them.
///
/// All functions may be called from any thread at any time. They hold a lock for a look-up and a step of the
/// rule, and throw nothing but std::bad_alloc. The store may be moved only while nobody uses it.
template <rule Rule, class Clock = std::chrono::steady_clock>
class memory_store {
public:
    using rule_type = Rule;
    using clock_type = Clock;

    /// Throws std::invalid_argument if the rule or an option can't be right.
    explicit memory_store(Rule rule, memory_store_options options = {})
        : contents_(std::make_unique<contents>(std::move(rule), options.max_hosts)) {}

    Rule const& rule() const noexcept { return contents_->rule; }

    /// How many hosts are tracked, among them such as have expired since and were not asked about.
    std::size_t size() const noexcept { return contents_->size.load(std::memory_order_relaxed); }

    /// How many hosts had to go before their states expired, since the store was made.
    std::uint64_t evictions() const noexcept { return contents_->evictions.load(std::memory_order_relaxed); }

    /// The status that refuses a call to the host now, or nothing.
    std::optional<host_status> refusal(std::string_view host) {
        auto status = look(host);
        return status.state == breaker_state::closed ? std::nullopt : std::optional{status};
    }

    host_status look(std::string_view host) const {
        // Where nothing has failed, a look takes no lock and reads no clock.
        if (size() != 0) {
            auto& s = contents_->shard_of(host);
            std::lock_guard const lock{s.mutex};
            if (auto const n = s.table.find(host); n != table::none) {
                auto const time = now();
                if (rule().expires_at(s.table.at(n)) > time) {
                    s.table.touch(n);
                    return rule().look(s.table.at(n), time);
                }
                contents_->forget(s, n);
            }
        }
        return rule().look(state{}, instant::min());
    }

    /// Counts one failure.
    store_step on_failure(std::string_view host) {
        return change(host, false, [this](state& s, instant time) { rule().on_failure(s, time); });
    }

    /// Opens the host for a while, or for as long as the rule can.
    store_step force_open(std::string_view host,
                          std::optional<std::chrono::microseconds> open_for = std::nullopt) {
        return change(host, true,
                      [&, this](state& s, instant time) { rule().force_open(s, open_for, time); });
    }

    /// Makes the host as one never heard of.
    store_step reset(std::string_view host) {
        auto& s = contents_->shard_of(host);
        auto const time = now();
        store_step step{.after = rule().look(state{}, time)};
        std::lock_guard const lock{s.mutex};
        if (auto const n = s.table.find(host); n != table::none) {
            step.before = rule().look(s.table.at(n), time).state;
            contents_->forget(s, n);
        }
        return step;
    }

private:
    using table = detail::host_table<Rule>;
    using state = typename Rule::state;
    using number = typename table::number;

    struct alignas(64) shard {
        std::mutex mutex;
        detail::host_table<Rule> table;
        // When the first of its states expires: written under the lock, read without it.
        std::atomic<instant::rep> first_expiry = instant::max().count();
    };

    struct contents {
        contents(Rule r, std::size_t most)
            : rule(std::move(r)), max_hosts(most), shards(most < 1024 ? 1 : 16) {
            rule.validate();
            detail::require(most >= 1 && most <= (std::size_t{1} << 30), "memory_store.max_hosts",
                            "from 1 to 1073741824", most);
        }

        shard& shard_of(std::string_view host) {
            return shards.size() == 1 ? shards.front()
                                      : shards[boost::hash<std::string_view>{}(host) % shards.size()];
        }

        bool reserve() noexcept {
            auto taken = size.load(std::memory_order_relaxed);
            while (taken < max_hosts)
                if (size.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed))
                    return true;
            return false;
        }

        void erase(shard& s, number n) {
            s.table.erase(n);
            note_expiry(s);
        }

        /// Gives a host's place back. To be called under the shard's lock, so that a place is free when its
        /// host is gone.
        void forget(shard& s, number n) {
            erase(s, n);
            size.fetch_sub(1, std::memory_order_relaxed);
        }

        void note_expiry(shard& s) {
            auto first = instant::max();
            for (auto queue : table::queues)
                if (auto const n = s.table.first(queue); n != table::none)
                    first = std::min(first, rule.expires_at(s.table.at(n)));
            s.first_expiry.store(first.count(), std::memory_order_relaxed);
        }

        bool evict_expired(instant now) {
            for (auto& s : shards) {
                if (s.first_expiry.load(std::memory_order_relaxed) > now.count())
                    continue;
                std::lock_guard const lock{s.mutex};
                for (auto queue : table::queues) {
                    if (auto const n = s.table.first(queue);
                        n != table::none && rule.expires_at(s.table.at(n)) <= now) {
                        erase(s, n);
                        return true;
                    }
                }
            }
            return false;
        }

        bool evict_least_recently_used(shard& nearest, typename table::queue_id queue) {
            auto const start = static_cast<std::size_t>(&nearest - shards.data());
            for (std::size_t i = 0; i != shards.size(); ++i) {
                auto& s = shards[(start + i) % shards.size()];
                std::lock_guard const lock{s.mutex};
                if (auto const n = s.table.least_recently_used(queue); n != table::none) {
                    erase(s, n);
                    evictions.fetch_add(1, std::memory_order_relaxed);
                    return true;
                }
            }
            return false;
        }

        /// Takes a place for a new host, if need be from another. To be called with `arrivals` held, and no
        /// shard's lock.
        void take_place(shard& nearest, instant now) {
            while (!reserve() && !evict_expired(now) && !evict_least_recently_used(nearest, table::closed) &&
                   !evict_least_recently_used(nearest, table::open) &&
                   !evict_least_recently_used(nearest, table::forced)) {
                // Hosts were forgotten between our looks at the places and at the shards, which left places free.
            }
        }

        Rule const rule;
        std::size_t const max_hosts;
        std::atomic<std::size_t> size = 0;
        std::atomic<std::uint64_t> evictions = 0;
        // New hosts come one at a time: two first failures of one host must not evict two others.
        std::mutex arrivals;
        std::vector<shard> shards;
    };

    static instant now() {
        return std::chrono::floor<std::chrono::microseconds>(Clock::now().time_since_epoch());
    }

    /// Applies a change to a host's state, `by_hand` or by a failure.
    template <class Change>
    store_step change(std::string_view host, bool by_hand, Change apply) {
        auto const time = now();
        auto& s = contents_->shard_of(host);
        if (auto const step = change_tracked(s, host, time, by_hand, apply))
            return *step;
        std::lock_guard const arriving{contents_->arrivals};
        if (auto const step = change_tracked(s, host, time, by_hand, apply)) // another thread was faster
            return *step;
        contents_->take_place(s, time);
        try {
            state fresh{};
            apply(fresh, time);
            store_step const step{.after = rule().look(fresh, time)};
            std::lock_guard const lock{s.mutex};
            s.table.insert(host, fresh, queue_of(step, by_hand), rule());
            contents_->note_expiry(s);
            return step;
        } catch (...) {
            contents_->size.fetch_sub(1, std::memory_order_relaxed);
            throw;
        }
    }

    /// Nothing where the host isn't tracked.
    template <class Change>
    std::optional<store_step> change_tracked(shard& s, std::string_view host, instant time, bool by_hand,
                                             Change& apply) {
        std::lock_guard const lock{s.mutex};
        auto const n = s.table.find(host);
        if (n == table::none)
            return std::nullopt;
        auto changed = s.table.at(n);
        store_step step{.before = rule().look(changed, time).state, .after = {}};
        apply(changed, time);
        step.after = rule().look(changed, time);
        // What was opened by hand stays so for as long as failures don't outlast it.
        bool const still_forced = s.table.queue_of(n) == table::forced &&
                                  rule().expires_at(changed) == rule().expires_at(s.table.at(n));
        s.table.update(n, changed, queue_of(step, by_hand || still_forced), rule());
        contents_->note_expiry(s);
        return step;
    }

    static typename table::queue_id queue_of(store_step const& step, bool by_hand) {
        return step.after.state == breaker_state::closed ? table::closed
               : by_hand                                 ? table::forced
                                                         : table::open;
    }

    std::unique_ptr<contents> contents_;
};

} // namespace breakerbox

#endif
