// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_COMPACT_NAME_HPP
#define BREAKERBOX_BASE_COMPACT_NAME_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace breakerbox::detail {

/// A name in 24 bytes: up to 23 bytes of it without an allocation, where std::string has 15 in 32. It never changes but
/// by assignment. Move-only; a name that was moved from is empty.
class compact_name {
public:
    static constexpr std::size_t inline_capacity = 23;

    compact_name() = default;
    explicit compact_name(std::string_view name) {
        if (name.size() <= inline_capacity) {
            name.copy(bytes_, name.size());
            size_ = static_cast<std::uint8_t>(name.size());
        } else {
            auto* const copy = new char[name.size()];
            name.copy(copy, name.size());
            allocated const kept{copy, name.size()};
            std::memcpy(bytes_, &kept, sizeof kept);
            size_ = is_allocated;
        }
    }
    compact_name(compact_name&& other) noexcept { take_from(other); }
    compact_name& operator=(compact_name&& other) noexcept {
        compact_name taken{std::move(other)};
        leave();
        take_from(taken);
        return *this;
    }
    ~compact_name() { leave(); }

    operator std::string_view() const noexcept {
        if (size_ != is_allocated)
            return {bytes_, size_};
        auto const kept = kept_elsewhere();
        return {kept.bytes, kept.size};
    }

    bool empty() const noexcept { return size_ == 0; }

private:
    struct allocated {
        char* bytes;
        std::size_t size;
    };
    static constexpr std::uint8_t is_allocated = 0xff;

    allocated kept_elsewhere() const noexcept {
        allocated kept{};
        std::memcpy(&kept, bytes_, sizeof kept);
        return kept;
    }

    void take_from(compact_name& other) noexcept {
        std::memcpy(bytes_, other.bytes_, sizeof bytes_);
        size_ = std::exchange(other.size_, std::uint8_t{0});
    }

    void leave() noexcept {
        if (size_ == is_allocated)
            delete[] kept_elsewhere().bytes;
    }

    alignas(void*) char bytes_[inline_capacity] = {};
    // The bytes used, or that a pointer and a size lie in them instead.
    std::uint8_t size_ = 0;
};

static_assert(sizeof(compact_name) == 24);

} // namespace breakerbox::detail

#endif
