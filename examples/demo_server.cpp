// SPDX-License-Identifier: BSL-1.0
//
// A small HTTP server in trouble, for fetch to meet. It listens on a free port of 127.0.0.1, says on which,
// and ends on SIGTERM or SIGINT. Each connection is for one request.
//
//   /ok           well
//   /flaky        two failures, then well, then two failures...
//   /busy         every other time: come back in a second
//   /maintenance  the first time: come back at a date, about two seconds away
//   /closed       come back in an hour
//   /down         fails always
//   /outage       from the first request on, cuts connections off for two and a half seconds; then well
//   /silent       never answers
//   /huge         two megabytes

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <csignal>
#include <ctime>
#include <exception>
#include <iomanip>
#include <iostream>
#include <locale>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using namespace std::chrono_literals;

using response = http::response<http::string_body>;

response reply(http::status status, std::string body) {
    response made{status, 11, std::move(body)};
    made.keep_alive(false);
    made.prepare_payload();
    return made;
}

response come_back(http::status status, std::string const& when) {
    auto made = reply(status, "later\n");
    made.set(http::field::retry_after, when);
    return made;
}

std::string http_date(std::chrono::system_clock::time_point when) {
    auto const time = std::chrono::system_clock::to_time_t(when);
    std::tm date{};
    gmtime_r(&time, &date);
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text << std::put_time(&date, "%a, %d %b %Y %H:%M:%S GMT");
    return text.str();
}

/// What the routes remember between requests.
class site {
public:
    bool has_outage() {
        auto const now = std::chrono::steady_clock::now();
        if (!outage_began_)
            outage_began_ = now;
        return now - *outage_began_ < 2500ms;
    }

    response answer(std::string_view target) {
        if (target == "/flaky" && ++flaky_requests_ % 3 != 0)
            return reply(http::status::service_unavailable, "not now\n");
        if (target == "/busy" && ++busy_requests_ % 2 != 0)
            return come_back(http::status::too_many_requests, "1");
        if (target == "/maintenance" && ++maintenance_requests_ == 1)
            return come_back(http::status::service_unavailable,
                             http_date(std::chrono::system_clock::now() + 2s));
        if (target == "/closed")
            return come_back(http::status::service_unavailable, "3600");
        if (target == "/down")
            return reply(http::status::internal_server_error, "never\n");
        if (target == "/huge")
            return reply(http::status::ok, std::string(2 * 1024 * 1024, '.'));
        if (target == "/ok" || target == "/flaky" || target == "/busy" || target == "/maintenance" ||
            target == "/outage")
            return reply(http::status::ok, "all is well\n");
        return reply(http::status::not_found, "no such route\n");
    }

private:
    unsigned flaky_requests_ = 0;
    unsigned busy_requests_ = 0;
    unsigned maintenance_requests_ = 0;
    std::optional<std::chrono::steady_clock::time_point> outage_began_;
};

/// The client finds the connection reset, not closed in good order.
void cut_off(tcp::socket& socket) {
    socket.set_option(tcp::socket::linger{true, 0});
    socket.close();
}

asio::awaitable<void> serve(tcp::socket socket, site& pages) {
    beast::tcp_stream stream{std::move(socket)};
    stream.expires_after(60s);
    beast::flat_buffer buffer;
    http::request<http::empty_body> request;
    co_await http::async_read(stream, buffer, request, asio::use_awaitable);

    std::string const target = request.target();
    if (target == "/silent")
        co_await http::async_read(stream, buffer, request, asio::use_awaitable); // until the client goes away
    if (target == "/outage" && pages.has_outage()) {
        cut_off(stream.socket());
        co_return;
    }
    auto const answer = pages.answer(target);
    co_await http::async_write(stream, answer, asio::use_awaitable);
}

asio::awaitable<void> accept(tcp::acceptor& acceptor, site& pages) {
    for (;;) {
        auto socket = co_await acceptor.async_accept(asio::use_awaitable);
        // Detached: that a client went away before its answer came is its own affair.
        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), pages), asio::detached);
    }
}

int main() {
    site pages;
    asio::io_context context{1};
    asio::signal_set signals{context, SIGINT, SIGTERM};
    // What is under way then is destroyed with the context.
    signals.async_wait([&](boost::system::error_code, int) { context.stop(); });

    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    asio::co_spawn(context, accept(acceptor, pages), [](std::exception_ptr error) {
        if (error)
            std::rethrow_exception(error);
    });
    std::cout << "listening on " << acceptor.local_endpoint() << std::endl;
    context.run();
}
