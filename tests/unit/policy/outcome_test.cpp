// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/outcome.hpp>

#include "support/outcomes.hpp"

#include <boost/asio/error.hpp>
#include <boost/throw_exception.hpp>

#include <catch2/catch_test_macros.hpp>

#include <exception>
#include <ios>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace outcome_test {

using namespace breakerbox;
using support::ended_in;
using support::failed_with;
using support::returned;
using support::threw;

namespace asio_error = boost::asio::error;

namespace {

struct tag {};
struct polymorphic_tag {
    virtual ~polymorphic_tag() = default;
};
struct tagged_error : std::runtime_error, tag, polymorphic_tag {
    tagged_error() : std::runtime_error("tagged") {}
};

// Two virtual roads to one std::runtime_error.
struct network_error : virtual std::runtime_error {
    network_error() : std::runtime_error("network") {}
};
struct slow_error : virtual std::runtime_error {
    slow_error() : std::runtime_error("slow") {}
};
struct slow_network_error : network_error, slow_error {
    slow_network_error() : std::runtime_error("slow network") {}
};

struct left : std::exception {};
struct right : std::exception {};
struct ambiguous : left, right {};

class secretive : public std::exception, tag, polymorphic_tag {};

struct not_standard {
    int number;
};

class move_only {
public:
    explicit move_only(int number) : number_(std::make_unique<int>(number)) {}
    int number() const { return *number_; }

private:
    std::unique_ptr<int> number_;
};

} // namespace

TEST_CASE("outcome: before an attempt ends it holds nothing") {
    outcome_of<int> const o;
    CHECK_FALSE(o.has_value());
    CHECK_FALSE(o.has_exception());
    CHECK(o.exception() == nullptr);
    CHECK(o.exception_as<std::exception>() == nullptr);
    CHECK(o.value_as<int>() == nullptr);
    CHECK_FALSE(o.error());
    CHECK_FALSE(o.is_operation_aborted());
    CHECK(o.text() == "nothing");
}

// ---- values

TEST_CASE("outcome: a value is seen as exactly its own type") {
    auto const o = returned(7);
    CHECK(o.has_value());
    CHECK_FALSE(o.has_exception());
    CHECK(o.value() == 7);
    REQUIRE(o.value_as<int>() != nullptr);
    CHECK(*o.value_as<int>() == 7);
    CHECK(o.value_as<long>() == nullptr);
    CHECK(o.exception_as<int>() == nullptr);
    CHECK(o.text() == "value");
}

TEST_CASE("outcome: a value may be move-only and without a default constructor") {
    outcome_of<move_only> o{move_only{7}};
    CHECK(o.value_as<move_only>()->number() == 7);
    CHECK(std::move(o.value()).number() == 7);
}

TEST_CASE("outcome: of an operation without a value, its end is a value") {
    outcome_of<void> o;
    CHECK_FALSE(o.has_value());
    o.set_value();
    CHECK(o.has_value());
    CHECK(o.text() == "value");
}

TEST_CASE("outcome: a reset destroys the value, and the exception too") {
    auto const owned = std::make_shared<int>(7);
    outcome_of<std::shared_ptr<int>> o{owned};
    CHECK(owned.use_count() == 2);
    o.reset();
    CHECK(owned.use_count() == 1);
    CHECK_FALSE(o.has_value());

    outcome_of<int> failed{std::make_exception_ptr(owned)};
    CHECK(owned.use_count() == 2);
    failed.reset();
    CHECK(owned.use_count() == 1);
    CHECK_FALSE(failed.has_exception());
    failed.set_value(1);
    CHECK(failed.has_value());
}

// ---- exceptions, as a handler would see them

TEST_CASE("outcome: an exception is seen as its own type and as its bases, not as others") {
    auto const o = threw(std::out_of_range("far"));
    CHECK(o.has_exception());
    CHECK_FALSE(o.has_value());
    CHECK(o.exception_as<std::out_of_range>() != nullptr);
    CHECK(o.exception_as<std::logic_error>() != nullptr);
    CHECK(o.exception_as<std::exception>() != nullptr);
    CHECK(o.exception_as<std::exception const>() != nullptr);
    CHECK(o.exception_as<std::runtime_error>() == nullptr);
    CHECK(o.exception_as<int>() == nullptr);
    CHECK(o.text() == "far");
}

