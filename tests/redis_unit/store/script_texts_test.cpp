// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/store/detail/script_texts.hpp>

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <utility>

namespace script_texts_test {

using breakerbox::detail::script_texts;

TEST_CASE("script_texts: the digest goes first, and again once the connection has had the script loaded") {
    script_texts texts;
    CHECK_FALSE(texts.after(0).takes_text());
    CHECK_FALSE(texts.after(1).takes_text());
}

TEST_CASE("script_texts: where that didn't help, one command takes the text, and the others the digest") {
    script_texts texts;
    {
        auto const first = texts.after(2);
        CHECK(first.takes_text());
        CHECK_FALSE(texts.after(2).takes_text());
        CHECK_FALSE(texts.after(7).takes_text());
    }
    CHECK(texts.after(3).takes_text()); // the one before is over, whatever came of it
}

TEST_CASE("script_texts: a turn that is moved ends once, with the last one that it was moved to") {
    script_texts texts;
    std::optional first{texts.after(2)};
    {
        auto const moved = std::move(*first);
        first.reset();
        CHECK(moved.takes_text());
        CHECK_FALSE(texts.after(2).takes_text());
    }
    CHECK(texts.after(2).takes_text());
}

TEST_CASE("script_texts: a turn may end after the texts that gave it") {
    std::optional<script_texts> texts{std::in_place};
    auto const last = texts->after(2);
    texts.reset();
    CHECK(last.takes_text());
}

TEST_CASE("script_texts: a command that is refused for ever takes the text in the end") {
    script_texts texts;
    auto const lost = texts.after(2);
    CHECK(texts.after(8).takes_text());
    CHECK_FALSE(texts.after(2).takes_text()); // and that ends nobody else's turn
}

TEST_CASE(
    "script_texts: a step goes again where the server lacks the script, but for one that took the text") {
    script_texts texts;
    auto const lacks_it = make_error_code(breakerbox::redis_errc::no_script);
    CHECK(texts.after(0).is_to_be_repeated(lacks_it));
    CHECK_FALSE(texts.after(0).is_to_be_repeated({}));
    CHECK_FALSE(texts.after(0).is_to_be_repeated(make_error_code(breakerbox::redis_errc::timed_out)));
    auto const took_text = texts.after(2);
    CHECK_FALSE(took_text.is_to_be_repeated(lacks_it));
    CHECK(texts.after(2).is_to_be_repeated(lacks_it)); // it goes by the digest, behind the text
}

} // namespace script_texts_test
