// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_DETAIL_HOST_TABLE_HPP
#define BREAKERBOX_STORE_DETAIL_HOST_TABLE_HPP

#include <breakerbox/base/compact_name.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/store/detail/expiry_heap.hpp>
#include <breakerbox/store/detail/name_index.hpp>
#include <breakerbox/store/detail/segmented_array.hpp>
#include <breakerbox/store/hashed_host.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

namespace breakerbox::detail {

/// The entries of many hosts, a host's state first of all, in three queues: that of the closed hosts, of those that
/// are not, and of those opened by hand. One thread at a time.
///
/// Each queue is in the order of the last changes. Most closed hosts expire in that order too; of the others a heap
/// knows which expires first.
///
/// Names of up to 23 bytes, states and links lie in one slab; a host is named by its number in the slab, and stays
/// there for as long as it is tracked. No function takes longer the more hosts there are, but for the heap's logarithm.
template <class Rule, class Entry = typename Rule::state>
class host_table {
public:
    using number = std::uint32_t;
    enum queue_id : std::uint8_t { closed, open, forced };
    static constexpr std::array queues{closed, open, forced};

    static constexpr number none = std::numeric_limits<number>::max();

    host_table() = default;
    host_table(host_table const&) = delete;
    host_table& operator=(host_table const&) = delete;

    number find(hashed_host const& host) const {
        return index_.find(host.hash, chained_hosts{slab_},
                           [&](number n) { return std::string_view{slab_[n].name} == host.name; });
    }

    /// Adds a host that is not there.
    number insert(hashed_host const& host, Entry entry, queue_id queue, Rule const& rule) {
        auto const n = take_place(host.name);
        try {
            by_expiry_.reserve(slab_.size());
            index_.insert(n, host.hash, chained_hosts{slab_});
        } catch (...) {
            leave_place(n);
            throw;
        }
        auto const expires_at = rule.expires_at(entry);
        slab_[n].entry = std::move(entry);
        link(n, queue, expires_at, rule);
        return n;
    }

    /// Takes out a host that is there, whose name is given, too.
    void erase(hashed_host const& host, number n, Rule const& rule) {
        index_.erase(n, host.hash, chained_hosts{slab_});
        unlink(n, rule);
        leave_place(n);
    }

    /// The entry of the host in a place, or, where the place is empty, a default-constructed one. To be
    /// followed by `requeue` where the host's expiry changes, before anything else is done.
    Entry& at(number n) { return slab_[n].entry; }
    Entry const& at(number n) const { return slab_[n].entry; }

    /// The name of the host in a place.
    std::string_view name_of(number n) const { return std::string_view{slab_[n].name}; }

    queue_id queue_of(number n) const { return slab_[n].queue; }

    /// Finds a host's place in the queues anew, after a change of its entry.
    void requeue(number n, queue_id queue, Rule const& rule) {
        requeue(n, queue, rule.expires_at(slab_[n].entry), rule);
    }

    /// The same where it is known when the host expires now.
    void requeue(number n, queue_id queue, instant expires_at, Rule const& rule) {
        unlink(n, rule);
        link(n, queue, expires_at, rule);
    }

    /// How many places there are, taken or empty: each number below is one.
    number places() const { return slab_.size(); }
    bool is_taken(number n) const { return !slab_[n].name.empty(); }

    /// Notes that a host was asked about: it gets a second chance when the least recently used goes.
    void touch(number n) {
        // Most are touched already, and what isn't written to stays in the caches of all threads that look.
        if (!slab_[n].touched)
            slab_[n].touched = true;
    }

    /// The host whose state expires first, or none.
    number first_to_expire(Rule const& rule) const {
        auto const first_closed = ends_[closed].first;
        if (by_expiry_.empty())
            return first_closed;
        auto const other = by_expiry_.top();
        if (first_closed == none ||
            rule.expires_at(slab_[other].entry) < rule.expires_at(slab_[first_closed].entry))
            return other;
        return first_closed;
    }

    /// The host of a queue to go next: the first that nobody has asked about since a hand, going round the
    /// queue, was last there (the CLOCK algorithm). The hand gives up after a bounded number of hosts.
    number least_recently_used(queue_id queue) {
        constexpr int farthest = 64;
        auto& [first, last, hand] = ends_[queue];
        for (int i = 0; i != farthest && first != none; ++i) {
            if (hand == none)
                hand = first;
            if (!slab_[hand].touched)
                break;
            slab_[hand].touched = false;
            hand = slab_[hand].later;
        }
        return hand == none ? first : hand;
    }

    std::size_t size() const noexcept { return index_.size(); }

private:
    struct place {
        compact_name name;
        [[no_unique_address]] Entry entry{}; // whose padding has room for the next member
        number earlier = none;
        number later = none;
        number in_heap = none;
        number next_in_chain = none;
        queue_id queue = closed;
        bool touched = false;
    };
    using slab = segmented_array<place>;
    /// What the heap asks and tells of hosts.
    struct expiring_hosts {
        slab& hosts;
        Rule const& rule;
        instant expiry_of(number n) const { return rule.expires_at(hosts[n].entry); }
        void note(number n, number where) const { hosts[n].in_heap = where; }
    };
    /// What the index asks and tells of hosts.
    template <class Slab>
    struct chained_hosts {
        Slab& hosts;
        auto& next_of(number n) const { return hosts[n].next_in_chain; }
        std::size_t hash_of(number n) const { return hashed_host{std::string_view{hosts[n].name}}.hash; }
    };
    template <class Slab>
    chained_hosts(Slab&) -> chained_hosts<Slab>;
    struct ends {
        number first = none;
        number last = none;
        number hand = none;
    };

    number take_place(std::string_view name) {
        if (free_ == none) {
            slab_.push_back({});
            free_ = slab_.size() - 1;
        }
        auto const n = free_;
        slab_[n].name = compact_name{name};
        free_ = slab_[n].later;
        slab_[n].touched = false;
        return n;
    }

    void leave_place(number n) {
        slab_[n].name = {}; // a long name's memory goes with it
        slab_[n].entry = {};
        slab_[n].later = free_;
        free_ = n;
    }

    void link(number n, queue_id queue, instant expires_at, Rule const& rule) {
        auto& [first, last, hand] = ends_[queue];
        auto& host = slab_[n];
        if (queue == closed && first == none)
            latest_closed_ = instant::min();
        if (queue == closed && expires_at >= latest_closed_)
            latest_closed_ = expires_at;
        else
            by_expiry_.push(n, expiring_hosts{slab_, rule});
        host.queue = queue;
        host.earlier = last;
        host.later = none;
        (last == none ? first : slab_[last].later) = n;
        last = n;
    }

    void unlink(number n, Rule const& rule) {
        auto& host = slab_[n];
        if (host.in_heap != none) {
            by_expiry_.erase(host.in_heap, expiring_hosts{slab_, rule});
            host.in_heap = none;
        }
        auto& [first, last, hand] = ends_[host.queue];
        if (hand == n)
            hand = host.later;
        (host.later == none ? last : slab_[host.later].earlier) = host.earlier;
        (host.earlier == none ? first : slab_[host.earlier].later) = host.later;
    }

    slab slab_;
    number free_ = none;
    name_index index_;
    std::array<ends, queues.size()> ends_{};
    // Of the closed hosts, those which expired no earlier than all before them aren't in the heap: the first of them
    // expires first. Another one at their queue's head expires before all of them that are behind it.
    expiry_heap by_expiry_;
    instant latest_closed_ = instant::min();
};

} // namespace breakerbox::detail

#endif
