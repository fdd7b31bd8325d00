// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/reply.hpp>

#include <catch2/catch_test_macros.hpp>

#include <hiredis/hiredis.h>
#include <hiredis/read.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace redis_reply_test {

using namespace breakerbox;
using namespace std::string_view_literals;

namespace {

redis_reply parsed(std::string_view bytes) {
    auto* const reader = redisReaderCreate();
    void* made = nullptr;
    redisReaderFeed(reader, bytes.data(), bytes.size());
    redisReaderGetReply(reader, &made);
    redisReaderFree(reader);
    return redis_reply{static_cast<redisReply*>(made)};
}

static_assert(!std::is_copy_constructible_v<redis_reply> && !std::is_copy_assignable_v<redis_reply>);
static_assert(std::is_nothrow_move_constructible_v<redis_reply> &&
              std::is_nothrow_move_assignable_v<redis_reply>);
static_assert(std::is_trivially_copyable_v<redis_reply_view>);

} // namespace

TEST_CASE("redis_reply: an empty one is of no kind, and has neither text nor number nor elements") {
    redis_reply const empty;
    CHECK_FALSE(empty);
    CHECK_FALSE(empty.is_nil());
    CHECK_FALSE(empty.is_error());
    CHECK_FALSE(empty.is_status());
    CHECK_FALSE(empty.is_string());
    CHECK_FALSE(empty.is_integer());
    CHECK_FALSE(empty.is_array());
    CHECK(empty.text().empty());
    CHECK_FALSE(empty.integer());
    CHECK(empty.size() == 0);
    CHECK_FALSE(empty[0]);
}

TEST_CASE("redis_reply: a nil is a reply, and nothing else") {
    for (auto const* const bytes : {"$-1\r\n", "*-1\r\n"}) {
        auto const nil = parsed(bytes);
        CHECK(nil);
        CHECK(nil.is_nil());
        CHECK_FALSE(nil.is_string());
        CHECK_FALSE(nil.is_array());
        CHECK(nil.text().empty());
        CHECK_FALSE(nil.integer());
        CHECK(nil.size() == 0);
    }
}

TEST_CASE("redis_reply: strings, statuses and errors have a text, which may hold any byte") {
    auto const string = parsed("$5\r\na\0\r\nb\r\n"sv);
    CHECK(string.is_string());
    CHECK(string.text() == "a\0\r\nb"sv);
    CHECK(parsed("$0\r\n\r\n").is_string());
    CHECK(parsed("$0\r\n\r\n").text().empty());

    auto const status = parsed("+OK\r\n");
    CHECK(status.is_status());
    CHECK_FALSE(status.is_string());
    CHECK(status.text() == "OK");

    auto const error = parsed("-ERR unknown command\r\n");
    CHECK(error.is_error());
    CHECK_FALSE(error.is_status());
    CHECK(error.text() == "ERR unknown command");
}

TEST_CASE("redis_reply: an integer is read from an integer, or from a string that is one as a whole") {
    CHECK(parsed(":-42\r\n").is_integer());
    CHECK(parsed(":-42\r\n").integer() == -42);
    CHECK(parsed(":-42\r\n").text().empty());
    CHECK(parsed(":9223372036854775807\r\n").integer() == std::numeric_limits<std::int64_t>::max());
    CHECK(parsed(":-9223372036854775808\r\n").integer() == std::numeric_limits<std::int64_t>::min());
    CHECK(parsed("$2\r\n17\r\n").integer() == 17);
    CHECK(parsed("$2\r\n-3\r\n").integer() == -3);
    CHECK_FALSE(parsed("$2\r\n17\r\n").is_integer());
    for (auto const* const bytes :
         {"$0\r\n\r\n", "$3\r\n1.5\r\n", "$2\r\n1 \r\n", "$2\r\n 1\r\n", "$2\r\n+1\r\n", "$1\r\n-\r\n",
          "$19\r\n9223372036854775808\r\n", "+1\r\n", "-1\r\n", "*1\r\n:1\r\n", "$-1\r\n"})
        CHECK_FALSE(parsed(bytes).integer());
}

TEST_CASE("redis_reply: an array's elements are views, and there is an empty one beyond its end") {
    auto const array = parsed("*3\r\n:1\r\n*2\r\n+a\r\n$-1\r\n$1\r\nz\r\n");
    REQUIRE(array.is_array());
    CHECK(array.size() == 3);
    CHECK(array[0].integer() == 1);
    CHECK(array[1].size() == 2);
    CHECK(array[1][0].text() == "a");
    CHECK(array[1][1].is_nil());
    CHECK_FALSE(array[1][2]);
    CHECK(array[2].text() == "z");
    CHECK_FALSE(array[3]);
    CHECK_FALSE(array[3][7]);
    CHECK(array.text().empty());
    CHECK_FALSE(array.integer());

    CHECK(parsed("*0\r\n").is_array());
    CHECK(parsed("*0\r\n").size() == 0);
    CHECK_FALSE(parsed("*0\r\n")[0]);
    CHECK_FALSE(parsed("$1\r\na\r\n")[0]);
}

TEST_CASE("redis_reply: moved from, it is empty, and what it was assigned to holds the other's") {
    auto first = parsed("+first\r\n");
    auto second = std::move(first);
    CHECK_FALSE(first);
    CHECK(second.text() == "first");

    auto third = parsed("+third\r\n");
    second = std::move(third);
    CHECK(second.text() == "third");
    CHECK_FALSE(third);

    auto& same = second;
    second = std::move(same);
    CHECK(second.text() == "third");
    second = redis_reply{};
    CHECK_FALSE(second);
}

} // namespace redis_reply_test
