// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_STORE_DETAIL_SEGMENTED_ARRAY_HPP
#define BREAKERBOX_STORE_DETAIL_SEGMENTED_ARRAY_HPP

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
            std::allocator<T>{}.deallocate(at(s, first_place(s)), length_of(s));
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
                auto const begin =
                    reinterpret_cast<std::uintptr_t>(std::allocator<T>{}.allocate(length_of(s)));
                segments_.back() = begin - first_place(s) * sizeof(T);
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
    static constexpr index shortest = 8;
    // Before the first element so many places are missing, so that each doubling begins at a power of two.
    static constexpr index missing = parts * shortest;

    static constexpr std::size_t length_of(index segment) noexcept {
        return std::size_t{shortest} << segment / parts;
    }
    static constexpr std::size_t first_place(index segment) noexcept {
        return (parts + segment % parts) * length_of(segment);
    }

    T* at(index segment, std::size_t place) const noexcept {
        return reinterpret_cast<T*>(segments_[segment] + place * sizeof(T));
    }

    T* address_of(index i) const noexcept {
        auto const place = std::size_t{i} + missing;
        auto const log_of_length = static_cast<index>(std::bit_width(place)) - 1 - log_of_parts;
        constexpr index log_of_shortest = std::bit_width(shortest) - 1;
        auto const part = static_cast<index>(place >> log_of_length);
        return at(parts * (log_of_length - log_of_shortest) + part - parts, place);
    }

    // Where each would begin if it had all places before its own. They are so few that to move them is nothing.
    std::vector<std::uintptr_t> segments_;
    index size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace breakerbox::detail

#endif
