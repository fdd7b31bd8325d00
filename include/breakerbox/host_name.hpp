// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_HOST_NAME_HPP
#define BREAKERBOX_HOST_NAME_HPP

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

namespace breakerbox {

namespace detail {

/// A host as it is printed, on one line whatever its bytes: control characters, quotes and backslashes as
/// \xNN.
inline std::string printable(std::string_view host) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (char const c : host) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f && c != '\'' && c != '\\')
            text += c;
        else
            text.append("\\x").append(1, digits[byte / 16]).append(1, digits[byte % 16]);
    }
    return text;
}

} // namespace detail

/// The key a breaker counts by, any bytes, owned: up to 64 of them without an allocation.
class host_name {
public:
    static constexpr std::size_t inline_capacity = 64;

    host_name() = default;
    explicit host_name(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {}

    std::string_view view() const noexcept { return {bytes_.data(), bytes_.size()}; }
    operator std::string_view() const noexcept { return view(); }
    std::string str() const { return std::string{view()}; }

    friend bool operator==(host_name const& a, host_name const& b) noexcept { return a.view() == b.view(); }
    friend bool operator==(host_name const& a, std::string_view b) noexcept { return a.view() == b; }
    friend std::ostream& operator<<(std::ostream& out, host_name const& host) {
        return out << detail::printable(host);
    }

private:
    boost::container::small_vector<char, inline_capacity> bytes_;
};

} // namespace breakerbox

#endif
