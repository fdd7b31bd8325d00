// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_FITS_OPERATION_HPP
#define BREAKERBOX_POLICY_FITS_OPERATION_HPP

#include <breakerbox/policy/result_traits.hpp>

#include <concepts>
#include <exception>
#include <type_traits>
#include <utility>

// Whether a policy that looks at how an attempt ended would ever see anything, where the operation returns a T.

namespace breakerbox::detail {

/// Whether a parameter is what an operation that returns a T returns: that, its error, or the value that it carries.
template <class Parameter, class T>
inline constexpr bool is_returned_as = std::same_as<Parameter, T>;
template <class Parameter, carries_error T>
inline constexpr bool is_returned_as<Parameter, T> =
    std::same_as<Parameter, T> || std::same_as<Parameter, error_type_of<T>>;
template <class Parameter, carries_value T>
inline constexpr bool is_returned_as<Parameter, T> =
    std::same_as<Parameter, T> || std::same_as<Parameter, error_type_of<T>> ||
    std::same_as<Parameter, std::remove_cvref_t<decltype(result_traits<T>::value(std::declval<T const&>()))>>;

/// Whether a parameter looks like an exception's: nothing forbids to throw something else, but hardly anybody does.
template <class Parameter>
inline constexpr bool looks_thrown =
    std::same_as<Parameter, std::exception_ptr> || std::is_polymorphic_v<Parameter>;

/// A policy says it in a member `fits<T>`; one that doesn't sees something of each operation.
template <class Policy, class T>
inline constexpr bool fits_operation = true;
template <class Policy, class T>
    requires requires { Policy::template fits<T>; }
inline constexpr bool fits_operation<Policy, T> = Policy::template fits<T>;

} // namespace breakerbox::detail

#endif
