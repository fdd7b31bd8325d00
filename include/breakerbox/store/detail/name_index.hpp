// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_DETAIL_NAME_INDEX_HPP
#define BREAKERBOX_STORE_DETAIL_NAME_INDEX_HPP

#include <breakerbox/store/detail/segmented_array.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace breakerbox::detail {

/// The numbers of hosts, found by the hashes of their names: a hash table of chains which grows by a chain at a time
/// (Litwin: Linear hashing, 1980), so that no insertion moves more hosts than a chain has.
///
/// Each function is given the hosts: `hosts.next_of(number)` is the link of one's chain, and `hosts.hash_of(number)` the
/// hash of its name.
class name_index {
public:
    using number = std::uint32_t;

    static constexpr number none = std::numeric_limits<number>::max();

    /// The first host with this hash that is the one, or none.
    template <class Hosts, class IsIt>
    number find(std::size_t hash, Hosts hosts, IsIt is_it) const {
        if (size_ == 0)
            return none;
        auto n = chains_[chain_of(hash)];
        while (n != none && !is_it(n))
            n = hosts.next_of(n);
        return n;
    }

    /// Adds a host that is not there. Throws std::bad_alloc, and leaves all as it was.
    template <class Hosts>
    void insert(number n, std::size_t hash, Hosts hosts) {
        if (size_ == chains_.size())
            add_chain(hosts);
        auto& first = chains_[chain_of(hash)];
        hosts.next_of(n) = first;
        first = n;
        ++size_;
    }

    /// Takes out a host that is there.
    template <class Hosts>
    void erase(number n, std::size_t hash, Hosts hosts) noexcept {
        auto* link = &chains_[chain_of(hash)];
        while (*link != n)
            link = &hosts.next_of(*link);
        *link = hosts.next_of(n);
        --size_;
    }

    number size() const noexcept { return size_; }

private:
    // Of the two chains that the doubled table has for a hash, the second may not be there yet.
    number chain_of(std::size_t hash) const noexcept {
        auto const half = std::bit_floor(chains_.size());
        auto const chain = static_cast<number>(hash) & (2 * half - 1);
        return chain < chains_.size() ? chain : chain - half;
    }

    /// Adds the next chain, to which those hosts go that had to do with another.
    template <class Hosts>
    void add_chain(Hosts hosts) {
        chains_.push_back(none);
        auto const added = chains_.size() - 1;
        if (added == 0)
            return;
        auto* link = &chains_[added - std::bit_floor(added)];
        while (*link != none) {
            auto const n = *link;
            auto& next = hosts.next_of(n);
            if (chain_of(hosts.hash_of(n)) != added) {
                link = &next;
                continue;
            }
            *link = next;
            next = chains_[added];
            chains_[added] = n;
        }
    }

    segmented_array<number> chains_;
    number size_ = 0;
};

} // namespace breakerbox::detail

#endif
