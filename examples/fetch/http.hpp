// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_FETCH_HTTP_HPP
#define BREAKERBOX_EXAMPLES_FETCH_HTTP_HPP

#include "url.hpp"

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

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace fetch {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

using response = http::response<http::string_body>;

/// The largest body that is read.
inline constexpr std::uint64_t most_bytes = 1024 * 1024;

/// How long Retry-After says to wait: it has a number of seconds or, as any date of HTTP, a date such as
/// "Sun, 06 Nov 1994 08:49:37 GMT". Anything else is as good as none; more than a day is taken as a day.
inline std::chrono::seconds parse_retry_after(std::string_view text) {
    std::chrono::seconds wait{};
    std::uint32_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) {
        wait = std::chrono::seconds{number};
    } else {
        std::tm date{};
        std::istringstream in{std::string{text}};
        in.imbue(std::locale::classic());
        if (in >> std::get_time(&date, "%a, %d %b %Y %H:%M:%S GMT"))
            wait = std::chrono::seconds{timegm(&date) - std::time(nullptr)};
    }
    return std::clamp<std::chrono::seconds>(wait, std::chrono::seconds::zero(), std::chrono::days{1});
}

/// The server answered, but not with what was asked for.
class http_error : public std::runtime_error {
public:
    explicit http_error(response const& answer)
        : runtime_error("HTTP " + std::to_string(answer.result_int()) + ' ' +
                        std::string{http::obsolete_reason(answer.result())}),
          status_(answer.result_int()),
          retry_after_(parse_retry_after(answer[http::field::retry_after])) {}

    unsigned status() const noexcept { return status_; }
    /// Zero where the server did not say.
    std::chrono::seconds retry_after() const noexcept { return retry_after_; }

private:
    unsigned status_;
    std::chrono::seconds retry_after_;
};

/// One GET on a connection of its own, all within `timeout` (but for the look-up of the host's name, which
/// the system bounds).
///
/// Throws http_error for any status but 2xx, and boost::system::system_error where there was no answer:
/// beast::error::timeout if it did not come in time, http::error::body_limit if it is too large.
inline asio::awaitable<response> get(url const& from, std::chrono::nanoseconds timeout) {
    auto const executor = co_await asio::this_coro::executor;
    asio::ip::tcp::resolver resolver{executor};
    auto const addresses = co_await resolver.async_resolve(from.host, from.port, asio::use_awaitable);

    beast::tcp_stream stream{executor};
    stream.expires_after(timeout);
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
