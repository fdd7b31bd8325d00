// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_DETAIL_HOST_SHARDS_HPP
#define BREAKERBOX_STORE_DETAIL_HOST_SHARDS_HPP

#include <breakerbox/base/random.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/base/sip_hash.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/store/detail/adaptive_mutex.hpp>
#include <breakerbox/store/detail/bounded_count.hpp>
#include <breakerbox/store/detail/host_filter.hpp>
#include <breakerbox/store/detail/host_table.hpp>
#include <breakerbox/store/hashed_host.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace breakerbox::detail {

/// A bounded number of hosts, in shards with a lock each, of which no thread ever holds two.
///
/// Where room is needed, hosts go in the order that memory_store promises.
template <class Rule, class Entry>
class host_shards {
public:
    using table = host_table<Rule, Entry>;
    using number = typename table::number;

    static constexpr std::size_t cache_line = 64;

    struct alignas(cache_line) shard {
        adaptive_mutex mutex;
        table hosts;
        /// The last number given out, see `moment`.
        std::uint64_t numbers = 0;
        random_source random;
        // When the first of its states expires: written under the lock, read without it.
        std::atomic<instant::rep> first_expiry = instant::max().count();
    };

    /// `seed` is that of the jitter; without one it is drawn.
    host_shards(Rule rule, std::size_t most, std::optional<std::uint64_t> seed)
        : rule_(std::move(rule)),
          places_(checked(rule_, most)),
          filter_(most),
          shards_(most < 1024 ? 1 : 16) {
        // Both are seeded by that, which may throw, where a step must not.
        name_hash{};
        for (auto& s : shards_) {
            if (seed)
                s.random = random_source{*seed + index_of(s)};
            s.random.next();
        }
    }

    Rule const& rule() const noexcept { return rule_; }
    std::size_t size() const noexcept { return places_.taken(); }
    std::uint64_t evictions() const noexcept { return evictions_.load(std::memory_order_relaxed); }

    std::uint16_t count() const noexcept { return static_cast<std::uint16_t>(shards_.size()); }
    shard& at(std::uint16_t index) noexcept { return shards_[index]; }
    std::uint16_t index_of(shard const& s) const noexcept {
        return static_cast<std::uint16_t>(&s - shards_.data());
    }

    /// Whether a host with this quick_hash may be there; no lock is needed.
    bool may_have(std::size_t quick) const noexcept { return filter_.may_have(quick); }

    shard& shard_of(std::size_t quick) noexcept { return shards_[quick % shards_.size()]; }

    /// Adds a host that is not there, whose quick_hash is given, too. To be called under the shard's lock, with a place
    /// taken.
    number insert(shard& s, hashed_host const& host, std::size_t quick, Entry entry,
                  typename table::queue_id queue) {
        auto const n = s.hosts.insert(host, std::move(entry), queue, rule_);
        filter_.add(quick);
        return n;
    }

    /// Lets a host go, and gives its place back. To be called under the shard's lock.
    void forget(shard& s, number n) {
        erase(s, n);
        places_.give_back();
    }

    /// Finds the place of a host in its shard's queues anew. To be called under the shard's lock, after a step
    /// before which the host's state would have expired at `expired_at`.
    void requeue(shard& s, number n, typename table::queue_id queue, instant expired_at) {
        auto const expires_at = rule_.expires_at(s.hosts.at(n));
        if (queue == s.hosts.queue_of(n) && expires_at == expired_at)
            return;
        s.hosts.requeue(n, queue, expires_at, rule_);
        note_expiry(s);
    }

    /// Calls `track()`, which inserts a new host, with a place taken for it, if one is free or another host of this shard
    /// goes for it. Returns whether there was such a place; else see `arrive`. To be called under the shard's lock, held
    /// since the host was looked up.
    template <class Track>
    bool arrive_at_once(shard& s, instant now, Track track) {
        if (!places_.take() && !evict_here(s, now))
            return false;
        fill_place(s, track);
        return true;
    }

