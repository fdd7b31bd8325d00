// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breaker/detail/failure_texts.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace failure_texts_test {

using breakerbox::detail::failure_texts;

TEST_CASE("failure_texts: keeps the last text of a host, on one line and cut at 256 bytes") {
    failure_texts texts{4};
    CHECK(texts.keeps_any());
    CHECK(texts.of("a").empty());
    texts.keep("a", "first");
    texts.keep("a", "connection\nreset\tby peer");
    CHECK(texts.of("a") == R"(connection\x0areset\x09by peer)");
    texts.keep("a", std::string(1000, 'x'));
    CHECK(texts.of("a") == std::string(256, 'x'));
    texts.keep("a", "");
    CHECK(texts.of("a") == std::string(256, 'x'));
    texts.forget("a");
    CHECK(texts.of("a").empty());
}

TEST_CASE("failure_texts: a cut leaves whole characters of UTF-8") {
    failure_texts texts{4};
    texts.keep("a", std::string(255, 'x') + "\u00e9");
    CHECK(texts.of("a") == std::string(255, 'x'));
    texts.keep("a", std::string(254, 'x') + "\u00e9" + "y");
    CHECK(texts.of("a") == std::string(254, 'x') + "\u00e9");
}

TEST_CASE("failure_texts: a cut leaves whole what stands for a control character") {
    failure_texts texts{4};
    texts.keep("a", std::string(253, 'x') + '\n');
    CHECK(texts.of("a") == std::string(253, 'x'));
    texts.keep("a", std::string(252, 'x') + '\n');
    CHECK(texts.of("a") == std::string(252, 'x') + R"(\x0a)");
}

TEST_CASE("failure_texts: keeps none where none are asked for, and no more hosts than asked for") {
    failure_texts none{0};
    CHECK_FALSE(none.keeps_any());
    none.keep("a", "text");
    CHECK(none.of("a").empty());
    failure_texts one{1};
    one.keep("a", "text");
    one.keep("b", "text");
    CHECK(one.of("a").empty());
    CHECK(one.of("b") == "text");
}

} // namespace failure_texts_test
