// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_COMMAND_HPP
#define BREAKERBOX_REDIS_CONNECTION_COMMAND_HPP

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>

namespace breakerbox {

/// A command to Redis, as the bytes that are sent; moved, never copied.
class redis_command {
public:
    /// The most bytes that a command's arguments may have together: what Redis takes for one of them.
    static constexpr std::size_t max_bytes = 512 * 1024 * 1024;
    /// The most arguments, the command's name among them: what Redis takes.
    static constexpr std::size_t max_arguments = 1024 * 1024;

    /// The command's name and its arguments, which may hold any bytes and are copied.
    ///
    /// Throws std::invalid_argument if there is no name, std::length_error beyond the bounds above,
    /// std::bad_alloc.
    explicit redis_command(std::span<std::string_view const> arguments) {
        if (arguments.empty())
            throw std::invalid_argument("breakerbox: a redis_command must have a name");
        if (arguments.size() > max_arguments)
            throw std::length_error("breakerbox: a redis_command has too many arguments");
        std::size_t total = 0;
        for (auto const argument : arguments) {
            if (argument.size() > max_bytes - total)
                throw std::length_error("breakerbox: a redis_command's arguments are too long");
            total += argument.size();
        }
        bytes_ = std::make_unique_for_overwrite<char[]>(total + (arguments.size() + 1) * longest_count +
                                                        arguments.size() * end_of_line.size());
        write_count('*', arguments.size());
        for (auto const argument : arguments) {
            write_count('$', argument.size());
            write(argument);
            write(end_of_line);
        }
    }

    redis_command(std::initializer_list<std::string_view> arguments)
        : redis_command(std::span<std::string_view const>{arguments.begin(), arguments.size()}) {}

    /// What is sent; lives as long as this object, wherever it is moved to. Empty once moved from.
    std::string_view bytes() const noexcept {
        return bytes_ ? std::string_view{bytes_.get(), size_} : std::string_view{};
    }

private:
    // hiredis formats commands as well, by sprintf: that was half of all that a command cost.

    static constexpr std::string_view end_of_line = "\r\n";
    static constexpr std::size_t longest_count =
        1 + std::numeric_limits<std::size_t>::digits10 + 1 + end_of_line.size();

    void write(std::string_view bytes) noexcept {
        std::ranges::copy(bytes, bytes_.get() + size_);
        size_ += bytes.size();
    }

    void write_count(char kind, std::size_t count) noexcept {
        bytes_[size_++] = kind;
        auto* const begin = bytes_.get() + size_;
        size_ += static_cast<std::size_t>(std::to_chars(begin, begin + longest_count, count).ptr - begin);
        write(end_of_line);
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
};

} // namespace breakerbox

#endif
