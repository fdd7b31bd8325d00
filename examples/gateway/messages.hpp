// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_MESSAGES_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_MESSAGES_HPP

#include <breakerbox/base/config.hpp>

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace gateway {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace bb = breakerbox;

// Bodies are read whole before they are passed on, up to a limit: only so can a request be made again, and an answer
// that breaks off still be one that the client never sees.
using request = http::request<http::string_body>;
using response = http::response<http::string_body>;

/// The name by which this proxy signs what it passes on.
inline constexpr std::string_view proxy_name = "breakerbox-gateway";

/// An answer of the gateway's own.
inline response own_answer(http::status status, std::string_view type, std::string body) {
    response answer{status, 11, std::move(body)};
    answer.set(http::field::content_type, type);
    answer.set(http::field::cache_control, "no-store");
    answer.prepare_payload();
    return answer;
}

inline response text_answer(http::status status, std::string text) {
    return own_answer(status, "text/plain; charset=utf-8", std::move(text) + '\n');
}

} // namespace gateway

#endif
