// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/breakerbox.hpp>

#include <string>
#include <type_traits>

namespace {

using namespace breakerbox;

// ---- Below g++ 13 a temporary in a co_await expression is only safe if it owns nothing or has a
// constructor.

template <class T>
constexpr bool safe_as_temporary = std::is_trivially_destructible_v<T> || !std::is_aggregate_v<T>;

struct owning_aggregate {
    std::string owned;
};
static_assert(!safe_as_temporary<owning_aggregate>); // the check can fail

template <class... T>
constexpr bool all_safe = (safe_as_temporary<T> && ...);

static_assert(
    all_safe<stop_never, stop_after_attempt, stop_after_delay, stop_before_delay, stop_when_requested>);
static_assert(all_safe<wait_none, wait_fixed, wait_random, wait_incrementing, wait_exponential,
                       wait_random_exponential, wait_exponential_jitter, wait_decorrelated_jitter>);
static_assert(all_safe<retry_always, retry_never, retry_if_exception<int>, retry_if_not_exception<int>,
                       retry_unless_exception<int>, retry_if_exception_cause<int>, retry_if_exception_message,
                       retry_if_error<1>>);
static_assert(all_safe<host_name, host_unavailable, retry_error>);

// Options own nothing at all: what they hold are numbers, views, and callables that are trivial.
template <class... T>
constexpr bool own_nothing = ((std::is_aggregate_v<T> && std::is_trivially_destructible_v<T>)&&...);
static_assert(!own_nothing<owning_aggregate>); // the check can fail
static_assert(own_nothing<retrier_options<>, wait_until_available, circuit_breaker_options,
                          memory_store_options, change_history_options, retry_after_options>);
static_assert(own_nothing<failure_count, consecutive_failures, failure_rate, slow_call, recovery>);

// What wraps a callable is as trivial as that, or has a constructor.
using trivial = decltype([](int) { return true; });
using owns = decltype([owned = std::string{}](int) { return owned.empty(); });
static_assert(std::is_trivially_destructible_v<retry_if_result<trivial>>);
static_assert(all_safe<retry_if_result<owns>, retry_if_not_result<owns>, retry_if_exception_that<owns>,
                       wait_exception<owns>, any<owns>, all<owns>, negation<owns>>);
static_assert(all_safe<wait_chain<wait_none>, wait_combine<wait_none>>);

// ---- Sizes

static_assert(sizeof(callback<void(retry_event const&)>) == 4 * sizeof(void*));
static_assert(std::is_trivially_copyable_v<callback<void(retry_event const&)>>);
static_assert(sizeof(circuit_breaker<memory_store<failure_count>>::permit) == 40);
static_assert(sizeof(circuit_breaker<memory_store<consecutive_failures>>::permit) == 32);
static_assert(sizeof(circuit_breaker<memory_store<failure_rate>>::permit) == 32);
// Who uses failure_count pays for no other rule.
static_assert(sizeof(failure_count::state) == 24);
static_assert(sizeof(memory_store<failure_count>::ticket) == 8);
static_assert(sizeof(host_name) <= host_name::inline_capacity + 3 * sizeof(void*));

// A call copies its policies: those that hold nothing take no room but their place in the object.
static_assert(std::is_empty_v<stop_never> && std::is_empty_v<wait_none>);
static_assert(std::is_empty_v<retry_always> && std::is_empty_v<retry_if_exception<int, long>>);
static_assert(sizeof(stop_after_attempt) == 8 && sizeof(wait_fixed) == 8);
static_assert(sizeof(wait_exponential_jitter) == 32);

// ---- Copies and moves

using memory_breaker = circuit_breaker<memory_store<failure_count>>;
static_assert(!std::is_copy_constructible_v<memory_breaker> && !std::is_move_constructible_v<memory_breaker>);
static_assert(!std::is_copy_constructible_v<memory_breaker::permit>);
static_assert(std::is_nothrow_move_constructible_v<memory_breaker::permit>);
static_assert(std::has_virtual_destructor_v<memory_breaker>);
static_assert(!std::is_copy_constructible_v<outcome> && !std::is_copy_constructible_v<outcome_of<int>>);
static_assert(!std::is_constructible_v<outcome>); // only as outcome_of
static_assert(std::is_nothrow_copy_constructible_v<retry_error>);
static_assert(std::is_copy_constructible_v<retrier<stop_never, retry_always, wait_none>>);

} // namespace
