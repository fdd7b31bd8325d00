// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/redis/connection/connection_event.hpp>

#include "support/printed.hpp"

#include <breakerbox/redis/connection/detail/last_failure.hpp>
#include <breakerbox/redis/connection/error.hpp>

#include <catch2/catch_test_macros.hpp>

namespace connection_texts_test {

using namespace breakerbox;

TEST_CASE("redis texts: a server's words and a socket's path are printed on one line") {
    redis_connection_event event{.what = redis_connection_event::kind::failed,
                                 .server = "/tmp/a\nb",
                                 .error = redis_errc::server_error,
                                 .text = "ERR\r\nINFO"};
    auto const text = support::printed(event);
    CHECK(text.find(R"(/tmp/a\x0ab)") != text.npos);
    CHECK(text.find(R"((ERR\x0d\x0aINFO))") != text.npos);

    detail::last_failure last;
    last.note(redis_errc::server_error, "ERR\r\nINFO");
    CHECK(last.text().ends_with(R"((ERR\x0d\x0aINFO))"));
}

} // namespace connection_texts_test
