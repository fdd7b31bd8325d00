// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_DETAIL_EXPIRY_HEAP_HPP
#define BREAKERBOX_STORE_DETAIL_EXPIRY_HEAP_HPP

#include <breakerbox/store/detail/segmented_array.hpp>

#include <cstdint>
#include <utility>

namespace breakerbox::detail {

/// The numbers of hosts whose states expire in any order, the first to expire on top: a binary heap.
///
/// Each function is given the hosts: `hosts.expiry_of(number)` says when one expires, and `hosts.note(number, place)`
/// is told where in the heap it is, whenever that changes.
class expiry_heap {
public:
    using number = std::uint32_t;

    bool empty() const noexcept { return numbers_.size() == 0; }
    number top() const noexcept { return numbers_[0]; }

    /// Makes room for so many hosts, so that pushing them throws nothing.
    void reserve(number most) { numbers_.reserve(most); }

    template <class Hosts>
    void push(number host, Hosts hosts) {
        numbers_.push_back(host);
        rise(numbers_.size() - 1, hosts);
    }

    /// Takes out the host in a place.
    template <class Hosts>
    void erase(number place, Hosts hosts) noexcept {
        numbers_[place] = numbers_[numbers_.size() - 1];
        numbers_.pop_back();
        if (place != numbers_.size())
            sink(rise(place, hosts), hosts);
    }

private:
    template <class Hosts>
    number rise(number place, Hosts hosts) noexcept {
        for (auto above = (place - 1) / 2; place != 0 && is_before(place, above, hosts);
             above = (place - 1) / 2) {
            std::swap(numbers_[place], numbers_[above]);
            hosts.note(numbers_[place], place);
            place = above;
        }
        hosts.note(numbers_[place], place);
        return place;
    }

    template <class Hosts>
    void sink(number place, Hosts hosts) noexcept {
        for (auto below = 2 * place + 1; below < numbers_.size(); below = 2 * place + 1) {
            if (below + 1 < numbers_.size() && is_before(below + 1, below, hosts))
                ++below;
            if (!is_before(below, place, hosts))
                break;
            std::swap(numbers_[place], numbers_[below]);
            hosts.note(numbers_[place], place);
            place = below;
        }
        hosts.note(numbers_[place], place);
    }

    template <class Hosts>
    bool is_before(number a, number b, Hosts hosts) const noexcept {
        return hosts.expiry_of(numbers_[a]) < hosts.expiry_of(numbers_[b]);
    }

    segmented_array<number> numbers_;
};

} // namespace breakerbox::detail

#endif
