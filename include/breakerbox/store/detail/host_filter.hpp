// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_DETAIL_HOST_FILTER_HPP
#define BREAKERBOX_STORE_DETAIL_HOST_FILTER_HPP

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>
#include <vector>

namespace breakerbox::detail {

/// The hash for what costs the same however many names share it: the filter and the choice of a shard. It has no key:
/// it is quick, and the same in each process, so that which host goes for another is, too.
inline std::size_t quick_hash(std::string_view host) {
    return std::hash<std::string_view>{}(host);
}

/// Whether a host may be tracked, without a lock; false means certainly not. A counting Bloom filter with one hash.
///
/// Safe to use from any thread; a question asked after a change sees it. So a healthy host costs no lock while others
/// fail. Names made up to share a count do no harm: a call of such a host looks into the index, as one of a tracked host
/// does.
class host_filter {
public:
    explicit host_filter(std::size_t most_hosts)
        : counts_(std::bit_ceil(std::clamp<std::size_t>(most_hosts * counts_a_host, 64, most_counts))) {}

    bool may_have(std::size_t hash) const noexcept {
        return counts_[place_of(hash)].load(std::memory_order_relaxed) != 0;
    }

    void add(std::size_t hash) noexcept { change(hash, 1); }
    void remove(std::size_t hash) noexcept { change(hash, -1); }

private:
    // A count that was full once stays, since nobody knows how many it stands for.
    void change(std::size_t hash, int by) noexcept {
        auto& count = counts_[place_of(hash)];
        auto before = count.load(std::memory_order_relaxed);
        while (before != full && !count.compare_exchange_weak(before, static_cast<count_type>(before + by),
                                                              std::memory_order_relaxed)) {
        }
    }

    // Wide enough that names which share a count can't fill it, and so make the filter worse for good, but where a
    // store keeps 65,535 of them at once.
    using count_type = std::uint16_t;
    static constexpr count_type full = std::numeric_limits<count_type>::max();
    // A sixteenth of the healthy hosts at most is taken for tracked. Where so many hosts fail that the filter would be
    // larger than the caches, it is of no use.
    static constexpr std::size_t counts_a_host = 16;
    static constexpr std::size_t most_counts = std::size_t{1} << 20;

    // The lowest bits choose the shard.
    std::size_t place_of(std::size_t hash) const noexcept { return hash / 64 & (counts_.size() - 1); }

    std::vector<std::atomic<count_type>> counts_;
};

} // namespace breakerbox::detail

#endif
