// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_DETAIL_SEGMENTED_ARRAY_HPP
#define BREAKERBOX_DETAIL_SEGMENTED_ARRAY_HPP

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace breakerbox::detail {

/// An array that grows without moving or touching what is in it, so that growing takes no longer the more there is.
///
/// It lies in segments, eight to each doubling: of a large one, at most an eighth is room to grow.
template <class T>
class segmented_array {
public:
    using index = std::uint32_t;

    segmented_array() = default;
    ~segmented_array() {
        while (size_ != 0)
            pop_back();
        for (index s = 0; s != segments_.size(); ++s)
            std::allocator<T>{}.deallocate(segments_[s], length_of(s));
    }
    segmented_array(segmented_array const&) = delete;
    segmented_array& operator=(segmented_array const&) = delete;

    index size() const noexcept { return size_; }

    T& operator[](index i) noexcept { return *address_of(i); }
    T const& operator[](index i) const noexcept { return *address_of(i); }

    /// Makes room for so many, so that to add them throws nothing.
    void reserve(index most) {
        while (capacity_ < most) {
            auto const s = static_cast<index>(segments_.size());
            segments_.emplace_back(); // which may throw, too
            try {
                segments_.back() = std::allocator<T>{}.allocate(length_of(s));
            } catch (...) {
                segments_.pop_back();
                throw;
            }
            capacity_ += length_of(s);
        }
    }

    void push_back(T value) {
        reserve(size_ + 1);
        std::construct_at(address_of(size_), std::move(value));
        ++size_;
    }

    void pop_back() noexcept { std::destroy_at(address_of(--size_)); }

private:
    static constexpr int log_of_parts = 3;
    static constexpr index parts = 1U << log_of_parts; // of a doubling
    static constexpr int log_of_shortest = 3;
    // Behind so many that aren't there, elements lie in a row of doublings.
    static constexpr int log_of_missing = log_of_parts + log_of_shortest;

    static constexpr std::size_t length_of(index segment) noexcept {
        return std::size_t{1} << (log_of_shortest + segment / parts);
    }

    T* address_of(index i) const noexcept {
        auto const place = i + (index{1} << log_of_missing);
        auto const doubling = std::bit_width(place) - 1;
        auto const log_of_length = doubling - log_of_parts;
        auto const part = place >> log_of_length & (parts - 1);
        auto const segment = static_cast<index>(doubling - log_of_missing) * parts + part;
        return segments_[segment] + (place & ((index{1} << log_of_length) - 1));
    }

    std::vector<T*> segments_; // so few that to move these pointers is nothing
    index size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace breakerbox::detail

#endif
