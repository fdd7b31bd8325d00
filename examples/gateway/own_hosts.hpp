// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_OWN_HOSTS_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_OWN_HOSTS_HPP

#include "../fetch/url.hpp"
#include "messages.hpp"
#include "routing.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// By which names the gateway's own page, metrics and levers may be asked for. A site may point its own name to this
// machine when its page is open in a browser (DNS rebinding): for the browser the gateway is that site then, and only
// the Host tells it apart.

namespace gateway {

/// The IP address that a host is, in brackets or not, if it is one; two spellings of one are equal.
inline std::optional<asio::ip::address> address_in(std::string_view host) {
    bool const has_brackets = host.starts_with('[') && host.ends_with(']');
    if (has_brackets)
        host = host.substr(1, host.size() - 2);
    boost::system::error_code error;
    auto const address = asio::ip::make_address(host, error);
    if (error || (has_brackets && !address.is_v6()))
        return std::nullopt;
    if (address.is_v4())
        return address;
    auto const v6 = address.to_v6();
    if (v6.is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, v6);
    return asio::ip::address_v6{v6.to_bytes()}; // without a zone, which a URL has not
}

/// The host of "host[:port]" in lower case, without the dot that may end a name; empty where there is none.
inline std::string host_in(std::string_view authority) {
    bool const has_brackets = authority.starts_with('[');
    auto const colon = authority.find(':', has_brackets ? authority.find(']') : 0);
    if (colon != authority.npos && authority.find_first_not_of("0123456789", colon + 1) != authority.npos)
        return {};
    auto host = authority.substr(0, colon);
    if (host.ends_with('.') && !has_brackets)
        host.remove_suffix(1);
    return fetch::lower_case(host);
}

/// Whom a request is for: in a URL as its target that URL says so, whatever Host says (RFC 9112, 3.2.2). Empty where
/// that isn't told, or told twice. Refers to the request.
inline std::string_view authority_of(request const& message) {
    if (auto const named = authority_in(message.target()))
        return *named;
    return message.count(http::field::host) == 1 ? std::string_view{message[http::field::host]}
                                                 : std::string_view{};
}

class own_hosts {
public:
    /// `others` are names and addresses besides the one listened on and localhost, in lower case.
    own_hosts(asio::ip::address const& listened_on, std::vector<std::string> const& others) {
        add(listened_on.to_string());
        for (auto const& other : others)
            add(other);
    }

    /// Whether a request for that authority is for this gateway. Its port may be any, such as a tunnel's.
    bool contains(std::string_view authority) const {
        auto const host = host_in(authority);
        auto const address = address_in(host);
        if (!address)
            return std::ranges::find(names_, host) != names_.end();
        // Where all of this machine's addresses are listened on: a name can be pointed elsewhere, an address can't.
        return addresses_.front().is_unspecified() ||
               std::ranges::find(addresses_, *address) != addresses_.end();
    }

private:
    void add(std::string const& host) {
        if (auto const address = address_in(host))
            addresses_.push_back(*address);
        else
            names_.push_back(host);
    }

    std::vector<std::string> names_{"localhost"};
    /// The first one is listened on.
    std::vector<asio::ip::address> addresses_;
};

} // namespace gateway

#endif
