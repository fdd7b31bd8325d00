// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_DETAIL_HOST_FILTER_HPP
#define BREAKERBOX_DETAIL_HOST_FILTER_HPP

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace breakerbox::detail {

/// Says without a lock of most hosts that they are not tracked: a Bloom filter of one hash, with counts, so that hosts
/// can be taken out again.
///
/// One thread at a time may change it, while any may ask; who asks after a change sees it. So a healthy host costs no
/// lock while others fail.
class host_filter {
public:
    host_filter() = default;
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
        if (auto const before = count.load(std::memory_order_relaxed); before != full)
            count.store(static_cast<count_type>(before + by), std::memory_order_relaxed);
    }

    using count_type = std::uint8_t;
    static constexpr count_type full = std::numeric_limits<count_type>::max();
    // An eighth of the healthy hosts at most is taken for tracked. Where so many hosts fail that the filter would be
    // larger than the caches, it is of no use.
    static constexpr std::size_t counts_a_host = 8;
    static constexpr std::size_t most_counts = std::size_t{1} << 16;

    // The lowest bits choose the shard.
    std::size_t place_of(std::size_t hash) const noexcept { return hash / 64 & (counts_.size() - 1); }

    std::vector<std::atomic<count_type>> counts_;
};

} // namespace breakerbox::detail

#endif
