// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_DETAIL_WRAPPED_CALLABLE_HPP
#define BREAKERBOX_DETAIL_WRAPPED_CALLABLE_HPP

#include <breakerbox/detail/named_first.hpp>

#include <boost/callable_traits/args.hpp>

#include <concepts>
#include <tuple>
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

template <class F>
concept takes_one_definite_type = requires { typename boost::callable_traits::args_t<F>; } &&
                                  std::tuple_size_v<boost::callable_traits::args_t<F>> == 1;

template <class F>
struct parameter {
    static_assert(
        takes_one_definite_type<F>,
        "breakerbox: this callable must take one parameter of a definite type, the exception it is about: "
        "[](my_error const& e) { ... }");
};
template <takes_one_definite_type F>
struct parameter<F> {
    using type = std::remove_cvref_t<std::tuple_element_t<0, boost::callable_traits::args_t<F>>>;
};

/// The type that the one parameter of a callable names, without const and reference.
template <class F>
using parameter_t = typename parameter<F>::type;

} // namespace breakerbox::detail

#endif
