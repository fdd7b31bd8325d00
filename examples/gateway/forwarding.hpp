// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_FORWARDING_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_FORWARDING_HPP

#include "messages.hpp"
#include "settings.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/verb.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

// How a message changes on its way through a proxy (RFC 9110, 7.6).

namespace gateway {

/// The fields that are for one connection alone, and that a Connection field needn't name.
inline constexpr std::array hop_by_hop_fields{
    http::field::connection, http::field::keep_alive,          http::field::proxy_connection,
    http::field::te,         http::field::proxy_authorization, http::field::proxy_authenticate,
    http::field::trailer,    http::field::transfer_encoding,   http::field::upgrade,
};

inline void drop_hop_by_hop_fields(http::fields& fields) {
    std::vector<std::string> named;
    auto const [begin, end] = fields.equal_range(http::field::connection);
    for (auto field = begin; field != end; ++field)
        for (auto const& name : http::token_list{field->value()})
            named.emplace_back(name);
    for (auto const& name : named)
        // What says how long a body is, and for whom, is no client's to have dropped.
        if (!beast::iequals(name, "content-length") && !beast::iequals(name, "host"))
            fields.erase(name);
    for (auto const field : hop_by_hop_fields)
        fields.erase(field);
}

/// Adds an element to a list that a field is, whose lines so far become one.
inline void append_to_list(http::fields& fields, std::string_view name, std::string_view element) {
    std::string list;
    auto const [begin, end] = fields.equal_range(name);
    for (auto field = begin; field != end; ++field)
        list.append(field->value()).append(", ");
    fields.set(name, list.append(element));
}

inline std::string via(unsigned version) {
    return std::to_string(version / 10) + '.' + std::to_string(version % 10) + ' ' + std::string{proxy_name};
}

/// A client's request as the upstream gets it; `rest` is its path there.
inline request to_upstream(request message, std::string_view rest, asio::ip::address const& client,
                           upstream_address const& upstream) {
    auto const received_by = via(message.version());
    drop_hop_by_hop_fields(message);
    message.erase(http::field::expect); // answered here, where the body is read
    append_to_list(message, "Via", received_by);
    append_to_list(message, "X-Forwarded-For", client.to_string());
    message.set(http::field::host, upstream.authority);
    message.target(upstream.base + std::string{rest});
    message.version(11);
    message.keep_alive(true);
    message.prepare_payload();
    return message;
}

/// An upstream's response as the client gets it, who asked with that method.
inline response to_client(response message, http::verb method) {
    auto const received_by = via(message.version());
    drop_hop_by_hop_fields(message);
    append_to_list(message, "Via", received_by);
    message.version(11);
    // What a HEAD would have got is the upstream's to say, and a 204 or 304 has no length.
    if (method != http::verb::head && message.result() != http::status::no_content &&
        message.result() != http::status::not_modified)
        message.content_length(message.body().size());
    return message;
}

} // namespace gateway

#endif
