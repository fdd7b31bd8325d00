// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_HOST_NAME_HPP
#define BREAKERBOX_BASE_HOST_NAME_HPP

#include <breakerbox/base/printable.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

namespace breakerbox {

/// The key a breaker counts by, any bytes, owned: up to 64 of them without an allocation.
class host_name {
public:
    static constexpr std::size_t inline_capacity = 64;

    host_name() = default;
    explicit host_name(std::string_view bytes) {
        if (bytes.size() > inline_capacity) {
            long_ = std::make_shared<std::string const>(bytes);
        } else {
            bytes.copy(short_.data(), bytes.size());
            size_of_short_ = static_cast<std::uint8_t>(bytes.size());
        }
    }

    std::string_view view() const noexcept {
        return long_ ? std::string_view{*long_} : std::string_view{short_.data(), size_of_short_};
    }
    operator std::string_view() const noexcept { return view(); }
    std::string str() const { return std::string{view()}; }

    friend bool operator==(host_name const& a, host_name const& b) noexcept { return a.view() == b.view(); }
    friend bool operator==(host_name const& a, std::string_view b) noexcept { return a.view() == b; }
    /// On one line whatever its bytes: control characters, quotes and backslashes as `\xNN`.
    friend std::ostream& operator<<(std::ostream& out, host_name const& host) {
        return out << detail::printable_host(host);
    }

private:
    // Copies share a long name, so that to copy one throws nothing.
    std::shared_ptr<std::string const> long_;
    std::array<char, inline_capacity> short_{};
    std::uint8_t size_of_short_ = 0;
};

} // namespace breakerbox

#endif
