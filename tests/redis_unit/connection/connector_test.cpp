// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/connector.hpp>

#include "redis_unit/support/fake_stream.hpp"

#include <breakerbox/redis/connection/command.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace connector_test {

using namespace breakerbox;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using boost::system::error_code;
using detail::connector;

namespace {

class fake_factory final : public detail::stream_factory {
public:
    std::shared_ptr<detail::byte_stream> make(detail::connection_strand const&,
                                              std::string const& host) const override {
        hosts.push_back(host);
        return std::make_shared<support::fake_stream>();
    }
    std::vector<std::string> mutable hosts{};
};

struct fixture {
    explicit fixture(redis_address a, redis_credentials_provider credentials = {})
        : address(std::move(a)), made(address, config, factory, std::move(credentials)) {}

    asio::io_context context{};
    detail::connection_strand strand{asio::any_io_executor{context.get_executor()}};
    detail::server_names names{strand};
    redis_config config{};
    redis_address address;
    std::shared_ptr<fake_factory> factory = std::make_shared<fake_factory>();
    connector made;
};

redis_address at(std::string host) {
    redis_address address;
    address.host = std::move(host);
    return address;
}

} // namespace

TEST_CASE("connector: numbers need no look-up, and a link goes to the address with the URL's host") {
    fixture f{at("127.0.0.1")};
    error_code error;
    CHECK(f.made.find_without_look_up(error));
    CHECK_FALSE(error);
    REQUIRE(f.made.addresses() == 1);
    auto const link = f.made.make_link(f.strand, 0);
    asio::ip::tcp::endpoint const expected{asio::ip::make_address("127.0.0.1"), 6379};
    CHECK(link->server() == detail::byte_stream::endpoint{expected});
    CHECK(f.factory->hosts == std::vector<std::string>{"127.0.0.1"});
}

TEST_CASE("connector: a path that is too long is an error, and nothing to look up") {
    redis_address address;
    address.type = redis_address::kind::unix_socket;
    address.path = std::string(200, 'x');
    fixture f{address};
    error_code error;
    CHECK(f.made.find_without_look_up(error));
    CHECK(error.failed());
    CHECK(f.made.addresses() == 0);
}

TEST_CASE("connector: a name is looked up, unless that is forgotten") {
    fixture f{at("localhost")};
    error_code error;
    REQUIRE_FALSE(f.made.find_without_look_up(error));
    int forgotten = 0;
    int found = 0;
    f.made.look_up(f.names, [&](error_code) { ++forgotten; });
    f.made.forget_look_ups(f.names);
    f.made.look_up(f.names, [&](error_code failure) {
        CHECK_FALSE(failure);
        ++found;
    });
    CHECK(found == 0);
    f.context.run();
    CHECK(forgotten == 0);
    CHECK(found == 1);
    CHECK(f.made.addresses() >= 1);
}

TEST_CASE("connector: a doubt has a name looked up again, but not at once another time, and never numbers") {
    for (bool const is_name : {false, true}) {
        fixture f{at(is_name ? "localhost" : "127.0.0.1")};
        error_code error;
        CHECK(f.made.find_without_look_up(error) != is_name);
        int found = 0;
        auto const now = std::chrono::steady_clock::now();
        for (int i = 0; i != 2; ++i)
            f.made.look_up_again(f.names, now, [&](detail::server_endpoints const&) { ++found; });
        f.context.run();
        CHECK(found == (is_name ? 1 : 0));
    }
}

TEST_CASE("connector: the server is another one only where its name points, and not there") {
    fixture f{at("127.0.0.1")};
    error_code error;
    f.made.find_without_look_up(error);
    auto const link = f.made.make_link(f.strand, 0);
    detail::server_endpoints const elsewhere{
        asio::ip::tcp::endpoint{asio::ip::make_address("127.0.0.2"), 6379}};
    CHECK(f.made.points_elsewhere(elsewhere, *link));
    CHECK_FALSE(f.made.points_elsewhere({link->server()}, *link));
    CHECK_FALSE(f.made.points_elsewhere({}, *link));
}

TEST_CASE("connector: says first who the URL says that it is, where nobody is to be asked") {
    auto address = at("127.0.0.1");
    address.password = "secret";
    fixture f{address};
    error_code error;
    f.made.find_without_look_up(error);
    auto const link = f.made.make_link(f.strand, 0);
    CHECK_FALSE(f.made.wants_credentials(*link));
    f.made.prepare_hello(*link, {});
    REQUIRE(link->hello.has_value());
    CHECK(link->hello->unwritten().starts_with(redis_command{"AUTH", "secret"}.bytes()));
}

TEST_CASE("connector: says first who its credentials say that it is, once they are given") {
    fixture f{at("127.0.0.1"), []() -> asio::awaitable<redis_credentials> {
                  co_return redis_credentials{"somebody", "token"};
              }};
    error_code error;
    f.made.find_without_look_up(error);
    auto const link = f.made.make_link(f.strand, 0);
    CHECK(f.made.wants_credentials(*link));
    int told = 0;
    f.made.ask_for_credentials(*link, f.strand, [&told, link](std::exception_ptr thrown) {
        CHECK(thrown == nullptr);
        ++told;
    });
    CHECK(told == 0);
    f.context.run();
    CHECK(told == 1);
    CHECK_FALSE(f.made.wants_credentials(*link));
    f.made.prepare_hello(*link, {});
    CHECK(link->hello->unwritten().starts_with(redis_command{"AUTH", "somebody", "token"}.bytes()));
}

TEST_CASE("connector: what the credentials' provider throws is told, and so is that it was stopped") {
    for (bool const is_stopped : {false, true}) {
        fixture f{at("127.0.0.1"), [is_stopped]() -> asio::awaitable<redis_credentials> {
                      if (!is_stopped)
                          throw std::runtime_error("no token");
                      asio::steady_timer timer{co_await asio::this_coro::executor, 1h};
                      co_await timer.async_wait(asio::use_awaitable);
                      co_return redis_credentials{};
                  }};
        error_code error;
        f.made.find_without_look_up(error);
        auto const link = f.made.make_link(f.strand, 0);
        bool has_thrown = false;
        f.made.ask_for_credentials(*link, f.strand, [&has_thrown, link](std::exception_ptr thrown) {
            has_thrown = thrown != nullptr;
        });
        f.context.poll();
        CHECK(has_thrown != is_stopped);
        link->credentials.stop();
        f.context.run();
        CHECK(has_thrown);
        CHECK(f.made.wants_credentials(*link));
    }
}

} // namespace connector_test
