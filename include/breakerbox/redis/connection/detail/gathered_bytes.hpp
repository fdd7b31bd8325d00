// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_GATHERED_BYTES_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_GATHERED_BYTES_HPP

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace breakerbox::detail {

/// Bytes that are to be written next. Each has a place among all bytes that were ever gathered.
class gathered_bytes {
public:
    /// Throws std::bad_alloc, and has gathered nothing then.
    void append(std::string_view bytes) {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        end_ += bytes.size();
    }

    /// Valid until the next call of a member that isn't const.
    std::string_view unwritten() const noexcept {
        return {bytes_.data() + written_, bytes_.size() - written_};
    }

    /// Whether there is enough for one write: more would only be copied, and could not be taken back.
    bool is_enough() const noexcept { return bytes_.size() - written_ >= enough; }

    void wrote(std::size_t bytes) noexcept { written_ += bytes; }

    /// The place behind the last byte gathered.
    std::uint64_t end() const noexcept { return end_; }

    /// The place behind the last byte written.
    std::uint64_t written_to() const noexcept { return end_ - (bytes_.size() - written_); }

    /// Forgets what is written, if that is all.
    void remove_written() noexcept {
        if (written_ == bytes_.size())
            clear();
    }

    /// Forgets all, written or not.
    void clear() noexcept {
        if (bytes_.capacity() > 4 * enough)
            bytes_ = {};
        bytes_.clear();
        written_ = 0;
    }

private:
    static constexpr std::size_t enough = 64 * 1024;

    std::vector<char> bytes_;
    std::size_t written_ = 0;
    std::uint64_t end_ = 0;
};

} // namespace breakerbox::detail

#endif
