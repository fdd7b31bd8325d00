// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/connection_link.hpp>

#include "redis_unit/support/fake_stream.hpp"

#include <breakerbox/redis/connection/error.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace connection_link_test {

using namespace breakerbox;
using boost::system::error_code;
using detail::connection_link;

namespace {

struct output {
    std::string_view to_write() const { return bytes.substr(0, 4); } // in pieces
    void wrote(std::size_t size) { bytes.remove_prefix(size); }
    std::string_view bytes;
};

struct fixture {
    std::shared_ptr<support::fake_stream> stream = std::make_shared<support::fake_stream>();
    connection_link link{stream, {}, 1000, 10};
};

} // namespace

TEST_CASE("connection_link: all that can be written without waiting is") {
    fixture f;
    output out{"abcdefghij"};
    auto const rest = f.link.write_at_once(out);
    REQUIRE(rest.has_value());
    CHECK(rest->empty());
    CHECK(f.stream->sent == "abcdefghij");
}

TEST_CASE("connection_link: what has to wait is written later") {
    fixture f;
    f.stream->room = 6;
    output out{"abcdefghij"};
    auto const rest = f.link.write_at_once(out);
    REQUIRE(rest.has_value());
    CHECK(*rest == "ghij");
    CHECK_FALSE(f.link.is_writing());
    std::size_t written = 0;
    f.link.write_later(*rest, [&](error_code, std::size_t size) {
        CHECK_FALSE(f.link.is_writing());
        written = size;
    });
    CHECK(f.link.is_writing());
    f.stream->end_write(3);
    CHECK(written == 3);
    CHECK(f.stream->sent == "abcdefghi");
}

TEST_CASE("connection_link: a broken stream says so") {
    fixture f;
    f.stream->broken = boost::asio::error::broken_pipe;
    output out{"abc"};
    CHECK(f.link.write_at_once(out).error() == boost::asio::error::broken_pipe);
}

TEST_CASE("connection_link: the bytes that were read are cut into replies") {
    fixture f;
    f.link.read([&](error_code, std::size_t size) { f.link.take(size); });
    f.stream->receive("+one\r\n+two\r\n+th");
    for (auto const* const text : {"one", "two"}) {
        auto const next = f.link.next_reply();
        REQUIRE((next.has_value() && next->has_value()));
        CHECK((*next)->text() == text);
    }
    auto const nothing = f.link.next_reply();
    CHECK((nothing.has_value() && !nothing->has_value()));
    f.link.read([&](error_code, std::size_t size) { f.link.take(size); });
    f.stream->receive("!");
    CHECK(f.link.next_reply().has_value());
    f.link.read([&](error_code, std::size_t size) { f.link.take(size); });
    f.stream->receive("\r\n?");
    CHECK(f.link.next_reply().has_value());
    CHECK(f.link.next_reply().error() == make_error_code(redis_errc::protocol_error));
}

} // namespace connection_link_test
