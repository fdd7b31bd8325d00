// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/time_out.hpp>

#include "support/outcomes.hpp"
#include "support/virtual_breaker.hpp"

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>

namespace time_out_test {

// What is a time-out, and that each is a failure of its host.

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace bb = breakerbox;
namespace beast = boost::beast;
using bb::is_time_out;
using bb::verdict;
using boost::system::error_code;
using boost::system::system_error;
using support::retrier_options;
using support::threw;

namespace {

using result = boost::system::result<int>;

/// A standard library's category of the user's own, one of whose codes is a time-out.
struct driver_category : std::error_category {
    char const* name() const noexcept override { return "driver"; }
    std::string message(int) const override { return "driver"; }
    bool equivalent(int value, std::error_condition const& condition) const noexcept override {
        return (value == 7 && condition == std::errc::timed_out) ||
               std::error_category::equivalent(value, condition);
    }
};
driver_category const driver;

/// The same, of Boost's.
struct bus_category : boost::system::error_category {
    char const* name() const noexcept override { return "bus"; }
    std::string message(int) const override { return "bus"; }
    boost::system::error_condition default_error_condition(int value) const noexcept override {
        if (value == 1)
            return boost::system::errc::make_error_condition(boost::system::errc::timed_out);
        return {value, *this};
    }
};
bus_category const bus;

struct gave_up_waiting : std::runtime_error {
    gave_up_waiting() : runtime_error("gave up waiting") {}
};

struct guarded_call {
    bb::testing::virtual_time time;
    support::breaker breaker{support::store{bb::failure_count{.max_failures = 9, .reset_timeout = 10s}}};
    retrier_options options{};

    /// What the breaker is told of an attempt that ends with `error` and that retry_if doesn't match.
    template <class E>
    verdict thrown(E const& error) {
        return of([&]() -> asio::awaitable<int> {
            throw error;
            co_return 0;
        });
    }
    verdict returned(error_code code) {
        return of([code]() -> asio::awaitable<result> { co_return code; });
    }
    template <class Operation>
    verdict of(Operation operation) {
        bb::retrier const retrier{bb::stop_after_attempt{1}, bb::retry_never{}, bb::wait_none{}, breaker,
                                  options};
        return time.run(retrier.outcome("h", operation)).history.at(0).result;
    }
};

} // namespace

TEST_CASE("time-out: Asio's, Beast's, the standard library's, the systems' and this library's are known") {
    CHECK(is_time_out(asio::error::timed_out));
    CHECK(is_time_out(beast::error::timeout));
    CHECK(is_time_out(make_error_code(boost::system::errc::timed_out)));
    CHECK(is_time_out(std::make_error_code(std::errc::timed_out)));
    CHECK(is_time_out(std::error_code{ETIMEDOUT, std::system_category()}));
    CHECK(is_time_out(bb::errc::attempt_timed_out));
    CHECK(is_time_out(error_code{1, bus}));
    CHECK(is_time_out(std::error_code{7, driver}));
    CHECK(is_time_out(static_cast<std::error_code>(error_code{beast::error::timeout})));
}

TEST_CASE("time-out: no other error is one") {
    CHECK_FALSE(is_time_out(error_code{}));
    CHECK_FALSE(is_time_out(asio::error::operation_aborted));
    CHECK_FALSE(is_time_out(asio::error::connection_reset));
    CHECK_FALSE(is_time_out(beast::http::error::end_of_stream)); // of the value that Beast's time-out has
    CHECK_FALSE(is_time_out(beast::websocket::error::closed));
    CHECK_FALSE(is_time_out(error_code{0, error_code{beast::error::timeout}.category()}));
    CHECK_FALSE(is_time_out(error_code{2, bus}));
    CHECK_FALSE(is_time_out(std::error_code{1, driver}));
    CHECK_FALSE(is_time_out(bb::errc::deadline_exceeded));
    CHECK_FALSE(is_time_out(bb::errc::host_unavailable));
}

TEST_CASE("time-out: of an outcome its error is asked, thrown or returned") {
    CHECK(is_time_out(threw(system_error{beast::error::timeout})));
    CHECK(is_time_out(threw(std::system_error{std::error_code{7, driver}})));
    CHECK(is_time_out(bb::outcome_of<result>{result{error_code{beast::error::timeout}}}));
    CHECK_FALSE(is_time_out(threw(gave_up_waiting{})));
    CHECK_FALSE(is_time_out(support::returned(7)));
    CHECK_FALSE(is_time_out(bb::outcome_of<int>{}));
}

TEST_CASE("time-out: each is a failure of the host, also where retry_if does not match it") {
    guarded_call call;
    CHECK(call.thrown(system_error{beast::error::timeout}) == verdict::failure);
    CHECK(call.returned(beast::error::timeout) == verdict::failure);
    CHECK(call.thrown(std::system_error{std::error_code{7, driver}}) == verdict::failure);
    CHECK(call.thrown(system_error{error_code{1, bus}}) == verdict::failure);
    CHECK(call.thrown(system_error{beast::http::error::end_of_stream}) == verdict::neutral);
    CHECK(call.breaker.snapshot_now("h").failures == 4);
}

TEST_CASE("time-out: a retry_if_error that names errc::timed_out, as a condition, means all of them") {
    auto const matches = [](auto named, error_code code) {
        return bb::retry_if_error{named}(threw(system_error{code}));
    };
    CHECK(matches(boost::system::errc::timed_out, beast::error::timeout));
    CHECK(matches(std::errc::timed_out, beast::error::timeout));
    CHECK(matches(std::make_error_condition(std::errc::timed_out), beast::error::timeout));
    CHECK(matches(std::errc::timed_out, asio::error::timed_out));
    CHECK(matches(boost::system::errc::timed_out, bb::errc::attempt_timed_out));
    CHECK(matches(boost::system::errc::timed_out, std::error_code{7, driver}));
    CHECK(matches(beast::error::timeout, beast::error::timeout));
    CHECK_FALSE(matches(boost::system::errc::timed_out, beast::http::error::end_of_stream));
    CHECK_FALSE(matches(boost::system::errc::connection_reset, beast::error::timeout));
    CHECK_FALSE(matches(asio::error::timed_out, beast::error::timeout)); // a code means itself
}

TEST_CASE("time-out: is_time_out in the options makes known what bears no such code") {
    guarded_call call;
    CHECK(call.thrown(gave_up_waiting{}) == verdict::neutral);
    call.options.is_time_out = [](bb::outcome const& ended) {
        return ended.exception_as<gave_up_waiting>() != nullptr || ended.error() == asio::error::no_recovery;
    };
    CHECK(call.thrown(gave_up_waiting{}) == verdict::failure);
    CHECK(call.thrown(std::runtime_error("other")) == verdict::neutral);
    CHECK(call.returned(asio::error::no_recovery) == verdict::failure);
    CHECK(call.returned(asio::error::host_not_found) == verdict::neutral);
    // It adds to what is known, and is asked about nothing else.
    CHECK(call.returned(beast::error::timeout) == verdict::failure);
    call.options.is_time_out = [](bb::outcome const&) -> bool { throw std::logic_error("is_time_out"); };
    CHECK(call.returned(beast::error::timeout) == verdict::failure);
    CHECK(call.thrown(system_error{asio::error::operation_aborted}) == verdict::neutral);
    CHECK(call.of([]() -> asio::awaitable<int> { co_return 7; }) == verdict::success);
    CHECK_THROWS_AS(call.thrown(gave_up_waiting{}), std::logic_error);
}

} // namespace time_out_test
