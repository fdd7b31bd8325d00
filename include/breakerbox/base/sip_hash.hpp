// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_SIP_HASH_HPP
#define BREAKERBOX_BASE_SIP_HASH_HPP

#include <breakerbox/base/entropy.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace breakerbox::detail {

struct sip_key {
    std::uint64_t first;
    std::uint64_t second;
};

/// A keyed hash: who doesn't know the key can't make up names that collide. SipHash (Aumasson, Bernstein: SipHash: a
/// fast short-input PRF, 2012), with so many rounds for each eight bytes and at the end: the paper's has 2 and 4; hash
/// tables have done with 1 and 3 since.
template <int rounds_a_word, int rounds_at_end>
class sip_hash {
public:
    explicit sip_hash(sip_key key) noexcept
        : v0_(key.first ^ 0x736f6d6570736575),
          v1_(key.second ^ 0x646f72616e646f6d),
          v2_(key.first ^ 0x6c7967656e657261),
          v3_(key.second ^ 0x7465646279746573) {}

    /// Hashes the bytes that are all there are: to be called once.
    std::uint64_t of(std::string_view bytes) && noexcept {
        auto const length = static_cast<std::uint64_t>(bytes.size()) << 56;
        for (; bytes.size() >= word_size; bytes.remove_prefix(word_size))
            add(little_endian<std::uint64_t>(bytes.data()));
        add(length | rest(bytes));
        v2_ ^= 0xff;
        mix<rounds_at_end>();
        return v0_ ^ v1_ ^ v2_ ^ v3_;
    }

private:
    static constexpr std::size_t word_size = 8;

    template <class Word>
    static std::uint64_t little_endian(char const* bytes) noexcept {
        Word word;
        std::memcpy(&word, bytes, sizeof word);
        if constexpr (std::endian::native == std::endian::big) {
            if constexpr (sizeof word == word_size)
                return __builtin_bswap64(word);
            else
                return __builtin_bswap32(word);
        }
        return word;
    }

    /// Fewer than eight bytes as a number. They are read in overlapping pieces, which is faster than one by one.
    static std::uint64_t rest(std::string_view bytes) noexcept {
        auto const size = bytes.size();
        constexpr std::size_t half = word_size / 2;
        if (size >= half)
            return little_endian<std::uint32_t>(bytes.data()) |
                   little_endian<std::uint32_t>(bytes.data() + size - half) << 8 * (size - half);
        if (size == 0)
            return 0;
        auto const at = [&](std::size_t i) {
            return std::uint64_t{static_cast<unsigned char>(bytes[i])} << 8 * i;
        };
        return at(0) | at(size / 2) | at(size - 1);
    }

    void add(std::uint64_t word) noexcept {
        v3_ ^= word;
        mix<rounds_a_word>();
        v0_ ^= word;
    }

    template <int rounds>
    void mix() noexcept {
        for (int i = 0; i != rounds; ++i) {
            v0_ += v1_;
            v1_ = std::rotl(v1_, 13) ^ v0_;
            v0_ = std::rotl(v0_, 32);
            v2_ += v3_;
            v3_ = std::rotl(v3_, 16) ^ v2_;
            v0_ += v3_;
            v3_ = std::rotl(v3_, 21) ^ v0_;
            v2_ += v1_;
            v1_ = std::rotl(v1_, 17) ^ v2_;
            v2_ = std::rotl(v2_, 32);
        }
    }

    std::uint64_t v0_;
    std::uint64_t v1_;
    std::uint64_t v2_;
    std::uint64_t v3_;
};

/// A hash of names, which others choose, for containers: of another key in each process, so that nobody can make up
/// names that all lie in one chain. In a process, and in its children, a name's hash is always the same.
///
/// The first one throws std::system_error where the system gives no random bytes; to hash throws nothing.
class name_hash {
public:
    using is_transparent = void;

    name_hash() : key_(key_of_process()) {}
    explicit name_hash(sip_key key) noexcept : key_(key) {}

    std::size_t operator()(std::string_view name) const noexcept {
        return static_cast<std::size_t>(sip_hash<1, 3>{key_}.of(name));
    }

private:
    static sip_key key_of_process() {
        static auto const key = drawn_from_entropy<sip_key>();
        return key;
    }

    sip_key key_;
};

} // namespace breakerbox::detail

#endif
