// SPDX-License-Identifier: BSL-1.0
//
// Clients for the gateway to be shown with: some ten requests a second for each upstream, every tenth of them a POST.
//
//   gateway_demo_traffic PORT NAME...    until SIGTERM or SIGINT

#include "messages.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr int clients_of_each = 5;
constexpr auto pause_between = 500ms;

/// Asks for as long as its connection lasts.
asio::awaitable<void> ask(tcp::socket& socket, std::string const& upstream, unsigned& number) {
    boost::beast::flat_buffer buffer;
    asio::steady_timer pause{socket.get_executor()};
    for (;; ++number) {
        auto const method = number % 10 == 9 ? http::verb::post : http::verb::get;
        gateway::request message{method, '/' + upstream + '/' + std::to_string(number), 11};
        message.set(http::field::host, "gateway");
        message.prepare_payload();
        co_await http::async_write(socket, message, asio::use_awaitable);
        gateway::response answer;
        co_await http::async_read(socket, buffer, answer, asio::use_awaitable);
        pause.expires_after(pause_between);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> keep_asking(tcp::endpoint at, std::string upstream,
                                  std::chrono::milliseconds start_after) {
    auto const executor = co_await asio::this_coro::executor;
    asio::steady_timer pause{executor, start_after};
    co_await pause.async_wait(asio::use_awaitable);
    for (unsigned number = 0;; ++number) {
        try {
            tcp::socket socket{executor};
            co_await socket.async_connect(at, asio::use_awaitable);
            co_await ask(socket, upstream, number);
        } catch (boost::system::system_error const&) { // the gateway is gone, perhaps for a moment
        }
        pause.expires_after(pause_between);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

int main(int argc, char** argv) {
    auto const port = argc < 3 ? 0 : std::atoi(argv[1]);
    if (port < 1 || port > 65535) {
        std::cerr << "usage: gateway_demo_traffic PORT NAME...\n";
        return 2;
    }
    asio::io_context context{1};
    asio::signal_set signals{context, SIGINT, SIGTERM};
    signals.async_wait([&](boost::system::error_code, int) { context.stop(); });
    tcp::endpoint const at{asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)};
    for (int i = 2; i != argc; ++i)
        for (int client = 0; client != clients_of_each; ++client)
            asio::co_spawn(context, keep_asking(at, argv[i], client * pause_between / clients_of_each),
                           asio::detached);
    std::cout << "asking" << std::endl;
    context.run();
}
