// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_POLICY_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_POLICY_HPP

#include "messages.hpp"

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/error.hpp>
#include <breakerbox/policy/time_out.hpp>
#include <breakerbox/retry/retry_end.hpp>

#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

// What the gateway makes of methods, of upstreams' answers and of the lack of one.
//
//   an upstream's     counts as      is tried again, if the method is idempotent
//   502, 503, 504     a failure      yes: it says that it is for now
//   500, another 5xx  a failure      no: the same request would find the same fault
//   anything else     a success      no
//   time-out          a failure      yes
//   connection lost   a failure      yes
//   answer too large  nothing        no

namespace gateway {

namespace bb = breakerbox;

/// Methods that may be repeated without harm (RFC 9110, 9.2.2), of those that go to upstreams.
inline bool is_idempotent(http::verb method) {
    using enum http::verb;
    return method == get || method == head || method == put || method == delete_ || method == options;
}

/// Those that would make a tunnel of the proxy, or show a client what came in between.
inline bool is_refused_method(http::verb method) {
    return method == http::verb::connect || method == http::verb::trace;
}

inline bool is_retried(http::status status) {
    return status == http::status::bad_gateway || status == http::status::service_unavailable ||
           status == http::status::gateway_timeout;
}

inline bool is_retried(boost::system::error_code const& error) {
    return error != http::error::body_limit;
}

inline bb::verdict verdict_of(http::status status) {
    return http::to_status_class(status) == http::status_class::server_error ? bb::verdict::failure
                                                                             : bb::verdict::success;
}

/// What the client is told where no answer of the upstream's can be passed on, with the error's name in
/// Proxy-Status (RFC 9209, 2.3).
struct own_status {
    http::status status;
    std::string_view error;
};

inline own_status status_of(bb::retry_end end, boost::system::error_code const& error) {
    if (end == bb::retry_end::refused)
        return {http::status::service_unavailable, "destination_unavailable"};
    if (end == bb::retry_end::cancelled || end == bb::retry_end::store_failed)
        return {http::status::service_unavailable, "proxy_internal_error"};
    if (bb::is_time_out(error) || error == bb::errc::deadline_exceeded)
        return {http::status::gateway_timeout, "http_response_timeout"};
    if (error == asio::error::connection_refused)
        return {http::status::bad_gateway, "connection_refused"};
    if (error == http::error::body_limit)
        return {http::status::bad_gateway, "http_response_body_size"};
    if (error == http::error::end_of_stream || error == http::error::partial_message)
        return {http::status::bad_gateway, "http_response_incomplete"};
    if (error.category() == http::make_error_code(http::error::bad_version).category())
        return {http::status::bad_gateway, "http_protocol_error"};
    return {http::status::bad_gateway, "connection_terminated"};
}

/// The value of Retry-After: whole seconds, so that nobody comes too early. Of an upstream that is open until reset
/// nobody knows: then a minute.
inline std::string retry_after_seconds(bb::duration wait) {
    constexpr std::chrono::seconds shortest{1}, unknown{60};
    auto const seconds = wait == bb::duration::max()
                             ? unknown
                             : std::max(std::chrono::ceil<std::chrono::seconds>(wait), shortest);
    return std::to_string(seconds.count());
}

/// Whether a request that changes something comes from the page itself: a browser says where the page is from that
/// sends it, and one of another site must not pull the levers here. Other programs send no Origin.
inline bool is_from_own_page(std::string_view origin, std::string_view host) {
    if (origin.empty())
        return true;
    for (std::string_view const scheme : {"http://", "https://"})
        if (origin.starts_with(scheme))
            return origin.substr(scheme.size()) == host;
    return false;
}

/// Whether an HTTP/1.1 request has the one Host that it must have.
inline bool has_right_host(request const& message) {
    return message.version() < 11 || message.count(http::field::host) == 1;
}

} // namespace gateway

#endif
