// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/combine.hpp>

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>

#include "support/objection.hpp"
#include "support/outcomes.hpp"

#include <boost/asio/error.hpp>

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace combine_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using support::objection;
using support::returned;
using support::threw;

namespace {

constexpr auto even = [](attempt const& a) { return a.number % 2 == 0; };
constexpr auto third = [](attempt const& a) { return a.number % 3 == 0; };
constexpr auto fifth = [](attempt const& a) { return a.number % 5 == 0; };

/// The attempts up to 30 after which `stop` stops.
template <stop_policy Stop>
std::string stops_of(Stop const& stop) {
    std::string numbers;
    for (std::uint64_t n = 1; n <= 30; ++n)
        if (stop(attempt{.number = n}))
            numbers += std::to_string(n) + ' ';
    return numbers;
}

bool names_operation_aborted(auto const& policy) {
    return detail::names_error(policy, boost::asio::error::operation_aborted);
}

bool stops_at_seven(attempt const& a) {
    return a.number == 7;
}

} // namespace

TEST_CASE("combine: a | b says yes where one does, a & b where both do, !a where a does not") {
    retry_if_exception<std::logic_error> const logic;
    retry_if_exception<std::out_of_range, int> const range;
    auto const logic_error = threw(std::logic_error("no"));
    auto const out_of_range = threw(std::out_of_range("no"));
    auto const number = threw(42);

    CHECK((logic | range)(logic_error));
    CHECK((logic | range)(out_of_range));
    CHECK((logic | range)(number));
    CHECK_FALSE((logic | range)(returned(1)));

    CHECK_FALSE((logic & range)(logic_error));
    CHECK((logic & range)(out_of_range));
    CHECK_FALSE((logic & range)(number));

    CHECK_FALSE((!logic)(logic_error));
    CHECK((!logic)(number));
    CHECK((!logic)(returned(1))); // not only exceptions
    CHECK((!!logic)(logic_error));
    CHECK_FALSE((!!logic)(number));
}

TEST_CASE("combine: any and all take any number of policies, plain functions among them") {
    CHECK(stops_of(any{even, third, fifth}) == "2 3 4 5 6 8 9 10 12 14 15 16 18 20 21 22 24 25 26 27 28 30 ");
    CHECK(stops_of(all{even, third, fifth}) == "30 ");
    CHECK(stops_of(any{fifth}) == stops_of(fifth));
    CHECK(stops_of(all{fifth}) == stops_of(fifth));
    CHECK(stops_of(!stop_after_attempt{3}) == "1 2 ");
}

TEST_CASE("combine: combinations combine") {
    CHECK(stops_of((stop_after_attempt{20} & even) | fifth) == "5 10 15 20 22 24 25 26 28 30 ");
    CHECK(stops_of(all{any{third, fifth}, even}) == "6 10 12 18 20 24 30 ");
    CHECK(stops_of(!(stop_after_attempt{4} | even)) == "1 3 ");
}

TEST_CASE("combine: policies are asked in order, and no further than needed") {
    std::string asked;
    auto const says = [&](char name, bool answer) {
        return [&asked, name, answer](outcome const&) {
            asked += name;
            return answer;
        };
    };
    auto const value = returned(1);

    CHECK(any{says('a', false), says('b', true), says('c', true)}(value));
    CHECK(asked == "ab");
    asked.clear();
    CHECK_FALSE(all{says('a', true), says('b', false), says('c', true)}(value));
    CHECK(asked == "ab");
    asked.clear();
    CHECK_FALSE((retry_never{} | says('a', false) | says('b', false))(value));
    CHECK(asked == "ab");
    asked.clear();
    CHECK_FALSE((retry_never{} & says('a', true))(value));
    CHECK(asked.empty());
}

TEST_CASE("combine: an answer only has to convert to bool") {
    auto const remainder = [](attempt const& a) { return static_cast<int>(a.number % 2); };
    CHECK(stops_of(stop_after_attempt{28} & remainder) == "29 ");
}

TEST_CASE("combine: a combination refuses what any of its members refuses, at whatever depth") {
    auto const objected = "breakerbox: stop_after_delay.limit must be zero or more, but is -1s";
    stop_after_delay const wrong{-1s};
    CHECK(objection(wrong | stop_never{}) == objected);
    CHECK(objection(stop_never{} & wrong) == objected);
    CHECK(objection(!wrong) == objected);
    CHECK(objection(any{stop_never{}, all{stop_never{}, wrong}}) == objected);
    CHECK(objection(even | stop_after_delay{1s}).empty());
}

TEST_CASE("combine: an error code named by a member is named by the combination") {
    retry_if_error const aborted{boost::asio::error::operation_aborted};
    CHECK(names_operation_aborted(aborted | retry_never{}));
    CHECK(names_operation_aborted(retry_if_exception<>{} & aborted));
    CHECK(names_operation_aborted(any{retry_never{}, all{aborted, retry_always{}}}));
    CHECK_FALSE(names_operation_aborted(retry_always{}));
    CHECK_FALSE(names_operation_aborted(retry_always{} | retry_if_exception<>{}));
    CHECK_FALSE(names_operation_aborted(retry_if_error{boost::asio::error::eof} | retry_always{}));
}

TEST_CASE("combine: copies hold what the original holds, named or not") {
    std::string const owned(100, 'x');
    auto named = any{retry_if_exception_message{owned}, retry_never{}};
    auto copy = named;
    auto const moved = std::move(named);
    CHECK(copy(threw(std::runtime_error(owned))));
    CHECK(moved(threw(std::runtime_error(owned))));
    static_assert(std::is_same_v<decltype(any{copy}), decltype(copy)>);
}

TEST_CASE("combine: plain functions combine, by name and by pointer, on either side") {
    CHECK(stops_of(stops_at_seven | stop_after_attempt{29}) == "7 29 30 ");
    CHECK(stops_of(stop_after_attempt{29} | &stops_at_seven) == "7 29 30 ");
}

TEST_CASE("combine: policies of any type may hide behind std::function") {
    std::function<bool(attempt const&)> const hidden = third;
    auto const combined = hidden | stop_after_attempt{29};
    auto const copy = combined;
    CHECK(stops_of(copy) == "3 6 9 12 15 18 21 24 27 29 30 ");

    any alone{hidden};
    any copy_of_alone = alone; // not another any around it
    static_assert(std::is_same_v<decltype(copy_of_alone), decltype(alone)>);
    CHECK(stops_of(copy_of_alone) == stops_of(third));
}

TEST_CASE("combine: plain functions combine as lambdas do") {
    struct functions {
        static bool third(breakerbox::attempt const& a) { return a.number == 3; }
        static bool failed(breakerbox::outcome const& o) { return o.has_exception(); }
    };
    auto const stop = breakerbox::stop_after_attempt{9} | functions::third;
    CHECK(stop(breakerbox::attempt{.number = 3}));
    CHECK_FALSE(stop(breakerbox::attempt{.number = 2}));
    auto const retry_if = breakerbox::retry_never{} | functions::failed;
    CHECK_FALSE(retry_if(breakerbox::outcome_of<int>{1}));
}

} // namespace combine_test
