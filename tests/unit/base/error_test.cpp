// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/base/error.hpp>

#include <boost/asio/error.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <system_error>

namespace error_test {

using namespace breakerbox;
using namespace std::chrono_literals;

namespace {

rejection const why{
    {.state = breaker_state::open, .failures = 2, .condition = {.threshold = 1}, .retry_after = 10s},
    host_name{"example.com"}};

} // namespace

TEST_CASE("error: each errc is an error code of the library's own category, and failed") {
    for (auto const e : {errc::host_unavailable, errc::attempts_exhausted}) {
        boost::system::error_code const code = e;
        CHECK(code.failed());
        CHECK(code.category() == breakerbox_category());
        CHECK(code == e);
    }
    CHECK(boost::system::error_code{errc::host_unavailable} != errc::attempts_exhausted);
    CHECK(std::string(breakerbox_category().name()) == "breakerbox");
}

TEST_CASE("error: each errc has a message, and a number that is none of them has one too") {
    CHECK(make_error_code(errc::host_unavailable).message() == "the host is unavailable");
    CHECK(make_error_code(errc::attempts_exhausted).message() == "the attempts are exhausted");
    CHECK(breakerbox_category().message(99) == "unknown error");
}

TEST_CASE("error: the codes equal those of no other category, and survive as std::error_code") {
    auto const code = make_error_code(errc::host_unavailable);
    CHECK(code != boost::system::error_code(code.value(), boost::system::system_category()));
    CHECK(code != boost::system::error_code(code.value(), boost::asio::error::get_misc_category()));
    std::error_code const standard = code;
    CHECK(standard.message() == "the host is unavailable");
    CHECK(boost::system::error_code{standard} == code);
}

TEST_CASE("host_unavailable: bears its code and the refusal's evidence") {
    host_unavailable const e{why};
    CHECK(e.code() == errc::host_unavailable);
    CHECK(e.why().host == "example.com");
    CHECK(e.why().failures == 2);
    CHECK(e.why().retry_after == 10s);
}

TEST_CASE("host_unavailable: its text names the host, the evidence and the time to try again") {
    std::string const text = host_unavailable{why}.what();
    CHECK(text.starts_with("host 'example.com' is open: 2 failures (at most 1 allowed), retry after 10s"));
    CHECK(text.find("the host is unavailable") != std::string::npos);
}

TEST_CASE("host_unavailable: is caught as the system_error of Boost, by value too") {
    try {
        throw host_unavailable{why};
    } catch (boost::system::system_error const& e) {
        auto const copy = dynamic_cast<host_unavailable const&>(e);
        CHECK(copy.why().host == "example.com");
        CHECK(std::string(copy.what()) == e.what());
    }
}

} // namespace error_test
