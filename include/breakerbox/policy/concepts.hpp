// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_CONCEPTS_HPP
#define BREAKERBOX_POLICY_CONCEPTS_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/policy/attempt.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_of.hpp>

#include <chrono>
#include <concepts>
#include <type_traits>

// The seams between a retrier and its policies. Policies of this library name the part they play, so that one
// in another's place is refused; a plain callable may play any part that its signature fits.

namespace breakerbox {

struct stop_category {};
struct retry_if_category {};
struct wait_category {};

namespace detail {

template <class P>
concept categorized = requires { typename P::category; };

template <class P, class Category>
concept of_category = requires { requires std::same_as<typename P::category, Category>; };

template <class P, class Category>
concept plays = of_category<P, Category> || !categorized<P>;

template <class>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

template <class D>
concept any_duration = is_duration<std::remove_cvref_t<D>>;

/// A wait policy may keep a `memory` of its own in each call, and is then asked with it.
template <class P>
concept remembers = requires { typename P::memory; };

struct no_memory {};

template <class P>
struct memory_of {
    using type = no_memory;
};
template <remembers P>
struct memory_of<P> {
    using type = typename P::memory;
};
template <class P>
using memory_of_t = typename memory_of<P>::type;

template <class P>
concept memoryless_wait = requires(P const& policy, attempt const& a) {
    { policy(a) } -> any_duration;
};

template <class P>
concept remembering_wait = remembers<P> && std::default_initializable<memory_of_t<P>> &&
                           requires(P const& policy, attempt const& a, memory_of_t<P>& memory) {
                               { policy(a, memory) } -> any_duration;
                           };

/// A call operator that is neither overloaded nor a template. Only such a one may be asked what it takes:
/// asking instantiates the body of a generic lambda.
template <class P>
concept plain_callable = requires { &P::operator(); } || std::is_function_v<std::remove_pointer_t<P>>;

template <class P>
concept takes_attempt = plain_callable<P> && std::invocable<P const&, attempt const&>;

template <class P>
concept may_be_retry_if = plays<P, retry_if_category> && (categorized<P> || !takes_attempt<P>);

} // namespace detail

/// `policy(attempt const&)` says whether to give up.
template <class P>
concept stop_policy = detail::plays<P, stop_category> && std::predicate<P const&, attempt const&>;

/// `policy(attempt const&)` says how long to wait before the next attempt, as any std::chrono::duration.
template <class P>
concept wait_policy =
    detail::plays<P, wait_category> && (detail::remembering_wait<P> || detail::memoryless_wait<P>);

/// `policy(outcome)` says whether the outcome of an operation that returns a T is a failure to be retried.
template <class P, class T>
concept retry_if_policy = detail::may_be_retry_if<P> && std::predicate<P const&, outcome_of<T> const&>;

/// Whether a policy looks at `attempt::elapsed`; a call none of whose policies does reads no clock. True
/// unless the policy says otherwise in a static member of this name.
template <class P>
inline constexpr bool reads_time = true;
template <class P>
    requires requires { P::reads_time; }
inline constexpr bool reads_time<P> = P::reads_time;

namespace detail {

/// Throws std::invalid_argument if the policy has a field that can't be right.
template <class P>
void validate(P const& policy) {
    if constexpr (requires { policy.validate(); })
        policy.validate();
}

} // namespace detail

} // namespace breakerbox

#endif
