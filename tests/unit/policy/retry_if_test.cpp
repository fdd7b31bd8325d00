// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>

#include "support/outcomes.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <boost/throw_exception.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cerrno>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace retry_if_test {

using namespace breakerbox;
using support::ended_in;
using support::failed_with;
using support::returned;
using support::threw;

namespace asio_error = boost::asio::error;
namespace generic = boost::system::errc;

namespace {

struct network_error : virtual std::runtime_error {
    network_error() : std::runtime_error("network") {}
};
struct slow_error : virtual std::runtime_error {
    slow_error() : std::runtime_error("slow") {}
};
struct slow_network_error : network_error, slow_error {
    slow_network_error() : std::runtime_error("slow network") {}
};

struct http_error : std::runtime_error {
    explicit http_error(int code) : std::runtime_error("http"), status(code) {}
    bool is_server_error() const { return status >= 500; }
    int status;
};

/// Throws `outermost` because of the others, each because of the one before it.
template <class Innermost>
void throw_nested(Innermost const& innermost) {
    throw innermost;
}
template <class Outermost, class... Inner>
    requires(sizeof...(Inner) > 0)
void throw_nested(Outermost const& outermost, Inner const&... inner) {
    try {
        throw_nested(inner...);
    } catch (...) {
        std::throw_with_nested(outermost);
    }
}

bool is_even(int number) {
    return number % 2 == 0;
}

} // namespace

TEST_CASE("retry_always and retry_never: everything and nothing, exceptions and values alike") {
    CHECK(retry_always{}(threw(42)));
    CHECK(retry_always{}(threw(std::runtime_error("no"))));
    CHECK(retry_always{}(returned(1)));
    CHECK_FALSE(retry_never{}(threw(42)));
    CHECK_FALSE(retry_never{}(threw(std::runtime_error("no"))));
    CHECK_FALSE(retry_never{}(returned(1)));
}

// ---- by type

TEST_CASE("retry_if_exception<E>: an E and what derives from it, no other exception, no value") {
    retry_if_exception<std::logic_error> const policy;
    CHECK(policy(threw(std::logic_error("no"))));
    CHECK(policy(threw(std::out_of_range("no"))));
    CHECK_FALSE(policy(threw(std::exception{})));
    CHECK_FALSE(policy(threw(std::runtime_error("no"))));
    CHECK_FALSE(policy(threw(42)));
    CHECK_FALSE(policy(returned(1)));
    CHECK_FALSE(policy(returned(std::logic_error("a value"))));
}

TEST_CASE("retry_if_exception<>: any exception, also one that is no std::exception, but no value") {
    CHECK(retry_if_exception<>{}(threw(std::runtime_error("no"))));
    CHECK(retry_if_exception<>{}(threw(42)));
    CHECK_FALSE(retry_if_exception<>{}(returned(1)));
}

TEST_CASE("retry_if_exception<E...>: one of several, classes and plain types") {
    retry_if_exception<std::logic_error, http_error, int> const policy;
    CHECK(policy(threw(std::out_of_range("no"))));
    CHECK(policy(threw(http_error{500})));
    CHECK(policy(threw(42)));
    CHECK_FALSE(policy(threw(42L)));
    CHECK_FALSE(policy(threw(std::runtime_error("no"))));
}

TEST_CASE("retry_if_exception: finds a type through virtual inheritance") {
    CHECK(retry_if_exception<slow_error>{}(threw(slow_network_error{})));
    CHECK(retry_if_exception<network_error>{}(threw(slow_network_error{})));
    CHECK(retry_if_exception<std::runtime_error>{}(threw(slow_network_error{})));
    CHECK_FALSE(retry_if_exception<slow_error>{}(threw(network_error{})));
}

TEST_CASE("retry_if_exception: finds what boost::throw_exception wrapped") {
    auto const wrapped = ended_in([] { boost::throw_exception(http_error{500}); });
    CHECK(retry_if_exception<http_error>{}(wrapped));
    CHECK_FALSE(retry_if_exception<std::logic_error>{}(wrapped));
}

