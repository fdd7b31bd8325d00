// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/result_traits.hpp>

#include <breakerbox/base/error.hpp>
#include <breakerbox/policy/library_error.hpp>
#include <breakerbox/policy/outcome_of.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/result.hpp>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <tuple>

using namespace breakerbox;
using namespace std::chrono_literals;
using boost::system::error_code;
using boost::system::result;

namespace {

rejection const refusal{
    {.state = breaker_state::open, .failures = 2, .condition = {.threshold = 1}, .retry_after = 10s},
    host_name{"example.com"}};

/// An error that keeps what a refusal says.
struct api_error {
    api_error() = default; // boost::system::result::error() asks for it
    explicit api_error(rejection const& why) : code(errc::host_unavailable), host(why.host.str()) {}
    explicit api_error(error_code c) : code(c) {}
    error_code code{};
    std::string host{};
};

/// A result of somebody else's.
struct status_or_page {
    int status = 0;
    std::string page{};
};

} // namespace

template <>
struct breakerbox::result_traits<status_or_page> {
    static bool has_error(status_or_page const& r) { return r.status != 0; }
    static error_code error(status_or_page const& r) { return {r.status, boost::system::generic_category()}; }
    static status_or_page from_error(error_code e) { return {e.value(), {}}; }
};

namespace result_traits_test {

static_assert(carries_error<result<int>>);
static_assert(carries_error<result<void>>);
static_assert(carries_error<result<std::unique_ptr<int>>>);
static_assert(carries_error<result<int, std::error_code>>);
static_assert(carries_error<std::tuple<error_code>>);
static_assert(carries_error<std::tuple<error_code, std::size_t>>);
static_assert(carries_error<status_or_page>);
static_assert(carries_error<error_code>);
static_assert(carries_error<std::error_code>);
static_assert(!carries_error<int>);
static_assert(!carries_error<std::tuple<int, error_code>>);
static_assert(!carries_error<std::tuple<std::exception_ptr, int>>);
static_assert(!carries_error<void>);

TEST_CASE("result_traits: an error of the library's own comes back in each kind of result") {
    auto const code = make_error_code(errc::attempt_timed_out);
    CHECK(detail::library_error<result<int>>(code).error() == errc::attempt_timed_out);
    CHECK(detail::library_error<result<void>>(code).error() == errc::attempt_timed_out);
    CHECK(detail::library_error<result<int, std::error_code>>(code).error().message() ==
          "the attempt timed out");
    CHECK(std::get<0>(detail::library_error<std::tuple<error_code, int>>(code)) == errc::attempt_timed_out);
    CHECK(detail::library_error<status_or_page>(code).status == static_cast<int>(errc::attempt_timed_out));
    auto const thrown = detail::library_error<result<int, std::exception_ptr>>(code).error();
    CHECK_THROWS_AS(std::rethrow_exception(thrown), boost::system::system_error);
}

TEST_CASE("result_traits: a refusal comes back whole where the error type can be made of it") {
    auto const code = make_error_code(errc::host_unavailable);
    CHECK(detail::library_error<result<int>>(code, &refusal).error() == errc::host_unavailable);
    auto const api = detail::library_error<result<int, api_error>>(code, &refusal).error();
    CHECK(api.host == "example.com");
    auto const thrown = detail::library_error<result<int, std::exception_ptr>>(code, &refusal).error();
    try {
        std::rethrow_exception(thrown);
    } catch (host_unavailable const& e) {
        CHECK(e.why() == refusal);
    }
}

TEST_CASE("result_traits: an error that is or bears a code shows it, and each has a text") {
    struct bearing {
        error_code code() const { return asio_error; }
        error_code asio_error = boost::asio::error::connection_reset;
    };
    struct opaque {};
    error_code const reset = boost::asio::error::connection_reset;
    CHECK(detail::code_of(reset) == reset);
    CHECK(detail::code_of(std::make_error_code(std::errc::timed_out)) == boost::system::errc::timed_out);
    CHECK(detail::code_of(bearing{}) == reset);
    CHECK_FALSE(detail::code_of(opaque{}));
    CHECK(detail::error_text(reset) == reset.message());
    CHECK(detail::error_text(std::string("no route")) == "no route");
    CHECK(detail::error_text(std::runtime_error("thrown")) == "thrown");
    CHECK(detail::error_text(42) == "42");
    CHECK(detail::error_text(opaque{}) == "error");
}

#if defined(__cpp_lib_expected)
TEST_CASE("result_traits: std::expected is known") {
    STATIC_CHECK(carries_error<std::expected<int, std::error_code>>);
    STATIC_CHECK(carries_error<std::expected<void, error_code>>);
    auto const code = make_error_code(errc::host_unavailable);
    CHECK(detail::library_error<std::expected<int, error_code>>(code).error() == code);
    CHECK(detail::library_error<std::expected<void, api_error>>(code, &refusal).error().host ==
          "example.com");
}
#endif

} // namespace result_traits_test
