// SPDX-License-Identifier: BSL-1.0
//
// Three upstreams for the gateway to be shown with, on free ports of 127.0.0.1. What they do follows from the time since
// they began, and so is the same each time. They say where they are, a line each, and end on SIGTERM or SIGINT.
//
//   orders  steady
//   stock   fails for 15 of every 50 seconds, one request of two by a 503, the other by cutting off
//   prices  grows slow over 15 of every 60 seconds, up to three seconds, and is then as quick as before

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
#include <boost/beast/http/write.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <list>
#include <string_view>
#include <utility>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// What becomes of one request.
struct fate {
    enum class kind { answered, unavailable, cut_off };

    milliseconds after{};
    kind what = kind::answered;
};

using schedule = fate (*)(milliseconds since_start, unsigned request);

fate orders(milliseconds, unsigned request) {
    return {.after = milliseconds{5 + request % 7 * 4}};
}

fate stock(milliseconds since_start, unsigned request) {
    auto const now = since_start % 50s;
    if (now < 15s || now >= 30s)
        return {.after = milliseconds{15 + request % 5 * 5}};
    return {.after = 5ms, .what = request % 2 == 0 ? fate::kind::unavailable : fate::kind::cut_off};
}

fate prices(milliseconds since_start, unsigned request) {
    auto const slow_for = since_start % 60s - 25s;
    auto const usual = milliseconds{20 + request % 5 * 10};
    return {.after = slow_for < 0s || slow_for >= 15s ? usual : usual + slow_for / 5};
}

class demo_upstream {
public:
    demo_upstream(asio::io_context& context, schedule plan)
        : plan_(plan), acceptor_(context, {asio::ip::address_v4::loopback(), 0}) {
        asio::co_spawn(context, accept(), [](std::exception_ptr error) {
            if (error)
                std::rethrow_exception(error);
        });
    }

    tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

private:
    asio::awaitable<void> accept() {
        for (;;) {
            auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
            // Detached: that a connection has ended is its client's affair.
            asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), asio::detached);
        }
    }

    asio::awaitable<void> serve(tcp::socket socket) {
        boost::beast::flat_buffer buffer;
        asio::steady_timer pause{socket.get_executor()};
        for (;;) {
            gateway::request message;
            co_await http::async_read(socket, buffer, message, asio::use_awaitable);
            auto const since_start =
                std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start_);
            auto const what = plan_(since_start, requests_++);
            pause.expires_after(what.after);
            co_await pause.async_wait(asio::use_awaitable);
            if (what.what == fate::kind::cut_off)
                co_return;
            auto const answer = what.what == fate::kind::unavailable
                                    ? gateway::text_answer(http::status::service_unavailable, "not now")
                                    : gateway::text_answer(http::status::ok, "all is well");
            co_await http::async_write(socket, answer, asio::use_awaitable);
        }
    }

    schedule plan_;
    tcp::acceptor acceptor_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    unsigned requests_ = 0;
};

int main() {
    constexpr std::array<std::pair<std::string_view, schedule>, 3> plans{
        {{"orders", orders}, {"stock", stock}, {"prices", prices}}};
    asio::io_context context{1};
    asio::signal_set signals{context, SIGINT, SIGTERM};
    // What is under way then is destroyed with the context.
    signals.async_wait([&](boost::system::error_code, int) { context.stop(); });
    std::list<demo_upstream> all;
    for (auto const& [name, plan] : plans) {
        auto const& made = all.emplace_back(context, plan);
        std::cout << name << "=http://" << made.endpoint() << std::endl;
    }
    context.run();
}