TEST_CASE("retry_if_exception: takes Boost's and the standard system_error for two types") {
    auto const boosts = failed_with(asio_error::timed_out);
    auto const standards = threw(std::system_error{ETIMEDOUT, std::system_category()});
    CHECK(retry_if_exception<boost::system::system_error>{}(boosts));
    CHECK_FALSE(retry_if_exception<boost::system::system_error>{}(standards));
    CHECK(retry_if_exception<std::system_error>{}(standards));
}

TEST_CASE("retry_if_exception: does not look into what is nested") {
    auto const nested = ended_in([] { throw_nested(std::runtime_error("outer"), http_error{500}); });
    CHECK_FALSE(retry_if_exception<http_error>{}(nested));
    CHECK(retry_if_exception<std::runtime_error>{}(nested));
}

TEST_CASE("retry_if_not_exception<E...>: an exception that is none of them; no value") {
    retry_if_not_exception<std::logic_error, int> const policy;
    CHECK(policy(threw(std::runtime_error("no"))));
    CHECK(policy(threw(42L)));
    CHECK_FALSE(policy(threw(std::out_of_range("no"))));
    CHECK_FALSE(policy(threw(42)));
    CHECK_FALSE(policy(returned(1)));
}

TEST_CASE("retry_unless_exception<E...>: everything, values too, until one of them comes") {
    retry_unless_exception<std::logic_error, int> const policy;
    CHECK(policy(returned(1)));
    CHECK(policy(threw(std::runtime_error("no"))));
    CHECK_FALSE(policy(threw(std::out_of_range("no"))));
    CHECK_FALSE(policy(threw(42)));
}

// ---- by cause

TEST_CASE("retry_if_exception_cause<E>: finds an E nested at any of three depths") {
    auto const policy = retry_if_exception_cause<http_error>{};
    std::runtime_error const outer("outer");
    std::logic_error const between("between");
    http_error const cause{503};
    CHECK(policy(ended_in([&] { throw_nested(outer, cause); })));
    CHECK(policy(ended_in([&] { throw_nested(outer, between, cause); })));
    CHECK(policy(ended_in([&] { throw_nested(outer, between, outer, cause); })));
    CHECK(policy(ended_in([&] { throw_nested(outer, cause, between); })));
    CHECK_FALSE(policy(ended_in([&] { throw_nested(outer, between, outer, between); })));
}

TEST_CASE("retry_if_exception_cause: the exception itself is not its own cause") {
    auto const policy = retry_if_exception_cause<http_error>{};
    CHECK_FALSE(policy(threw(http_error{503})));
    CHECK_FALSE(policy(ended_in([] { throw_nested(http_error{503}, std::runtime_error("inner")); })));
}

TEST_CASE("retry_if_exception_cause: looks through causes and outer exceptions that are no std::exception") {
    struct not_standard {};
    CHECK(retry_if_exception_cause<int>{}(ended_in([] { throw_nested(std::runtime_error("outer"), 42); })));
    CHECK(
        retry_if_exception_cause<int>{}(ended_in([] { throw_nested(not_standard{}, not_standard{}, 42); })));
    CHECK_FALSE(retry_if_exception_cause<long>{}(ended_in([] { throw_nested(not_standard{}, 42); })));
}

TEST_CASE("retry_if_exception_cause: nothing nested, thrown outside a handler or not at all, is no cause") {
    auto const nothing = ended_in([] { std::throw_with_nested(std::runtime_error("outer")); });
    CHECK_FALSE(retry_if_exception_cause<std::exception>{}(nothing));
    CHECK_FALSE(retry_if_exception_cause<std::exception>{}(threw(42)));
    CHECK_FALSE(retry_if_exception_cause<std::exception>{}(returned(1)));
}

// ---- by predicate and message

TEST_CASE("retry_if_exception_that: asks about exceptions of its parameter's type only") {
    std::vector<int> asked;
    retry_if_exception_that const policy{[&](http_error const& e) {
        asked.push_back(e.status);
        return e.is_server_error();
    }};
    CHECK(policy(threw(http_error{503})));
    CHECK_FALSE(policy(threw(http_error{404})));
    CHECK_FALSE(policy(threw(std::runtime_error("no"))));
    CHECK_FALSE(policy(threw(503)));
    CHECK_FALSE(policy(returned(503)));
    CHECK(asked == std::vector{503, 404});
}

