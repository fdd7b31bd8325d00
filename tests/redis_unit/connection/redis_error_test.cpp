// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/error.hpp>

#include <breakerbox/base/error.hpp>

#include <boost/asio/error.hpp>

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>
#include <system_error>

namespace redis_error_test {

using namespace breakerbox;

namespace {

constexpr int last = static_cast<int>(redis_errc::server_error);

} // namespace

TEST_CASE("redis_errc: each is an error code of a category of its own, and failed") {
    for (int value = 1; value <= last; ++value) {
        boost::system::error_code const code = static_cast<redis_errc>(value);
        CHECK(code.failed());
        CHECK(code.category() == redis_category());
    }
    CHECK(std::string(redis_category().name()) == "breakerbox.redis");
    CHECK(redis_category() != breakerbox_category());
    CHECK(make_error_code(redis_errc::not_connected) != make_error_code(errc::host_unavailable));
}

TEST_CASE("redis_errc: a reply that did not come in time is a time-out like others, and nothing else is") {
    for (int value = 1; value <= last; ++value)
        CHECK((make_error_code(static_cast<redis_errc>(value)) == boost::system::errc::timed_out) ==
              (static_cast<redis_errc>(value) == redis_errc::timed_out));
}

TEST_CASE("redis_errc: each has a message of its own, and a number that is none of them has one too") {
    std::set<std::string> messages;
    for (int value = 1; value <= last; ++value)
        messages.insert(redis_category().message(value));
    CHECK(messages.size() == static_cast<std::size_t>(last));
    CHECK_FALSE(messages.contains("unknown error"));
    CHECK(redis_category().message(0) == "unknown error");
    CHECK(redis_category().message(last + 1) == "unknown error");
}

TEST_CASE("redis_errc: survives as std::error_code") {
    auto const code = make_error_code(redis_errc::loading);
    std::error_code const standard = code;
    CHECK(standard.message() == "Redis is loading its data");
    CHECK(boost::system::error_code{standard} == code);
}

} // namespace redis_error_test
