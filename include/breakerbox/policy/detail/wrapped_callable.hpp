// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_DETAIL_WRAPPED_CALLABLE_HPP
#define BREAKERBOX_POLICY_DETAIL_WRAPPED_CALLABLE_HPP

#include <breakerbox/base/named_first.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace breakerbox::detail {

/// A user's callable within a policy, with the one constructor that such policies need.
template <class F>
class wrapped_callable {
public:
    template <class U>
        requires(std::constructible_from<F, U &&> &&
                 !std::derived_from<std::remove_cvref_t<U>, wrapped_callable>)
    explicit constexpr wrapped_callable(U&& callable) : callable_(std::forward<U>(callable)) {
        require_named_first<U>();
    }

protected:
    F callable_;
};

// The one parameter that a callable names, for decltype alone. Boost.CallableTraits tells it too, but takes more memory to
// compile than all the policies.

template <class R, class P>
std::type_identity<P> parameter_of(R (*)(P));

/// A pointer to a member stands for a function of the object.
template <class M, class C>
    requires std::invocable<M C::*, C const&>
std::type_identity<C> parameter_of(M C::*);

template <class R, class F, class P>
std::type_identity<P> parameter_of_operator(R (F::*)(P));
template <class R, class F, class P>
std::type_identity<P> parameter_of_operator(R (F::*)(P) const);
template <class R, class F, class P>
std::type_identity<P> parameter_of_operator(R (F::*)(P) &);
template <class R, class F, class P>
std::type_identity<P> parameter_of_operator(R (F::*)(P) const&);

template <class F>
decltype(parameter_of_operator(&F::operator())) parameter_of(F const&);

template <class F>
decltype(detail::parameter_of(std::declval<F&>())) parameter_of(std::reference_wrapper<F> const&);

template <class F>
concept takes_one_definite_type = requires(F const& callable) { detail::parameter_of(callable); };

template <class F>
struct parameter {
    static_assert(
        takes_one_definite_type<F>,
        "breakerbox: this callable must take one parameter of a definite type, the exception it is about: "
        "[](my_error const& e) { ... }");
};
template <takes_one_definite_type F>
struct parameter<F> {
    using type = std::remove_cvref_t<typename decltype(detail::parameter_of(std::declval<F const&>()))::type>;
};

/// The type that the one parameter of a callable names, without const and reference.
template <class F>
using parameter_t = typename parameter<F>::type;

} // namespace breakerbox::detail

#endif
