// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_ROUTING_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_ROUTING_HPP

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Where a request goes, by its target alone.

namespace gateway {

/// Whose answer a target asks for.
struct route {
    enum class kind : std::uint8_t {
        page,         // /
        events,       // /events
        metrics,      // /metrics
        open,         // /upstreams/NAME/open
        reset,        // /upstreams/NAME/reset
        proxied,      // /NAME, /NAME/..., /NAME?...
        not_found,    // any other path; whether there is an upstream of a name is not known here
        not_a_target, // neither a path nor a URL
    };

    kind where = kind::not_found;
    /// The upstream's.
    std::string_view name{};
    /// What is left of a proxied target for the upstream: a path, and a query if there was one.
    std::string rest{};

    friend bool operator==(route const&, route const&) = default;
};

inline constexpr std::array<std::string_view, 3> reserved_names{"events", "metrics", "upstreams"};

inline bool is_upstream_name(std::string_view name) {
    return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == name.npos &&
           std::ranges::find(reserved_names, name) == reserved_names.end();
}

/// The authority of http://authority/path?query, which a client may send that thinks of this as its proxy.
inline std::optional<std::string_view> authority_in(std::string_view target) {
    constexpr std::string_view scheme = "http://";
    if (!boost::beast::iequals(target.substr(0, scheme.size()), scheme))
        return std::nullopt;
    target.remove_prefix(scheme.size());
    return target.substr(0, target.find_first_of("/?"));
}

namespace detail {

/// The path and query of such a target.
inline std::string_view origin_form(std::string_view target) {
    auto const authority = authority_in(target);
    if (!authority)
        return target;
    target.remove_prefix(std::string_view{"http://"}.size() + authority->size());
    return target.empty() ? "/" : target;
}

inline route administrative_route(std::string_view path) {
    using enum route::kind;
    constexpr std::string_view folder = "/upstreams/";
    if (path == "/")
        return {.where = page};
    if (path == "/events")
        return {.where = events};
    if (path == "/metrics")
        return {.where = metrics};
    if (!path.starts_with(folder))
        return {};
    path.remove_prefix(folder.size());
    auto const slash = path.find('/');
    auto const name = path.substr(0, slash);
    if (slash == path.npos || !is_upstream_name(name))
        return {};
    auto const action = path.substr(slash + 1);
    if (action == "open")
        return {.where = open, .name = name};
    if (action == "reset")
        return {.where = reset, .name = name};
    return {};
}

} // namespace detail

/// Whether the gateway itself answers there, and tells or changes something.
inline bool is_administrative(route::kind where) {
    using enum route::kind;
    return where == page || where == events || where == metrics || where == open || where == reset;
}

/// The target is not decoded: names consist of what needs no encoding. It must outlive the route.
inline route route_of(std::string_view target) {
    target = detail::origin_form(target);
    if (!target.starts_with('/') && !target.starts_with('?'))
        return {.where = route::kind::not_a_target};

    auto const path = target.substr(0, target.find('?'));
    auto const segment_end = std::min(path.find('/', 1), path.size());
    auto const name = path.empty() ? path : path.substr(1, segment_end - 1);
    if (!is_upstream_name(name))
        return detail::administrative_route(path.empty() ? "/" : path);

    auto const rest = target.substr(segment_end);
    return {.where = route::kind::proxied,
            .name = name,
            .rest = (rest.starts_with('/') ? "" : "/") + std::string{rest}};
}

} // namespace gateway

#endif
