// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_EXAMPLES_GATEWAY_EXCHANGE_HPP
#define BREAKERBOX_EXAMPLES_GATEWAY_EXCHANGE_HPP

#include "connection_pool.hpp"
#include "messages.hpp"
#include "policy.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <utility>

namespace gateway {

/// A request for an upstream, and how large its answer may be. Refers to both: they outlive the call.
struct upstream_request {
    request const& message;
    std::uint64_t answer_bytes;
};

namespace detail {

using response_parser = http::response_parser<http::string_body>;

/// Writes the request and reads the answer. `heard` tells whether a byte of it came.
inline asio::awaitable<boost::system::result<response>> exchange_over(upstream_connection& connection,
                                                                      upstream_request const& asked,
                                                                      bool& keeps_alive, bool& heard) {
    boost::system::error_code not_written, error;
    co_await http::async_write(connection.socket, asked.message,
                               asio::redirect_error(asio::use_awaitable, not_written));
    // An upstream may answer before it has read all, and close: that answer counts.
    std::optional<response_parser> parser;
    do {
        parser.emplace();
        parser->body_limit(asked.answer_bytes);
        parser->skip(asked.message.method() == http::verb::head);
        co_await http::async_read_header(connection.socket, connection.buffer, *parser,
                                         asio::redirect_error(asio::use_awaitable, error));
        heard = heard || parser->got_some();
    } while (!error && http::to_status_class(parser->get().result()) == http::status_class::informational);
    if (!error && !parser->is_done())
        co_await http::async_read(connection.socket, connection.buffer, *parser,
                                  asio::redirect_error(asio::use_awaitable, error));
    if (error)
        co_return !heard && not_written ? not_written : error;
    keeps_alive = !not_written && parser->keep_alive() && connection.buffer.size() == 0;
    co_return parser->release();
}

} // namespace detail

/// One attempt at a request: the operation that the retrier repeats. Returns its errors. Cancelled, it drops the
/// connection.
inline asio::awaitable<boost::system::result<response>> exchange(connection_pool& pool,
                                                                 upstream_request const& asked) {
    bool keeps_alive = false;
    bool heard = false;
    // An upstream may close an idle connection while a request is on its way there. That is no failure of the
    // upstream's, and no attempt: but only a request that may be repeated may be in such a case.
    if (is_idempotent(asked.message.method()))
        if (auto idle = pool.take_idle()) {
            auto answer = co_await detail::exchange_over(*idle, asked, keeps_alive, heard);
            if (keeps_alive)
                pool.put_back(std::move(idle));
            if (answer || heard)
                co_return answer;
        }
    auto connected = co_await pool.connect();
    if (!connected)
        co_return connected.error();
    auto answer = co_await detail::exchange_over(**connected, asked, keeps_alive, heard);
    if (keeps_alive)
        pool.put_back(std::move(*connected));
    co_return answer;
}

} // namespace gateway

#endif
