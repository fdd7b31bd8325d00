// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_GATEWAY_SUPPORT_BEHAVIOURS_HPP
#define BREAKERBOX_TESTS_GATEWAY_SUPPORT_BEHAVIOURS_HPP

#include "fake_upstream.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <string>

namespace gateway_tests {

using answered = asio::awaitable<std::optional<gateway::response>>;

inline answered well(gateway::request const&) {
    co_return answer(http::status::ok);
}

/// Tells what it was asked.
inline answered echo(gateway::request const& message) {
    auto made = answer(http::status::created, message.body());
    made.set("X-Answered", std::string{message.method_string()} + ' ' + std::string{message.target()});
    co_return made;
}

inline answered unavailable(gateway::request const&) {
    co_return answer(http::status::service_unavailable, "not now\n");
}

inline answered broken(gateway::request const&) {
    co_return answer(http::status::internal_server_error, "never\n");
}

inline answered cut_off(gateway::request const&) {
    co_return std::nullopt;
}

/// Never answers.
inline answered silent(gateway::request const&) {
    asio::steady_timer forever{co_await asio::this_coro::executor, asio::steady_timer::time_point::max()};
    co_await forever.async_wait(asio::use_awaitable);
    co_return std::nullopt;
}

} // namespace gateway_tests

#endif
