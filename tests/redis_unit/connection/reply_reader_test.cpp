// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/reply_reader.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reply_reader_test {

using namespace breakerbox;
using breakerbox::detail::reply_reader;

namespace {

constexpr std::size_t max_bytes = 1000;
constexpr std::size_t max_elements = 10;

/// What reading bytes that came in pieces of that size ended with: how many replies there were, and the error, if
/// any.
struct ending {
    std::size_t replies = 0;
    boost::system::error_code error{};

    friend bool operator==(ending const&, ending const&) = default;
};

ending read_in_pieces(std::string_view bytes, std::size_t piece, reply_reader& reader) {
    ending end;
    while (!bytes.empty()) {
        reader.feed(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        for (;;) {
            auto const next = reader.next();
            if (!next) {
                end.error = next.error();
                return end;
            }
            if (!*next)
                break;
            ++end.replies;
        }
    }
    return end;
}

/// The same whether the bytes come one by one, all at once, or otherwise.
ending read(std::string_view bytes) {
    reply_reader at_once{max_bytes, max_elements};
    auto const end = read_in_pieces(bytes, bytes.size(), at_once);
    for (std::size_t piece : {1U, 2U, 7U}) {
        reply_reader reader{max_bytes, max_elements};
        CHECK(read_in_pieces(bytes, piece, reader) == end);
    }
    return end;
}

ending const nothing{};

ending failed(redis_errc error, std::size_t replies = 0) {
    return {replies, error};
}

std::string nested(std::size_t depth) {
    std::string bytes;
    for (std::size_t i = 0; i < depth; ++i)
        bytes += "*1\r\n";
    return bytes + ":1\r\n";
}

} // namespace

TEST_CASE("reply_reader: has nothing before it is fed, nor before a reply is whole") {
    reply_reader reader{max_bytes, max_elements};
    REQUIRE(reader.next().has_value());
    CHECK_FALSE(reader.next()->has_value());
    reader.feed("");
    CHECK_FALSE(reader.next()->has_value());
    reader.feed("$5\r\nhel");
    CHECK_FALSE(reader.next()->has_value());
    reader.feed("lo\r");
    CHECK_FALSE(reader.next()->has_value());
    reader.feed("\n");
    auto const reply = reader.next();
    REQUIRE(reply.has_value());
    REQUIRE(reply->has_value());
    CHECK((*reply)->text() == "hello");
    CHECK_FALSE(reader.next()->has_value());
}

TEST_CASE("reply_reader: gives the replies in their order, and keeps the part of the next") {
    reply_reader reader{max_bytes, max_elements};
    reader.feed(":1\r\n*2\r\n:2\r\n:3\r\n+OK\r\n$3\r\na");
    CHECK((*reader.next())->integer() == 1);
    CHECK((**reader.next())[1].integer() == 3);
    CHECK((*reader.next())->text() == "OK");
    CHECK_FALSE(reader.next()->has_value());
    reader.feed("bc\r\n");
    CHECK((*reader.next())->text() == "abc");
}

TEST_CASE("reply_reader: a reply outlives its reader") {
    std::optional<reply_reader> reader{std::in_place, max_bytes, max_elements};
    reader->feed("*1\r\n$1\r\na\r\n");
    auto const reply = reader->next();
    reader.reset();
    CHECK((**reply)[0].text() == "a");
}

TEST_CASE("reply_reader: reads all that RESP2 has") {
    CHECK(read("+OK\r\n-ERR no\r\n:-1\r\n$0\r\n\r\n$-1\r\n*0\r\n*-1\r\n*3\r\n$-1\r\n*-1\r\n*0\r\n") ==
          ending{8, {}});
    CHECK(read("+\r\n-\r\n") == ending{2, {}});
    CHECK(read(nested(5)) == ending{1, {}});
    CHECK(read(":9223372036854775807\r\n:-9223372036854775808\r\n") == ending{2, {}});
}

TEST_CASE("reply_reader: what is not RESP2 is a protocol error, after the replies before it") {
    for (auto const* const bytes : {"x",
                                    "\r\n",
                                    " +OK\r\n",
                                    "HTTP/1.1 400 Bad Request\r\n",
                                    ":\r\n",
                                    ": 1\r\n",
                                    ":1 \r\n",
                                    ":+1\r\n",
                                    ":-0\r\n",
                                    ":01\r\n",
                                    ":1x\r\n",
                                    ":9223372036854775808\r\n",
                                    "$\r\n",
                                    "$x\r\n",
                                    "$-2\r\n",
                                    "$03\r\nabc\r\n",
                                    "*\r\n",
                                    "*x\r\n",
                                    "*-2\r\n",
                                    "*1\r\nx",
                                    "$99999999999999999999\r\n",
                                    "*99999999999999999999\r\n"}) {
        CAPTURE(bytes);
        CHECK(read(bytes) == failed(redis_errc::protocol_error));
        CHECK(read(std::string("+OK\r\n") + bytes) == failed(redis_errc::protocol_error, 1));
    }
}

TEST_CASE("reply_reader: a string whose end is not where it says is a protocol error") {
    CHECK(read("$3\r\nabcde:1\r\n") == failed(redis_errc::protocol_error));
    CHECK(read("$3\r\nabc\n\n") == failed(redis_errc::protocol_error));
    CHECK(read("*1\r\n$0\r\n+\r\n") == failed(redis_errc::protocol_error));
}

TEST_CASE("reply_reader: what only RESP3 has is a protocol error, since it is never asked for") {
    for (auto const* const bytes :
         {"_\r\n", "#t\r\n", ",1.5\r\n", "(12345678901234567890\r\n", "%1\r\n+a\r\n:1\r\n", "%0\r\n",
          "~1\r\n:1\r\n", "~0\r\n", ">1\r\n:1\r\n", "=7\r\ntxt:abc\r\n", "=-1\r\n", "%-1\r\n",
          "|1\r\n+a\r\n:1\r\n:2\r\n", "!3\r\nERR\r\n", "$?\r\n", "*1\r\n_\r\n", "*1\r\n%1\r\n+a\r\n:1\r\n"}) {
        CAPTURE(bytes);
        CHECK(read(bytes) == failed(redis_errc::protocol_error));
    }
}

TEST_CASE("reply_reader: a reply may have as many elements as the bound says, nested ones included") {
    std::string const ten = "*10\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n";
    CHECK(read(ten + ten + ten) == ending{3, {}});
    CHECK(read("*11\r\n") == failed(redis_errc::reply_too_large));
    CHECK(read("*2147483647\r\n") == failed(redis_errc::reply_too_large));
    CHECK(read("*2\r\n*8\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n:0\r\n*0\r\n") == ending{1, {}});
    CHECK(read("*2\r\n*4\r\n:0\r\n:0\r\n:0\r\n:0\r\n*5\r\n") == failed(redis_errc::reply_too_large));
    CHECK(read("*10\r\n*1\r\n") == failed(redis_errc::reply_too_large));
}

TEST_CASE("reply_reader: arrays may be nested eight deep, whatever hiredis takes") {
    CHECK(read(nested(8)) == ending{1, {}});
    CHECK(read(nested(9)) == failed(redis_errc::protocol_error));
    CHECK(read("*2\r\n:1\r\n" + nested(8)) == failed(redis_errc::protocol_error));
    reply_reader reader{10'000'000, 1'000'000};
    CHECK(read_in_pieces(nested(100'000), 4096, reader) == failed(redis_errc::protocol_error));
}

TEST_CASE("reply_reader: a reply may have as many bytes as the bound says, its announcements included") {
    std::string const longest = "$991\r\n" + std::string(991, 'x') + "\r\n"; // 999
    CHECK(read(longest + longest) == ending{2, {}});
    std::string const exact = "$992\r\n" + std::string(992, 'x') + "\r\n";
    REQUIRE(exact.size() == max_bytes);
    CHECK(read(exact + exact + ":1\r\n") == ending{3, {}});
    CHECK(read("$993\r\n" + std::string(993, 'x') + "\r\n") == failed(redis_errc::reply_too_large));
    CHECK(read(":1\r\n+" + std::string(997, 'x') + "\r\n") == ending{2, {}});
    CHECK(read(":1\r\n+" + std::string(998, 'x') + "\r\n") == failed(redis_errc::reply_too_large, 1));
    std::string array = "*2\r\n$491\r\n" + std::string(491, 'x') + "\r\n";
    CHECK(read(array + "$482\r\n" + std::string(482, 'x') + "\r\n") == ending{1, {}});
    CHECK(read(array + "$491\r\n" + std::string(491, 'x') + "\r\n") == failed(redis_errc::reply_too_large));
}

TEST_CASE("reply_reader: a string that would be too long is refused when it is announced") {
    CHECK(read("$993\r\n") == failed(redis_errc::reply_too_large));
    CHECK(read("$992\r\n") == nothing);
    CHECK(read("$9223372036854775807\r\n") == failed(redis_errc::reply_too_large));
    CHECK(read("$9223372036854775800\r\n") == failed(redis_errc::reply_too_large));
    CHECK(read("*2\r\n$491\r\n" + std::string(491, 'x') + "\r\n$490\r\n") ==
          failed(redis_errc::reply_too_large));
    CHECK(read("*2\r\n$491\r\n" + std::string(491, 'x') + "\r\n$489\r\n") == nothing);
}

TEST_CASE("reply_reader: a line without an end is refused at the bound") {
    CHECK(read("+" + std::string(998, 'x')) == nothing);
    CHECK(read("+" + std::string(999, 'x')) == failed(redis_errc::reply_too_large));
    CHECK(read("$" + std::string(2000, '1')).error.failed());
    CHECK(read("*1\r\n:" + std::string(2000, '1')).error.failed());
}

TEST_CASE("reply_reader: a status or an error is refused beyond 64 KiB, whatever the bound") {
    for (std::size_t piece : {1000U, 1'000'000U}) {
        std::string const longest(64 * 1024, 'x');
        reply_reader reader{1'000'000, max_elements};
        CHECK(read_in_pieces("-" + longest + "\r\n$65537\r\n" + longest + "x\r\n", piece, reader) ==
              ending{2, {}});
        CHECK(read_in_pieces("-" + longest + "x\r\n", piece, reader) == failed(redis_errc::reply_too_large));
    }
}

TEST_CASE("reply_reader: doesn't wait for the end of a line that is too long already") {
    for (auto const* const type : {"+", "-", ":", "*", "$"}) {
        reply_reader reader{1'000'000, max_elements};
        CHECK(read_in_pieces(type + std::string(64 * 1024, '1'), 1000, reader) == nothing);
        CHECK(read_in_pieces("1", 1, reader) == failed(redis_errc::reply_too_large));
    }
}

TEST_CASE("reply_reader: stays in its error, whatever it is fed") {
    reply_reader reader{max_bytes, max_elements};
    reader.feed("x");
    CHECK(reader.next().error() == redis_errc::protocol_error);
    reader.feed("+OK\r\n");
    CHECK(reader.next().error() == redis_errc::protocol_error);

    reply_reader small{10, max_elements};
    small.feed("$100\r\n");
    CHECK(small.next().error() == redis_errc::reply_too_large);
    small.feed("+OK\r\n");
    CHECK(small.next().error() == redis_errc::reply_too_large);
}

TEST_CASE("reply_reader: counts right over a long stream, whose read part it lets go") {
    std::string stream;
    for (int i = 0; i < 5000; ++i)
        stream += "*2\r\n$900\r\n" + std::string(900, 'x') + "\r\n:1\r\n";
    for (std::size_t piece : {100U, 5000U, 100'000U}) {
        reply_reader reader{max_bytes, max_elements};
        CHECK(read_in_pieces(stream, piece, reader) == ending{5000, {}});
    }
}

} // namespace reply_reader_test
