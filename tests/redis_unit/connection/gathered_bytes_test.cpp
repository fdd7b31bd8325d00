// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/detail/gathered_bytes.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace gathered_bytes_test {

using breakerbox::detail::gathered_bytes;

TEST_CASE("gathered_bytes: what is written in pieces leaves the rest, and a place for each byte") {
    gathered_bytes bytes;
    bytes.append("abc");
    CHECK(bytes.end() == 3);
    bytes.append("de");
    bytes.wrote(2);
    CHECK(bytes.unwritten() == "cde");
    CHECK(bytes.written_to() == 2);
    bytes.remove_written(); // not all of it is
    CHECK(bytes.unwritten() == "cde");
    bytes.wrote(3);
    bytes.remove_written();
    bytes.append("f");
    CHECK(bytes.unwritten() == "f");
    CHECK(bytes.written_to() == 5);
    CHECK(bytes.end() == 6);
}

TEST_CASE("gathered_bytes: 64 KiB that aren't written are enough") {
    gathered_bytes bytes;
    bytes.append(std::string(64 * 1024 - 1, 'x'));
    CHECK_FALSE(bytes.is_enough());
    bytes.append("x");
    CHECK(bytes.is_enough());
    bytes.wrote(1);
    CHECK_FALSE(bytes.is_enough());
}

TEST_CASE("gathered_bytes: what is cleared is never written, and its places are not used again") {
    gathered_bytes bytes;
    bytes.append("abc");
    bytes.wrote(1);
    bytes.clear();
    CHECK(bytes.unwritten().empty());
    bytes.append("d");
    CHECK(bytes.unwritten() == "d");
    CHECK(bytes.end() == 4);
}

} // namespace gathered_bytes_test
