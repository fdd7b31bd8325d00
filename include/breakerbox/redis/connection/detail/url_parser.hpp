// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_DETAIL_URL_PARSER_HPP
#define BREAKERBOX_REDIS_CONNECTION_DETAIL_URL_PARSER_HPP

#include <breakerbox/redis/connection/address.hpp>

#include <boost/asio/ip/address_v6.hpp>
#include <boost/system/error_code.hpp>

#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace breakerbox::detail {

/// The highest database that SELECT takes.
inline constexpr std::uint32_t max_redis_database = std::numeric_limits<std::int32_t>::max();

/// Cuts a Redis URL into its parts. An error tells the part, its place, what was expected and what was found,
/// but quotes nothing: where a URL is malformed, any piece of it may be a piece of the password.
class redis_url_parser {
public:
    explicit redis_url_parser(std::string_view url) : url_(url) {}

    redis_address parse() const {
        redis_address address;
        auto const after_scheme = url_.substr(read_scheme(address));
        if (auto const blank = std::ranges::find_if(url_, is_blank); blank != url_.end())
            fail("", "have no spaces or control characters, but has one",
                 static_cast<std::size_t>(blank - url_.begin()));
        auto const authority = after_scheme.substr(0, after_scheme.find_first_of("/?#"));
        auto const tail = after_scheme.substr(authority.size());
        if (auto const stray = tail.find('@'); stray != tail.npos)
            fail(
                "",
                "have no '@' behind a '/', '?' or '#', which a password has as %2F, %3F and %23, but has one",
                offset(tail) + stray);
        auto place = authority;
        if (auto const end = authority.rfind('@'); end != authority.npos) {
            read_credentials(authority.substr(0, end), address);
            place.remove_prefix(end + 1);
        }
        if (address.type == redis_address::kind::unix_socket)
            read_socket(place, tail, address);
        else
            read_server(place, tail, address);
        return address;
    }

private:
    /// `part` is empty for the URL itself, or its genitive and the part: "'s port".
    [[noreturn]] static void fail(std::string_view part, std::string_view must_but, std::size_t offset) {
        throw std::invalid_argument("breakerbox: the Redis URL" + std::string{part} + " must " +
                                    std::string{must_but} + " (character " + std::to_string(offset + 1) +
                                    ")");
    }

    static bool is_blank(char c) noexcept {
        auto const byte = static_cast<unsigned char>(c);
        return byte <= ' ' || byte == 0x7f;
    }

    static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

