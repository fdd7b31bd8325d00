// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>

#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace {

using namespace breakerbox;

constexpr auto of_outcome = [](outcome const&) { return true; };
constexpr auto of_anything = [](auto const&) { return true; };
constexpr auto of_own_outcome = [](outcome_of<int> const&) { return true; };
constexpr auto of_attempt = [](attempt const&) { return true; };
constexpr auto of_int = [](int) { return true; };
constexpr auto of_text = [](std::string const&) { return true; };
constexpr auto of_exception = [](std::exception const&) { return true; };
constexpr auto to_duration = [](outcome const&) { return duration{}; };
constexpr auto changing = [n = 0](outcome const&) mutable { return ++n > 3; };

static_assert(retry_if_policy<retry_always, int>);
static_assert(retry_if_policy<retry_never, void>);
static_assert(retry_if_policy<retry_if_exception<>, void>);
static_assert(retry_if_policy<retry_if_exception<std::runtime_error, int>, std::unique_ptr<int>>);
static_assert(retry_if_policy<retry_if_not_exception<int>, int>);
static_assert(retry_if_policy<retry_unless_exception<int>, int>);
static_assert(retry_if_policy<retry_if_exception_cause<int>, int>);
static_assert(retry_if_policy<decltype(retry_if_exception_that{of_exception}), int>);
static_assert(retry_if_policy<retry_if_exception_message, int>);
static_assert(retry_if_policy<decltype(retry_if_result{of_int}), int>);
static_assert(retry_if_policy<decltype(retry_if_result{of_int}), short>); // converts
static_assert(retry_if_policy<decltype(retry_if_not_result{of_text}), std::string>);
static_assert(retry_if_policy<decltype(retry_if_error{boost::system::errc::timed_out}), int>);
static_assert(retry_if_policy<decltype(retry_always{} | of_outcome), int>);
static_assert(retry_if_policy<decltype(retry_if_result{of_int} & retry_if_exception<>{}), int>);
static_assert(retry_if_policy<decltype(!retry_if_result{of_int}), int>);
static_assert(retry_if_policy<decltype(of_outcome), int>);
static_assert(retry_if_policy<decltype(of_anything), int>);
static_assert(retry_if_policy<decltype(of_own_outcome), int>);
static_assert(retry_if_policy<bool (*)(outcome const&), int>);
static_assert(retry_if_policy<std::function<bool(outcome const&)>, int>);

static_assert(!retry_if_policy<stop_never, int>);
static_assert(!retry_if_policy<stop_after_attempt, int>);
static_assert(!retry_if_policy<decltype(stop_never{} | of_anything), int>);
static_assert(!retry_if_policy<wait_none, int>);
static_assert(!retry_if_policy<decltype(of_attempt), int>);
static_assert(!retry_if_policy<bool (*)(attempt const&), int>);
static_assert(!retry_if_policy<decltype(of_own_outcome), long>);
static_assert(!retry_if_policy<decltype(retry_if_result{of_text}), int>);
static_assert(!retry_if_policy<decltype(retry_if_not_result{of_int}), std::string>);
static_assert(!retry_if_policy<decltype(retry_if_result{of_int}), void>);
static_assert(!retry_if_policy<decltype(retry_always{} | retry_if_result{of_text}), int>);
static_assert(!retry_if_policy<decltype(!retry_if_result{of_text}), int>);
static_assert(!retry_if_policy<decltype(of_int), int>); // of a value: that is retry_if_result
static_assert(!retry_if_policy<decltype(of_exception), int>);
static_assert(!retry_if_policy<decltype(to_duration), int>);
static_assert(!retry_if_policy<std::remove_const_t<decltype(changing)>, int>);

// Combinations are of one kind.
template <class A, class B>
concept combinable =
    requires(A const& a, B const& b) { a | b; } && requires(A const& a, B const& b) { a& b; };
static_assert(combinable<retry_always, retry_never>);
static_assert(combinable<retry_always, decltype(of_outcome)>);
static_assert(combinable<decltype(of_outcome), retry_always>);
static_assert(combinable<stop_never, decltype(of_attempt)>);
static_assert(combinable<decltype(of_attempt), stop_never>);
static_assert(!combinable<decltype(of_outcome), decltype(of_outcome)>);
static_assert(!combinable<stop_never, retry_always>);
static_assert(!combinable<retry_always, stop_never>);
static_assert(!combinable<stop_never, decltype(of_outcome)>);
static_assert(!combinable<wait_none, wait_none>);
static_assert(!combinable<wait_none, stop_never>);
static_assert(!combinable<retry_always, bool>);
static_assert(!combinable<retry_always, decltype(of_attempt)>);

template <class A>
concept negatable = requires(A const& a) { !a; };
static_assert(negatable<retry_always>);
static_assert(negatable<stop_never>);
static_assert(!negatable<wait_none>);

// A retry_if_error takes codes and conditions, or none for every error.
template <class... Code>
concept named_by_error = requires(Code... codes) { retry_if_error{codes...}; };
static_assert(named_by_error<boost::system::errc::errc_t>);
static_assert(named_by_error<boost::system::error_code, std::error_code, boost::system::error_condition>);
static_assert(named_by_error<>);
static_assert(!named_by_error<int>);
static_assert(!named_by_error<bool>);
static_assert(!named_by_error<char const*>);

} // namespace
