// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>
#include <exception>
#include <future>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace retry_if_cause_test {

using namespace breakerbox;
namespace asio = boost::asio;

namespace {

/// What was thrown last, because of what was thrown before it, and so on.
template <class First, class... Later>
std::exception_ptr chain(First first, Later... later) {
    auto last = std::make_exception_ptr(std::move(first));
    auto const nest = [&last](auto e) {
        try {
            try {
                std::rethrow_exception(last);
            } catch (...) {
                std::throw_with_nested(std::move(e));
            }
        } catch (...) {
            last = std::current_exception();
        }
    };
    (nest(std::move(later)), ...);
    return last;
}

bool matches(auto const& policy, std::exception_ptr e) {
    outcome_of<int> const o{std::move(e)};
    return policy(o);
}

struct wrapped : std::runtime_error, std::nested_exception {
    explicit wrapped(char const* text) : std::runtime_error(text) {}
};

/// An exception that would keep itself alive, until the end of this.
class endless {
public:
    explicit endless(std::exception_ptr e) : exception(std::move(e)) {}
    endless(endless const&) = delete;
    endless& operator=(endless const&) = delete;
    ~endless() {
        std::nested_exception const none; // made outside a handler
        try {
            std::rethrow_exception(exception);
        } catch (wrapped& e) {
            static_cast<std::nested_exception&>(e) = none;
        }
    }

    std::exception_ptr const exception;
};

/// An exception that is nested in itself, as an assignment in its own handler makes it.
std::exception_ptr nested_in_itself() {
    try {
        throw wrapped{"snake"};
    } catch (wrapped& e) {
        static_cast<std::nested_exception&>(e) = std::nested_exception{};
        return std::current_exception();
    }
}

/// Two that are each the other's cause.
std::exception_ptr nested_in_each_other() {
    try {
        throw wrapped{"one"};
    } catch (wrapped& one) {
        try {
            throw wrapped{"other"}; // because of the one
        } catch (wrapped const&) {
            static_cast<std::nested_exception&>(one) = std::nested_exception{};
        }
        return std::current_exception();
    }
}

auto const reset = boost::system::system_error{asio::error::connection_reset};

} // namespace

TEST_CASE("causes: an exception that is nested in itself has none, and is no end of the program") {
    endless const e{nested_in_itself()};
    CHECK_FALSE(matches(retry_if_exception_cause<std::bad_alloc>{}, e.exception));
    CHECK_FALSE(matches(retry_if_exception_cause<wrapped>{}, e.exception));
    CHECK_FALSE(matches(retry_if_error_cause{asio::error::connection_reset}, e.exception));
}

TEST_CASE("causes: two exceptions that are each the other's cause are looked at for a while") {
    endless const e{nested_in_each_other()};
    CHECK_FALSE(matches(retry_if_exception_cause<std::bad_alloc>{}, e.exception));
    CHECK(matches(retry_if_exception_cause<wrapped>{}, e.exception));
}

TEST_CASE("causes: are looked for 64 levels deep") {
    for (auto const depth : {1, 63, 64, 65, 200}) {
        CAPTURE(depth);
        std::exception_ptr e = std::make_exception_ptr(std::out_of_range{"deep"});
        for (int i = 0; i != depth; ++i)
            try {
                try {
                    std::rethrow_exception(e);
                } catch (...) {
                    std::throw_with_nested(std::runtime_error{"higher"});
                }
            } catch (...) {
                e = std::current_exception();
            }
        CHECK(matches(retry_if_exception_cause<std::out_of_range>{}, e) == (depth <= 64));
    }
}

TEST_CASE("causes: a code is found in what an exception was thrown because of, not in itself") {
    retry_if_error_cause const policy{asio::error::connection_reset, std::errc::timed_out};
    CHECK(matches(policy, chain(reset, std::runtime_error{"a"})));
    CHECK(matches(policy, chain(reset, std::runtime_error{"a"}, std::logic_error{"b"})));
    CHECK(matches(policy, chain(std::system_error{std::make_error_code(std::errc::timed_out)},
                                std::runtime_error{"a"})));
    CHECK_FALSE(matches(policy, std::make_exception_ptr(reset)));
    CHECK_FALSE(matches(policy, chain(std::runtime_error{"a"}, reset)));
    CHECK_FALSE(
        matches(policy, chain(boost::system::system_error{asio::error::eof}, std::runtime_error{"a"})));
    CHECK_FALSE(matches(policy, chain(std::runtime_error{"a"}, std::runtime_error{"b"})));
    CHECK_FALSE(policy(outcome_of<int>{7}));
}

TEST_CASE("retry_if_error: takes codes and conditions of the standard library, thrown and returned") {
    std::error_code const future = std::make_error_code(std::future_errc::broken_promise);
    retry_if_error const by_code{future};
    retry_if_error const by_enumerator{std::future_errc::broken_promise};
    retry_if_error const by_condition{std::make_error_condition(std::errc::connection_refused)};
    for (auto const& policy : {by_code, by_enumerator}) {
        CHECK(matches(policy, std::make_exception_ptr(std::system_error{future})));
        CHECK(policy(outcome_of<std::error_code>{future}));
        CHECK_FALSE(policy(outcome_of<std::error_code>{std::make_error_code(std::errc::timed_out)}));
    }
    CHECK(matches(by_condition,
                  std::make_exception_ptr(boost::system::system_error{asio::error::connection_refused})));
    CHECK(matches(by_condition,
                  std::make_exception_ptr(std::system_error{ECONNREFUSED, std::system_category()})));
    CHECK(by_condition(outcome_of<boost::system::error_code>{asio::error::connection_refused}));
    CHECK_FALSE(by_condition(outcome_of<boost::system::error_code>{asio::error::connection_reset}));
    CHECK_FALSE(by_condition(outcome_of<boost::system::error_code>{boost::system::error_code{}}));
}

TEST_CASE("retry_if_error: a condition of the standard library can name a cancellation") {
    CHECK(retry_if_error{std::make_error_condition(std::errc::operation_canceled)}.names_error(
        asio::error::operation_aborted));
}

} // namespace retry_if_cause_test