TEST_CASE("retry_if_exception_that: a parameter that is no class, by value, is asked about such exceptions") {
    retry_if_exception_that const policy{is_even};
    CHECK(policy(threw(42)));
    CHECK_FALSE(policy(threw(43)));
    CHECK_FALSE(policy(threw(42L)));
}

TEST_CASE("retry_if_exception_that: a predicate of std::exception_ptr is asked about every exception") {
    int asked = 0;
    retry_if_exception_that const policy{[&](std::exception_ptr const& e) {
        ++asked;
        return e != nullptr;
    }};
    CHECK(policy(threw(42)));
    CHECK(policy(threw(std::runtime_error("no"))));
    CHECK(asked == 2);
    CHECK_FALSE(policy(returned(1)));
    CHECK(asked == 2);
}

TEST_CASE(
    "retry_if_exception_that: takes std::function, pointers to functions and members, noexcept lambdas") {
    std::function<bool(http_error const&)> const function = &http_error::is_server_error;
    auto const never_throws = [](http_error const& e) noexcept { return e.is_server_error(); };
    CHECK(retry_if_exception_that{function}(threw(http_error{503})));
    CHECK(retry_if_exception_that{never_throws}(threw(http_error{503})));
    CHECK(retry_if_exception_that{&is_even}(threw(42)));
    CHECK(retry_if_exception_that{&http_error::is_server_error}(threw(http_error{503})));
    CHECK_FALSE(retry_if_exception_that{&http_error::is_server_error}(threw(http_error{404})));
}

TEST_CASE("retry_if_exception_message: what() contains the text, at whatever place") {
    retry_if_exception_message const policy{"time"};
    CHECK(policy(threw(std::runtime_error("time"))));
    CHECK(policy(threw(std::runtime_error("a timeout"))));
    CHECK_FALSE(policy(threw(std::runtime_error("Time"))));
    CHECK_FALSE(policy(threw(42)));
    CHECK_FALSE(policy(returned(std::string("time"))));
    CHECK(retry_if_exception_message{""}(threw(std::runtime_error("anything"))));
}

// ---- by value

TEST_CASE("retry_if_result and retry_if_not_result: opposite for values, no for exceptions") {
    CHECK(retry_if_result{is_even}(returned(2)));
    CHECK_FALSE(retry_if_result{is_even}(returned(3)));
    CHECK_FALSE(retry_if_result{is_even}(threw(2)));
    CHECK_FALSE(retry_if_not_result{is_even}(returned(2)));
    CHECK(retry_if_not_result{is_even}(returned(3)));
    CHECK_FALSE(retry_if_not_result{is_even}(threw(3)));
}

TEST_CASE("retry_if_result: looks at move-only values, and at base classes of the value") {
    auto const is_null = [](std::unique_ptr<int> const& p) { return p == nullptr; };
    CHECK(retry_if_result{is_null}(returned(std::unique_ptr<int>{})));
    CHECK_FALSE(retry_if_result{is_null}(returned(std::make_unique<int>(1))));
    auto const is_far = [](std::exception const& e) { return e.what() == std::string("far"); };
    CHECK(retry_if_result{is_far}(returned(std::runtime_error("far"))));
}

TEST_CASE("retry_if_result: takes pointers to the value's own members") {
    CHECK(retry_if_result{&std::string::empty}(returned(std::string{})));
    CHECK(retry_if_not_result{&std::string::empty}(returned(std::string("text"))));
}

TEST_CASE("retry_if_result: a generic predicate may be asked about any value") {
    retry_if_result const policy{[](auto const& value) { return value == decltype(value + 0){}; }};
    CHECK(policy(returned(0)));
    CHECK_FALSE(policy(returned(0.5)));
}

// ---- by code

