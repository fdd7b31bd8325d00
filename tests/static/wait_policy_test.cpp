// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/wait.hpp>

#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <stdexcept>
#include <type_traits>

namespace {

using namespace breakerbox;

constexpr auto to_hours = [](attempt const&) { return std::chrono::hours{1}; };
constexpr auto to_fraction = [](attempt const&) { return std::chrono::duration<double>{0.5}; };
constexpr auto to_int = [](attempt const&) { return 1; };
constexpr auto to_bool = [](attempt const&) { return true; };
constexpr auto to_time_point = [](attempt const&) { return std::chrono::steady_clock::now(); };
constexpr auto of_outcome = [](outcome const&) { return duration{}; };
constexpr auto of_exception = [](std::exception const&) { return duration{}; };
constexpr auto changing = [n = 0](attempt const&) mutable { return std::chrono::seconds{++n}; };

struct remembering {
    struct memory {
        int asked = 0;
    };
    duration operator()(attempt const&, memory&) const;
};
struct forgetful { // names a memory, but is not asked with it
    struct memory {};
    bool operator()(attempt const&) const;
};
struct unbegun { // its memory can't begin by itself
    struct memory {
        explicit memory(int);
    };
    duration operator()(attempt const&, memory&) const;
};

static_assert(wait_policy<wait_none>);
static_assert(wait_policy<wait_fixed>);
static_assert(wait_policy<wait_random>);
static_assert(wait_policy<wait_incrementing>);
static_assert(wait_policy<wait_exponential>);
static_assert(wait_policy<wait_random_exponential>);
static_assert(wait_policy<wait_exponential_jitter>);
static_assert(wait_policy<wait_decorrelated_jitter>);
static_assert(wait_policy<decltype(wait_chain{wait_none{}, to_hours})>);
static_assert(wait_policy<decltype(wait_none{} + to_fraction)>);
static_assert(wait_policy<decltype(wait_chain{wait_decorrelated_jitter{}, wait_none{} + wait_none{}})>);
static_assert(wait_policy<decltype(wait_exception{of_exception})>);
static_assert(wait_policy<decltype(to_hours)>);
static_assert(wait_policy<decltype(to_fraction)>);
static_assert(wait_policy<std::chrono::milliseconds (*)(attempt const&)>);
static_assert(wait_policy<std::function<duration(attempt const&)>>);
static_assert(wait_policy<remembering>);

static_assert(!wait_policy<stop_never>);
static_assert(!wait_policy<stop_after_attempt>);
static_assert(!wait_policy<retry_always>);
static_assert(!wait_policy<decltype(to_int)>);
static_assert(!wait_policy<decltype(to_bool)>);
static_assert(!wait_policy<decltype(to_time_point)>);
static_assert(!wait_policy<decltype(of_outcome)>);
static_assert(!wait_policy<decltype(of_exception)>);
static_assert(!wait_policy<std::remove_const_t<decltype(changing)>>);
static_assert(!wait_policy<forgetful>);
static_assert(!wait_policy<unbegun>);
static_assert(!wait_policy<duration>);

// Sums are of waits alone.
template <class A, class B>
concept addable = requires(A const& a, B const& b) { a + b; };
static_assert(addable<wait_none, wait_fixed>);
static_assert(addable<wait_none, decltype(to_hours)>);
static_assert(addable<decltype(to_hours), wait_none>);
static_assert(!addable<decltype(to_hours), decltype(to_hours)>);
static_assert(!addable<wait_none, stop_never>);
static_assert(!addable<wait_none, decltype(to_bool)>);
static_assert(!addable<wait_none, duration>);
static_assert(!addable<stop_never, stop_never>);
static_assert(!addable<retry_always, retry_always>);

} // namespace