    /// The same for a host whose place must come from another shard. The shard's lock is taken, and given back in
    /// between: where another thread was faster meanwhile, `known()`, called under the lock, says so with true, and
    /// that is all.
    template <class Clock, class Known, class Track>
    void arrive(shard& s, Clock now, Known known, Track track) {
        // Such hosts come one at a time: two first calls of one host must not evict two others.
        std::lock_guard const arriving{arrivals_};
        {
            std::lock_guard const lock{s.mutex};
            if (known())
                return;
        }
        take_place(s, now);
        std::lock_guard const lock{s.mutex};
        // Meanwhile the host may have come by a place that became free in its own shard.
        fill_place(s, [&] {
            if (!known())
                track();
        });
    }

private:
    /// Calls `track()`, which may insert a host, for which a place is taken; gives that back where it doesn't.
    template <class Track>
    void fill_place(shard& s, Track track) {
        auto const before = s.hosts.size();
        auto const give_back_if_unfilled = [&] {
            if (s.hosts.size() == before)
                places_.give_back();
        };
        try {
            track();
            note_expiry(s);
        } catch (...) {
            give_back_if_unfilled();
            throw;
        }
        give_back_if_unfilled();
    }

    /// Lets a host of this shard go, if it is one that may go first. Its place stays taken. To be called under the
    /// shard's lock.
    bool evict_here(shard& s, instant now) {
        if (has_expired(s, now)) {
            erase(s, s.hosts.first_to_expire(rule_));
            return true;
        }
        bool const has_other_to_go =
            std::ranges::any_of(shards_, [&](shard const& other) { return has_expired(other, now); });
        return !has_other_to_go && evict_least_recently_used_of(s, table::closed);
    }

    static std::size_t checked(Rule const& rule, std::size_t most) {
        rule.validate();
        require(most >= 1 && most <= (std::size_t{1} << 30), "memory_store.max_hosts", "from 1 to 1073741824",
                most);
        return most;
    }

    static bool has_expired(shard const& s, instant now) noexcept {
        return s.first_expiry.load(std::memory_order_relaxed) <= now.count();
    }

    void erase(shard& s, number n) {
        hashed_host const host{s.hosts.name_of(n)};
        filter_.remove(quick_hash(host.name));
        s.hosts.erase(host, n, rule_);
        note_expiry(s);
    }

    void note_expiry(shard& s) {
        auto const n = s.hosts.first_to_expire(rule_);
        auto const first = n == table::none ? instant::max() : rule_.expires_at(s.hosts.at(n));
        s.first_expiry.store(first.count(), std::memory_order_relaxed);
    }

    bool evict_expired(instant now) {
        for (auto& s : shards_) {
            if (!has_expired(s, now))
                continue;
            std::lock_guard const lock{s.mutex};
            if (has_expired(s, now)) {
                erase(s, s.hosts.first_to_expire(rule_));
                return true;
            }
        }
        return false;
    }

    bool evict_least_recently_used(shard& nearest, typename table::queue_id queue) {
        auto const start = index_of(nearest);
        for (std::size_t i = 0; i != shards_.size(); ++i) {
            auto& s = shards_[(start + i) % shards_.size()];
            std::lock_guard const lock{s.mutex};
            if (evict_least_recently_used_of(s, queue))
                return true;
        }
        return false;
    }

    bool evict_least_recently_used_of(shard& s, typename table::queue_id queue) {
        auto const n = s.hosts.least_recently_used(queue);
        if (n == table::none)
            return false;
        erase(s, n);
        evictions_.fetch_add(1, std::memory_order_relaxed);
        return true;
    }

    /// To be called with `arrivals_` held, and no shard's lock.
    template <class Clock>
    void take_place(shard& nearest, Clock now) {
        while (!places_.take() && !evict_expired(now())) {
            if (evict_least_recently_used(nearest, table::closed) ||
                evict_least_recently_used(nearest, table::open) ||
                evict_least_recently_used(nearest, table::forced))
                return;
            // Hosts were forgotten between our looks at the places and at the shards, which left places free.
        }
    }

    Rule const rule_;
    bounded_count places_;
    std::atomic<std::uint64_t> evictions_ = 0;
    std::mutex arrivals_;
    host_filter filter_;
    std::vector<shard> shards_;
};

} // namespace breakerbox::detail

#endif
