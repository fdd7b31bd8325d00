// SPDX-License-Identifier: BSL-1.0
//
// std::expected (C++23): an operation that returns its errors is never thrown through. Its error type needs one thing, to
// be made of a boost::system::error_code; one that is also made of a bb::rejection learns the whole of a refusal.

#include <breakerbox/breakerbox.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <exception>
#include <expected>
#include <iostream>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace bb = breakerbox;
using namespace std::chrono_literals;

class api_error {
public:
    api_error(boost::system::error_code code) : text_(code.message()) {}
    api_error(bb::rejection const& why)
        : text_(why.host.str() + " is unavailable, come back later"), is_refusal_(true) {}

    std::string const& text() const { return text_; }
    bool is_refusal() const { return is_refusal_; }

private:
    std::string text_;
    bool is_refusal_ = false;
};

template <class T>
using result = std::expected<T, api_error>;

asio::awaitable<result<std::string>> get(std::string const& path) {
    static int calls = 0;
    std::cout << "call " << ++calls << '\n';
    if (path == "/broken" || calls == 1)
        co_return std::unexpected<api_error>{boost::system::error_code{asio::error::connection_reset}};
    co_return "200 OK for " + path;
}

asio::awaitable<void> use() {
    bb::circuit_breaker breaker{bb::memory_store{bb::consecutive_failures{.threshold = 3}}};
    auto const is_passing = [](api_error const& error) { return !error.is_refusal(); };
    bb::retrier const retrier{bb::stop_after_attempt{3}, bb::retry_if_error_that{is_passing},
                              bb::wait_fixed{1ms}, breaker};

    for (std::string const path : {"/index.html", "/broken", "/index.html"}) {
        result<std::string> const page = co_await retrier.retry("example.com", get, path);
        std::cout << path << ": " << (page ? *page : page.error().text()) << '\n';
    }
}

int main() {
    asio::io_context context;
    asio::co_spawn(context, use(), [](std::exception_ptr error) {
        if (error)
            std::rethrow_exception(error);
    });
    context.run();
}