TEST_CASE("retry_if_error: one of the codes, in Boost's and in the standard system_error") {
    retry_if_error const policy{asio_error::connection_reset, asio_error::eof};
    CHECK(policy(failed_with(asio_error::connection_reset)));
    CHECK(policy(failed_with(asio_error::eof)));
    CHECK(policy(threw(std::system_error{ECONNRESET, std::system_category()})));
    CHECK_FALSE(policy(failed_with(asio_error::connection_refused)));
    CHECK_FALSE(policy(threw(std::runtime_error("connection_reset"))));
    CHECK_FALSE(policy(threw(42)));
    CHECK_FALSE(policy(returned(1)));
}

TEST_CASE("retry_if_error: a condition stands for every code that is equivalent to it") {
    retry_if_error const policy{generic::timed_out};
    CHECK(policy(failed_with(asio_error::timed_out)));
    CHECK(policy(failed_with(generic::make_error_code(generic::timed_out))));
    CHECK(policy(threw(std::system_error{ETIMEDOUT, std::system_category()})));
    CHECK(policy(threw(std::system_error{std::make_error_code(std::errc::timed_out)})));
    CHECK_FALSE(policy(failed_with(asio_error::connection_reset)));
}

TEST_CASE("retry_if_error: a code of one category is not that number of another") {
    retry_if_error const policy{boost::system::error_code{1, asio_error::get_misc_category()}};
    CHECK(policy(failed_with(boost::system::error_code{1, asio_error::get_misc_category()})));
    CHECK_FALSE(policy(failed_with(boost::system::error_code{1, asio_error::get_netdb_category()})));
    CHECK_FALSE(policy(failed_with(boost::system::error_code{1, boost::system::system_category()})));
}

TEST_CASE("retry_if_error: takes codes, conditions, enumerations and std::error_code in one list") {
    retry_if_error const policy{
        boost::system::error_code{asio_error::eof}, boost::system::error_condition{generic::timed_out},
        asio_error::host_not_found, std::make_error_code(std::errc::broken_pipe), std::errc::no_link};
    CHECK(policy(failed_with(asio_error::eof)));
    CHECK(policy(threw(std::system_error{std::make_error_code(std::errc::no_link)})));
    CHECK(policy(failed_with(asio_error::timed_out)));
    CHECK(policy(failed_with(asio_error::host_not_found)));
    CHECK(policy(threw(std::system_error{std::make_error_code(std::errc::broken_pipe)})));
    CHECK_FALSE(policy(failed_with(asio_error::no_permission)));
}

TEST_CASE("retry_if_error: std::errc is a condition, as it is in the standard library") {
    retry_if_error const policy{std::errc::timed_out};
    CHECK(policy(failed_with(asio_error::timed_out)));
    CHECK(policy(threw(std::system_error{ETIMEDOUT, std::system_category()})));
    CHECK_FALSE(policy(failed_with(asio_error::connection_reset)));
}

TEST_CASE("retry_if_error: a std::error_code of the system's category is the same as Boost's") {
    retry_if_error const policy{std::error_code{ECONNRESET, std::system_category()}};
    CHECK(policy(failed_with(asio_error::connection_reset)));
    CHECK(policy(threw(std::system_error{ECONNRESET, std::system_category()})));
}

TEST_CASE("retry_if_error: says which codes it names") {
    CHECK(retry_if_error{asio_error::operation_aborted}.names_error(asio_error::operation_aborted));
    CHECK_FALSE(retry_if_error{asio_error::eof}.names_error(asio_error::operation_aborted));
}

// ---- copies

TEST_CASE("retry_if: a policy made from another of its kind is a copy, not a policy around a policy") {
    retry_if_result const by_value{is_even};
    retry_if_result const copy{by_value};
    static_assert(std::is_same_v<decltype(copy), decltype(by_value)>);
    CHECK(copy(returned(2)));

    retry_if_error by_code{asio_error::eof};
    retry_if_error const copied_code{by_code};
    static_assert(std::is_same_v<decltype(copied_code), decltype(by_code) const>);
    CHECK(copied_code(failed_with(asio_error::eof)));

    retry_if_exception_that by_predicate{is_even};
    retry_if_exception_that const copied_predicate{by_predicate};
    static_assert(std::is_same_v<decltype(copied_predicate), decltype(by_predicate) const>);
    CHECK(copied_predicate(threw(42)));
}

} // namespace retry_if_test
