// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_NAMED_FIRST_HPP
#define BREAKERBOX_BASE_NAMED_FIRST_HPP

#include <breakerbox/base/config.hpp>

#include <type_traits>

namespace breakerbox::detail {

/// Policies of this library have constructors, whatever they wrap.
template <class T>
concept made_by_constructor =
    !std::is_aggregate_v<T> && (std::is_move_assignable_v<T> || requires { typename T::category; });

/// Whether an argument deduced as T&& would be destroyed twice by g++ 12 if it was built inside a co_await
/// expression: a temporary that owns something and that no constructor has made. Closures are told by not
/// being assignable.
template <class T>
inline constexpr bool destroyed_twice_by_gcc12 =
    !std::is_lvalue_reference_v<T> && !std::is_trivially_destructible_v<std::remove_cvref_t<T>> &&
    !made_by_constructor<std::remove_cvref_t<T>>;

template <class... T>
constexpr void require_named_first() {
    static_assert(
        !BREAKERBOX_REFUSES_OWNING_TEMPORARIES || (!destroyed_twice_by_gcc12<T> && ...),
        "breakerbox: g++ 12 destroys this temporary twice if it stands in a co_await expression; give "
        "the lambda or aggregate a name first and pass it as an lvalue");
}

} // namespace breakerbox::detail

#endif