    /// ASCII letters and digits, '-', '.', '_', and all beyond ASCII.
    static bool may_stand_in_name(char c) noexcept {
        return static_cast<unsigned char>(c) > 0x7f || is_digit(c) || (c >= 'a' && c <= 'z') ||
               (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
    }

    std::size_t offset(std::string_view part) const noexcept {
        return static_cast<std::size_t>(part.data() - url_.data());
    }

    /// Returns how long it is.
    std::size_t read_scheme(redis_address& address) const {
        using kind = redis_address::kind;
        for (auto const& [scheme, type] : {std::pair{std::string_view{"redis://"}, kind::tcp},
                                           std::pair{std::string_view{"rediss://"}, kind::tls},
                                           std::pair{std::string_view{"unix://"}, kind::unix_socket}})
            if (url_.starts_with(scheme)) {
                address.type = type;
                return scheme.size();
            }
        fail("'s scheme", "be redis://, rediss:// or unix://, but is none of them", 0);
    }

    void read_credentials(std::string_view credentials, redis_address& address) const {
        auto const colon = credentials.find(':');
        if (colon == credentials.npos)
            fail("", "have a ':' before the password, as in user:password@ or :password@, but has none",
                 offset(credentials));
        address.user = decoded("'s user", credentials.substr(0, colon));
        address.password = decoded("'s password", credentials.substr(colon + 1));
    }

    void read_server(std::string_view place, std::string_view tail, redis_address& address) const {
        auto const host_size = place.starts_with('[') ? read_ipv6(place, address) : read_name(place, address);
        auto const port = place.substr(host_size);
        if (!port.empty())
            address.port = static_cast<std::uint16_t>(
                number("'s port", port.substr(1), 1, std::numeric_limits<std::uint16_t>::max()));
        if (tail.empty() || tail == "/")
            return;
        if (!tail.starts_with('/'))
            fail("", "end with its port or /database, but goes on", offset(tail));
        address.database = number("'s database", tail.substr(1), 0, max_redis_database);
    }

    /// Returns how long it is with its brackets.
    std::size_t read_ipv6(std::string_view place, redis_address& address) const {
        auto const end = place.find(']');
        if (end == place.npos)
            fail("'s IPv6 address", "end with a ']', but doesn't", offset(place));
        address.host = decoded("'s IPv6 address", place.substr(1, end - 1));
        boost::system::error_code error;
        boost::asio::ip::make_address_v6(address.host, error);
        if (error.failed() || std::ranges::any_of(address.host, is_blank))
            fail("", "have an IPv6 address between '[' and ']', but has none", offset(place));
        if (end + 1 < place.size() && place[end + 1] != ':')
            fail("'s IPv6 address", "be followed by a ':', a '/' or nothing, but isn't",
                 offset(place) + end + 1);
        return end + 1;
    }

    /// Returns how long it is.
    std::size_t read_name(std::string_view place, redis_address& address) const {
        auto const name = place.substr(0, place.find(':'));
        if (name.empty())
            fail("'s host", "be given, but is empty", offset(place));
        if (auto const again = place.find(':', name.size() + 1); again != place.npos)
            fail("'s host",
                 "be in brackets where it is an IPv6 address, but has more than one ':' without them",
                 offset(place) + again);
        address.host = decoded("'s host", name);
        if (!std::ranges::all_of(address.host, may_stand_in_name))
            fail("'s host", "be of letters, digits, '-', '.' and '_', but has another character",
                 offset(name));
        return name.size();
    }

    void read_socket(std::string_view place, std::string_view tail, redis_address& address) const {
        if (!place.empty())
            fail("", "have no host for a Unix socket, as in unix:///path, but has one", offset(place));
        auto const path = tail.substr(0, tail.find_first_of("?#"));
        auto const query = tail.substr(path.size());
        address.path = decoded("'s path", path);
        constexpr auto longest = sizeof(sockaddr_un::sun_path) - 1;
        if (address.path.empty() || address.path.size() > longest ||
            address.path.find('\0') != std::string::npos)
            fail("'s path",
                 "have from 1 to " + std::to_string(longest) + " bytes, none of them zero, but hasn't",
                 offset(path));
        if (query.empty())
            return;
        constexpr std::string_view name = "?db=";
        if (!query.starts_with(name))
            fail("", "end with its path or ?db=database, but goes on", offset(query));
        address.database = number("'s database", query.substr(name.size()), 0, max_redis_database);
    }

    std::uint32_t number(std::string_view part, std::string_view text, std::uint32_t least,
                         std::uint32_t greatest) const {
        auto const must =
            "be a number from " + std::to_string(least) + " to " + std::to_string(greatest) + ", but ";
        if (text.empty())
            fail(part, must + "is empty", offset(text));
        if (auto const other = std::ranges::find_if_not(text, is_digit); other != text.end())
            fail(part, must + "has a character that is no digit",
                 offset(text) + static_cast<std::size_t>(other - text.begin()));
        std::uint32_t value = 0;
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || value < least || value > greatest)
            fail(part, must + "is out of that range", offset(text));
        return value;
    }

    std::string decoded(std::string_view part, std::string_view text) const {
        std::string result;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '%') {
                result += text[i];
                continue;
            }
            unsigned byte = 0;
            auto const digits = text.substr(i + 1, 2);
            auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
            if (error != std::errc{} || end != digits.data() + 2)
                fail(part, "have two hexadecimal digits after each '%', but hasn't", offset(text) + i);
            result += static_cast<char>(static_cast<unsigned char>(byte));
            i += 2;
        }
        return result;
    }

    std::string_view url_;
};

} // namespace breakerbox::detail

#endif
