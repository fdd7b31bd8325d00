// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_DETAIL_HOST_TABLE_HPP
#define BREAKERBOX_DETAIL_HOST_TABLE_HPP

#include <breakerbox/detail/expiry_heap.hpp>
#include <breakerbox/detail/sip_hash.hpp>
#include <breakerbox/rule/recovery.hpp>

#include <boost/container/string.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace breakerbox::detail {

/// A host's name, hashed once for all who look it up by that.
struct hashed_host {
    explicit hashed_host(std::string_view host) : name(host), hash(name_hash{}(host)) {}

    std::string_view name;
    std::size_t hash;
};

/// What is kept of many hosts, their states first of all, in three queues: that of the closed hosts, of those that
/// are not, and of those opened by hand. One thread at a time.
///
/// Each queue is in the order of the last changes. Closed hosts expire in that order too, or nearly so; of the others
/// a heap knows which expires first.
///
/// Names of up to 22 bytes, states and links lie in one slab, found through an index of 32-bit numbers; a
/// host is named by its number in the slab, and stays there for as long as it is tracked.
template <class Rule, class Kept = typename Rule::state>
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
        auto const found = index_.find(host);
        return found == index_.end() ? none : *found;
    }

    /// Adds a host that is not there.
    number insert(hashed_host const& host, Kept kept, queue_id queue, Rule const& rule) {
        auto const n = take_place(host.name);
        try {
            by_expiry_.reserve(slab_.capacity());
            index_.insert(hashed_number{n, host});
        } catch (...) {
            leave_place(n);
            throw;
        }
        slab_[n].kept = std::move(kept);
        link(n, queue, rule);
        return n;
    }

    /// Takes out a host that is there, whose name is given, too.
    void erase(hashed_host const& host, number n, Rule const& rule) {
        index_.erase(index_.find(host));
        unlink(n, rule);
        leave_place(n);
    }

    /// What is kept of the host in a place, or, where the place is empty, a default-constructed Kept. To be
    /// followed by `requeue` where the host's expiry changes, before anything else is done.
    Kept& at(number n) { return slab_[n].kept; }
    Kept const& at(number n) const { return slab_[n].kept; }

    /// The name of the host in a place.
    std::string_view name_of(number n) const { return std::string_view{slab_[n].name}; }

    queue_id queue_of(number n) const { return slab_[n].queue; }

    /// Finds a host's place in the queues anew, after a change of what is kept of it.
    void requeue(number n, queue_id queue, Rule const& rule) {
        unlink(n, rule);
        link(n, queue, rule);
    }

    /// How many places there are, taken or empty: each number below is one.
    number places() const { return static_cast<number>(slab_.size()); }
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
            rule.expires_at(slab_[other].kept) < rule.expires_at(slab_[first_closed].kept))
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
        boost::container::string name;
        Kept kept{};
        number earlier = none;
        number later = none;
        number in_heap = none;
        queue_id queue = closed;
        bool touched = false;
    };
    /// What the heap asks and tells of hosts.
    struct expiring_hosts {
        std::vector<place>& slab;
        Rule const& rule;
        instant expiry_of(number n) const { return rule.expires_at(slab[n].kept); }
        void note(number n, std::size_t where) const { slab[n].in_heap = static_cast<number>(where); }
    };
    struct ends {
        number first = none;
        number last = none;
        number hand = none;
    };
    /// What is put in the index: a host's number, with its hash, which needn't be had from the name then.
    struct hashed_number {
        number at;
        hashed_host const& host;
        operator number() const { return at; }
    };
    struct hash_of_name {
        using is_transparent = void;
        std::vector<place> const* slab;
        std::size_t operator()(hashed_host const& host) const { return host.hash; }
        std::size_t operator()(hashed_number const& n) const { return n.host.hash; }
        std::size_t operator()(number n) const { return hashed_host{std::string_view{(*slab)[n].name}}.hash; }
    };
    struct same_name {
        using is_transparent = void;
        std::vector<place> const* slab;
        bool operator()(hashed_host const& a, number b) const {
            return a.name == std::string_view{(*slab)[b].name};
        }
        bool operator()(number a, hashed_host const& b) const { return (*this)(b, a); }
        bool operator()(number a, number b) const { return a == b; }
    };

    number take_place(std::string_view name) {
        if (free_ == none) {
            slab_.emplace_back();
            free_ = static_cast<number>(slab_.size() - 1);
        }
        auto const n = free_;
        slab_[n].name.assign(name.data(), name.size());
        free_ = slab_[n].later;
        slab_[n].touched = false;
        return n;
    }

    void leave_place(number n) {
        slab_[n].name = {}; // a long name's memory goes with it
        slab_[n].kept = {};
        slab_[n].later = free_;
        free_ = n;
    }

    // Closed, behind all that expire no later: mostly that is the end. Else at the end.
    void link(number n, queue_id queue, Rule const& rule) {
        auto& [first, last, hand] = ends_[queue];
        auto earlier = last;
        if (queue == closed)
            while (earlier != none && rule.expires_at(slab_[earlier].kept) > rule.expires_at(slab_[n].kept))
                earlier = slab_[earlier].earlier;
        else
            by_expiry_.push(n, expiring_hosts{slab_, rule});
        auto const later = earlier == none ? first : slab_[earlier].later;
        slab_[n].queue = queue;
        slab_[n].earlier = earlier;
        slab_[n].later = later;
        (later == none ? last : slab_[later].earlier) = n;
        if (earlier == none)
            first = n;
        else
            slab_[earlier].later = n;
    }

    void unlink(number n, Rule const& rule) {
        if (slab_[n].queue != closed)
            by_expiry_.erase(slab_[n].in_heap, expiring_hosts{slab_, rule});
        auto const earlier = slab_[n].earlier;
        auto const later = slab_[n].later;
        auto& [first, last, hand] = ends_[slab_[n].queue];
        if (hand == n)
            hand = later;
        (later == none ? last : slab_[later].earlier) = earlier;
        if (earlier == none)
            first = later;
        else
            slab_[earlier].later = later;
    }

    std::vector<place> slab_;
    number free_ = none;
    boost::unordered_flat_set<number, hash_of_name, same_name> index_{0, hash_of_name{&slab_},
                                                                      same_name{&slab_}};
    std::array<ends, queues.size()> ends_{};
    expiry_heap by_expiry_; // of the hosts that aren't closed
};

} // namespace breakerbox::detail

#endif
