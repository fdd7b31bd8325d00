// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/script.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace redis_script_test {

using namespace breakerbox;
using namespace std::string_literals;

TEST_CASE("redis_script: its digest is the SHA1 of its text in lower-case hexadecimal digits") {
    CHECK(redis_script{"return 1"}.sha1() == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
    CHECK(redis_script{""}.sha1() == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    CHECK(redis_script{"abc"}.sha1() == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(redis_script{std::string(1'000'000, 'a')}.sha1() == "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST_CASE("redis_script: a digest keeps its leading zeros") {
    CHECK(redis_script{"127"}.sha1() == "008451a05e1e7aa32c75119df950d405265e0904");
}

TEST_CASE("redis_script: keeps its text as it is") {
    auto const text = "return '\r\n\0'"s;
    CHECK(redis_script{text}.text() == text);
}

} // namespace redis_script_test
