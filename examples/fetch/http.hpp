// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_FETCH_HTTP_HPP
#define BREAKERBOX_EXAMPLES_FETCH_HTTP_HPP

#include "url.hpp"

#include <breakerbox/base/config.hpp>
#include <breakerbox/policy/retry_after.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace fetch {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

using response = http::response<http::string_body>;

/// The largest body that is read.
inline constexpr std::uint64_t most_bytes = 1024 * 1024;

/// The server answered, but not with what was asked for.
class http_error : public std::runtime_error {
public:
    explicit http_error(response const& answer)
        : runtime_error("HTTP " + std::to_string(answer.result_int()) + ' ' +
                        std::string{http::obsolete_reason(answer.result())}),
          status_(answer.result_int()),
          retry_after_(breakerbox::retry_after(answer[http::field::retry_after])) {}

    unsigned status() const noexcept { return status_; }
    /// Nothing where the server did not say.
    std::optional<breakerbox::duration> retry_after() const noexcept { return retry_after_; }

private:
    unsigned status_;
    std::optional<breakerbox::duration> retry_after_;
};

/// One GET on a connection of its own.
///
/// Throws http_error for any status but 2xx, and boost::system::system_error where there was no answer:
/// http::error::body_limit if it is too large. Cancelled, it ends at once, but for the look-up of the host's name.
inline asio::awaitable<response> get(url const& from) {
    auto const executor = co_await asio::this_coro::executor;
    asio::ip::tcp::resolver resolver{executor};
    auto const addresses = co_await resolver.async_resolve(from.host, from.port, asio::use_awaitable);

    beast::tcp_stream stream{executor};
    co_await stream.async_connect(addresses, asio::use_awaitable);

    http::request<http::empty_body> request{http::verb::get, from.target, 11};
    request.set(http::field::host, from.authority);
    request.keep_alive(false);
    co_await http::async_write(stream, request, asio::use_awaitable);

    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(most_bytes);
    co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
    auto answer = parser.release();
    if (http::to_status_class(answer.result_int()) != http::status_class::successful)
        throw http_error{answer};
    co_return answer;
}

} // namespace fetch

#endif