TEST_CASE("outcome: the exception in hand is the one that was thrown, not a copy") {
    outcome_of<int> o;
    std::exception const* thrown = nullptr;
    try {
        throw std::out_of_range("far");
    } catch (std::exception const& e) {
        thrown = &e;
        o.set_current_exception(&e);
    }
    CHECK(o.exception_as<std::exception>() == thrown);
    CHECK(o.exception_as<std::out_of_range>() == thrown);
    try {
        std::rethrow_exception(o.exception());
    } catch (std::exception const& e) {
        CHECK(&e == thrown);
    }
}

TEST_CASE("outcome: an exception is seen through virtual inheritance, at each of its places") {
    auto const o = threw(slow_network_error{});
    CHECK(o.exception_as<slow_network_error>() != nullptr);
    CHECK(o.exception_as<network_error>() != nullptr);
    CHECK(o.exception_as<slow_error>() != nullptr);
    CHECK(o.exception_as<std::runtime_error>() != nullptr);
    CHECK(o.exception_as<std::logic_error>() == nullptr);
    CHECK(o.text() == "slow network");
}

TEST_CASE("outcome: an exception is seen as its bases that know nothing of std::exception") {
    auto const o = threw(tagged_error{});
    CHECK(o.exception_as<polymorphic_tag>() != nullptr);
    CHECK(o.exception_as<tag>() != nullptr);
}

TEST_CASE("outcome: a private base is not seen, as no handler sees it") {
    auto const o = threw(secretive{});
    CHECK(o.exception_as<secretive>() != nullptr);
    CHECK(o.exception_as<polymorphic_tag>() == nullptr);
    CHECK(o.exception_as<tag>() == nullptr);
}

TEST_CASE("outcome: a base there twice is not seen, as no handler sees it, but each of the two roads is") {
    auto const o = threw(ambiguous{});
    CHECK(o.exception_as<ambiguous>() != nullptr);
    CHECK(o.exception_as<left>() != nullptr);
    CHECK(o.exception_as<right>() != nullptr);
    CHECK(o.exception_as<std::exception>() == nullptr);
    CHECK(o.text() == "unknown exception");
}

TEST_CASE("outcome: an exception that is no std::exception is seen as what it is") {
    auto const number = threw(42);
    REQUIRE(number.exception_as<int>() != nullptr);
    CHECK(*number.exception_as<int>() == 42);
    CHECK(number.exception_as<long>() == nullptr);
    CHECK(number.exception_as<std::exception>() == nullptr);
    CHECK_FALSE(number.error());
    CHECK(number.text() == "unknown exception");

    auto const object = threw(not_standard{7});
    REQUIRE(object.exception_as<not_standard>() != nullptr);
    CHECK(object.exception_as<not_standard>()->number == 7);
    CHECK(object.exception_as<tag>() == nullptr);

    auto const text = ended_in([] { throw "text"; });
    CHECK(text.has_exception());
    CHECK(text.exception_as<std::string>() == nullptr);
}

TEST_CASE("outcome: boost::throw_exception's wrapper is seen as what it wraps") {
    auto const o = ended_in([] { boost::throw_exception(std::out_of_range("far")); });
    CHECK(o.exception_as<boost::wrapexcept<std::out_of_range>>() != nullptr);
    CHECK(o.exception_as<std::out_of_range>() != nullptr);
    CHECK(o.exception_as<boost::exception>() != nullptr);
    CHECK(o.exception_as<std::runtime_error>() == nullptr);
}

