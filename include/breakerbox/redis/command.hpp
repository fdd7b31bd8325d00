// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_COMMAND_HPP
#define BREAKERBOX_REDIS_COMMAND_HPP

#include <boost/container/small_vector.hpp>

#include <hiredis/hiredis.h>

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <new>
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
        boost::container::small_vector<char const*, usual_arguments> texts;
        boost::container::small_vector<std::size_t, usual_arguments> lengths;
        std::size_t total = 0;
        for (auto const argument : arguments) {
            if (argument.size() > max_bytes - total)
                throw std::length_error("breakerbox: a redis_command's arguments are too long");
            total += argument.size();
            texts.push_back(argument.empty() ? "" : argument.data()); // hiredis copies even nothing from it
            lengths.push_back(argument.size());
        }
        char* bytes = nullptr;
        // An int in hiredis 0.14, a long long since.
        auto const size =
            redisFormatCommandArgv(&bytes, static_cast<int>(arguments.size()), texts.data(), lengths.data());
        if (size < 0)
            throw std::bad_alloc();
        bytes_.reset(bytes);
        size_ = static_cast<std::size_t>(size);
    }

    redis_command(std::initializer_list<std::string_view> arguments)
        : redis_command(std::span<std::string_view const>{arguments.begin(), arguments.size()}) {}

    /// What is sent; lives as long as this object, wherever it is moved to. Empty once moved from.
    std::string_view bytes() const noexcept {
        return bytes_ ? std::string_view{bytes_.get(), size_} : std::string_view{};
    }

private:
    static constexpr std::size_t usual_arguments = 16;

    struct freed {
        void operator()(char* bytes) const noexcept { redisFreeCommand(bytes); }
    };

    std::unique_ptr<char, freed> bytes_;
    std::size_t size_ = 0;
};

} // namespace breakerbox

#endif
