// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/stop.hpp>

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/wait.hpp>

#include <functional>
#include <string>

namespace {

using namespace breakerbox;

constexpr auto of_attempt = [](attempt const&) { return true; };
constexpr auto of_attempt_to_int = [](attempt const&) { return 1; };
constexpr auto of_anything = [](auto const&) { return true; };
constexpr auto of_outcome = [](outcome const&) { return true; };
constexpr auto of_attempt_to_text = [](attempt const&) { return std::string{}; };
constexpr auto of_changing_attempt = [](attempt&) { return true; };
constexpr auto changing = [n = 0](attempt const&) mutable { return ++n > 3; };
constexpr auto duration_of_attempt = [](attempt const&) { return duration{}; };

static_assert(stop_policy<stop_never>);
static_assert(stop_policy<stop_after_attempt>);
static_assert(stop_policy<stop_after_delay>);
static_assert(stop_policy<stop_before_delay>);
static_assert(stop_policy<stop_when_requested>);
static_assert(stop_policy<decltype(stop_never{} | stop_after_attempt{1})>);
static_assert(stop_policy<decltype(stop_never{} & of_attempt)>);
static_assert(stop_policy<decltype(!stop_after_attempt{1})>);
static_assert(stop_policy<decltype(any{of_attempt, of_attempt_to_int})>);
static_assert(stop_policy<decltype(of_attempt)>);
static_assert(stop_policy<decltype(of_attempt_to_int)>);
static_assert(stop_policy<decltype(of_anything)>);
static_assert(stop_policy<bool (*)(attempt const&)>);
static_assert(stop_policy<std::function<bool(attempt const&)>>);

static_assert(!stop_policy<retry_always>);
static_assert(!stop_policy<retry_if_exception<>>);
static_assert(!stop_policy<decltype(retry_always{} | of_anything)>);
static_assert(!stop_policy<wait_none>);
static_assert(!stop_policy<wait_fixed>);
static_assert(!stop_policy<decltype(of_outcome)>);
static_assert(!stop_policy<decltype(any{of_attempt, of_outcome})>);
static_assert(!stop_policy<decltype(of_attempt_to_text)>);
static_assert(!stop_policy<decltype(of_changing_attempt)>);
static_assert(!stop_policy<std::remove_const_t<decltype(changing)>>); // policies are immutable
static_assert(!stop_policy<decltype(duration_of_attempt)>);
static_assert(!stop_policy<bool>);

} // namespace