TEST_CASE("outcome: an exception with another one nested in it is seen as the outer one alone") {
    auto const o = ended_in([] {
        try {
            throw std::out_of_range("inner");
        } catch (...) {
            std::throw_with_nested(std::runtime_error("outer"));
        }
    });
    CHECK(o.exception_as<std::runtime_error>() != nullptr);
    CHECK(o.exception_as<std::nested_exception>() != nullptr);
    CHECK(o.exception_as<std::out_of_range>() == nullptr);
    CHECK(o.text() == "outer");
}

TEST_CASE("outcome: a system_error's text leaves out the place in the source, and nothing else") {
    static constexpr boost::source_location place = BOOST_CURRENT_LOCATION;
    boost::system::error_code const reset{asio_error::connection_reset};
    CHECK(threw(boost::system::system_error{boost::system::error_code{reset, &place}}).text() ==
          "Connection reset by peer");
    CHECK(threw(boost::system::system_error{boost::system::error_code{reset, &place}, "read"}).text() ==
          "read: Connection reset by peer");
    struct with_words_of_its_own : boost::system::system_error {
        with_words_of_its_own() : system_error(asio_error::eof) {}
        char const* what() const noexcept override { return "my words"; }
    };
    CHECK(threw(with_words_of_its_own{}).text() == "my words");
}

TEST_CASE("outcome: holds one thing at a time") {
    outcome_of<int> o{std::make_exception_ptr(1)};
    o.set_value(2);
    CHECK(o.has_value());
    CHECK_FALSE(o.has_exception());
    try {
        throw std::runtime_error("again");
    } catch (std::exception const& e) {
        o.set_current_exception(&e);
    }
    CHECK(o.has_exception());
    CHECK_FALSE(o.has_value());
}

// ---- error codes

TEST_CASE("outcome: the code of a boost::system::system_error, also wrapped or derived from") {
    struct connection_lost : boost::system::system_error {
        connection_lost() : system_error(asio_error::connection_reset) {}
    };
    CHECK(failed_with(asio_error::connection_reset).error() == asio_error::connection_reset);
    CHECK(threw(connection_lost{}).error() == asio_error::connection_reset);
    auto const wrapped =
        ended_in([] { boost::throw_exception(boost::system::system_error{asio_error::connection_reset}); });
    CHECK(wrapped.error() == asio_error::connection_reset);
}

TEST_CASE("outcome: the code of a std::system_error equals Boost's for the same system error") {
    auto const o = threw(std::system_error{ECONNRESET, std::system_category()});
    REQUIRE(o.error());
    CHECK(*o.error() == asio_error::connection_reset);
    CHECK(*o.error() == boost::system::errc::connection_reset);
    auto const generic = threw(std::system_error{std::make_error_code(std::errc::timed_out)});
    CHECK(generic.error() == boost::system::errc::timed_out);
    CHECK(threw(std::ios_base::failure("read")).error());
}

TEST_CASE("outcome: there is no code in other exceptions, be they codes themselves, nor in values") {
    CHECK_FALSE(threw(std::runtime_error("far")).error());
    CHECK_FALSE(threw(boost::system::error_code{asio_error::eof}).error());
    CHECK_FALSE(returned(std::runtime_error("far")).error());
}

TEST_CASE("outcome: a code that is returned is an error, unless it says that all is well") {
    CHECK(returned(boost::system::error_code{asio_error::eof}).error() == asio_error::eof);
    CHECK(returned(std::make_error_code(std::errc::timed_out)).error() == boost::system::errc::timed_out);
    CHECK_FALSE(returned(boost::system::error_code{}).has_error());
}

TEST_CASE("outcome: operation_aborted is told by its code, whichever system_error bears it") {
    CHECK(failed_with(asio_error::operation_aborted).is_operation_aborted());
    CHECK(threw(std::system_error{ECANCELED, std::system_category()}).is_operation_aborted());
    CHECK_FALSE(failed_with(asio_error::connection_aborted).is_operation_aborted());
    CHECK_FALSE(threw(std::runtime_error("Operation canceled")).is_operation_aborted());
    CHECK_FALSE(returned(1).is_operation_aborted());
}

} // namespace outcome_test
