// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/command.hpp>

#include <catch2/catch_test_macros.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace redis_command_test {

using namespace breakerbox;
using namespace std::string_view_literals;

static_assert(!std::is_copy_constructible_v<redis_command>);
static_assert(std::is_nothrow_move_constructible_v<redis_command> &&
              std::is_nothrow_move_assignable_v<redis_command>);

TEST_CASE("redis_command: is an array of strings in RESP") {
    CHECK(redis_command{"PING"}.bytes() == "*1\r\n$4\r\nPING\r\n");
    CHECK(redis_command{"SET", "key", "value"}.bytes() == "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n");
    std::vector<std::string_view> const arguments{"GET", "key"};
    CHECK(redis_command{arguments}.bytes() == "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n");
}

TEST_CASE("redis_command: an argument may hold any bytes, and none at all") {
    CHECK(redis_command{"ECHO", "\0%s\r\n"sv}.bytes() == "*2\r\n$4\r\nECHO\r\n$5\r\n\0%s\r\n\r\n"sv);
    CHECK(redis_command{"ECHO", ""}.bytes() == "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n");
    CHECK(redis_command{"ECHO", std::string_view{}}.bytes() == "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n");
}

TEST_CASE("redis_command: copies its arguments, however many there are") {
    std::string expected = "*1000\r\n";
    std::vector<std::string> texts;
    for (int i = 0; i < 1000; ++i) {
        texts.push_back(std::to_string(i));
        expected += "$" + std::to_string(texts.back().size()) + "\r\n" + texts.back() + "\r\n";
    }
    redis_command const command{std::vector<std::string_view>(texts.begin(), texts.end())};
    texts.clear();
    CHECK(command.bytes() == expected);
}

TEST_CASE("redis_command: without a name it is refused") {
    CHECK_THROWS_AS(redis_command{std::vector<std::string_view>{}}, std::invalid_argument);
}

TEST_CASE(
    "redis_command: more arguments or longer ones than Redis takes are refused before they are copied") {
    std::vector<std::string_view> const many(redis_command::max_arguments + 1, "x");
    CHECK_THROWS_AS(redis_command{many}, std::length_error);
    // 600 MiB of arguments without so much memory.
    std::string const megabyte(1024 * 1024, 'x');
    std::vector<std::string_view> const long_ones(600, megabyte);
    CHECK_THROWS_AS(redis_command{long_ones}, std::length_error);
}

TEST_CASE("redis_command: its bytes stay where they are when it is moved") {
    redis_command first{"PING"};
    auto const bytes = first.bytes();
    redis_command second{std::move(first)};
    CHECK(second.bytes().data() == bytes.data());
    CHECK(second.bytes() == "*1\r\n$4\r\nPING\r\n");
    CHECK(first.bytes().empty());
}

} // namespace redis_command_test
