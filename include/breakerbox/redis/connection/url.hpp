// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_CONNECTION_URL_HPP
#define BREAKERBOX_REDIS_CONNECTION_URL_HPP

#include <breakerbox/redis/connection/address.hpp>
#include <breakerbox/redis/connection/detail/url_parser.hpp>

#include <string_view>

namespace breakerbox {

/// Reads `redis://[[user]:password@]host[:port][/database]`, the same with `rediss://` for TLS, or
/// `unix://[[user]:password@]/path[?db=database]`.
///
/// An IPv6 address stands in brackets. User, password, host and path are percent-decoded; in them `%`, `/`,
/// `?`, `#` and spaces must be percent-encoded, and `:` in a user. Throws std::invalid_argument that tells
/// the part that is wrong and its place, what was expected and what was found, and quotes nothing of the URL:
/// no password is shown, not even where the URL is malformed around it.
inline redis_address parse_redis_url(std::string_view url) {
    return detail::redis_url_parser{url}.parse();
}

} // namespace breakerbox

#endif
