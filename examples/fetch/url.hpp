// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_FETCH_URL_HPP
#define BREAKERBOX_EXAMPLES_FETCH_URL_HPP

#include <boost/asio/ip/address_v6.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace fetch {

/// What is needed of http://host[:port][/path][?query].
struct url {
    std::string text;
    /// In lower case; without the brackets that enclose an IPv6 address.
    std::string host;
    std::string port;
    /// The host and the port as a URL has them: the key the breaker counts by, and the Host of the request.
    std::string authority;
    /// The path and the query.
    std::string target;
};

[[noreturn]] inline void refuse_url(std::string_view text, std::string const& why) {
    throw std::invalid_argument("'" + std::string{text} + "' is not a URL that can be fetched: " + why +
                                "; expected http://host[:port][/path]");
}

/// The number, or 0 if it is none that a port can have.
inline std::uint16_t parse_port(std::string_view text) {
    std::uint16_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? number : std::uint16_t{0};
}

inline std::string lower_case(std::string_view text) {
    std::string lower{text};
    for (char& c : lower)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return lower;
}

inline bool is_ipv6_address(std::string const& text) {
    boost::system::error_code error;
    boost::asio::ip::make_address_v6(text, error);
    return !error;
}

inline bool is_host_name(std::string_view text) {
    return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                                   "0123456789.-_") == std::string_view::npos;
}

/// Throws std::invalid_argument that names the text and what was expected of it.
inline url parse_url(std::string_view const text) {
    constexpr std::string_view scheme = "http://";
    if (!boost::beast::iequals(text.substr(0, scheme.size()), scheme))
        refuse_url(text, "it does not begin with http://");
    // Whatever is not visible ASCII has to come percent-encoded.
    if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; }))
        refuse_url(text, "it has a space or another character that must be percent-encoded");

    auto const rest = text.substr(scheme.size());
    auto const authority = rest.substr(0, rest.find_first_of("/?#"));
    auto const colon = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);

    auto const port_text = colon == std::string_view::npos ? "80" : authority.substr(colon + 1);
    auto const port = parse_port(port_text);
    if (port == 0)
        refuse_url(text,
                   "its port must be a number from 1 to 65535, but is '" + std::string{port_text} + "'");

    auto host = lower_case(authority.substr(0, colon));
    auto const canonical_authority = host + ':' + std::to_string(port);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
        if (!is_ipv6_address(host))
            refuse_url(text, "'" + host + "' is not an IPv6 address");
    } else if (!is_host_name(host)) {
        refuse_url(text, "its host must consist of letters, digits, '.', '-' and '_', but is '" + host + "'");
    }

    auto const after_authority = rest.substr(authority.size());
    auto const target = after_authority.substr(0, after_authority.find('#')); // a fragment is not sent
    return {.text = std::string{text},
            .host = host,
            .port = std::to_string(port),
            .authority = canonical_authority,
            .target = (target.starts_with('/') ? "" : "/") + std::string{target}};
}

} // namespace fetch

#endif
