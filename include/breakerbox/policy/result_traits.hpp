// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_RESULT_TRAITS_HPP
#define BREAKERBOX_POLICY_RESULT_TRAITS_HPP

#include <boost/system/error_code.hpp>

#include <concepts>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>
#include <version>

#if defined(__cpp_lib_expected)
#include <expected>
#endif

// Operations may return their errors instead of throwing them. The types known here are boost::system::result,
// std::expected where the standard library has it (both with an error type that can be copied), error codes, and tuples
// as Asio's as_tuple makes them: an error code first, then elements that have a default constructor.

// Declared and not included: who uses it has <boost/system/result.hpp>, and others need not compile that.
namespace boost::system {
template <class T, class E>
class result;
}

namespace breakerbox {

/// Makes a type known that carries a value or an error. To make one's own known, specialise this for it, with
///
///     static bool has_error(R const&);
///     static E error(R const&);               // or E const&; called only where there is an error
///     static R from_error(E);                 // how a refusal or a time-out comes back
///     static T const& value(R const&);        // not needed; what retry_if_result's predicate may take
///
/// An E is made of this library's errors: of a boost::system::error_code or a std::error_code, or of the `rejection` where
/// it can be made of that; or it is std::exception_ptr. Its code is looked at where it is one, converts to one or has a
/// member `code()`: without one, a retrier around another doesn't know a refusal or a time-out of the inner one.
template <class R>
struct result_traits {};

template <class T, class E>
struct result_traits<boost::system::result<T, E>> {
    using result = boost::system::result<T, E>;

    static bool has_error(result const& r) noexcept { return r.has_error(); }
    static E error(result const& r) { return r.error(); }
    static result from_error(E e) { return result{result::in_place_error, std::move(e)}; }
    static auto const& value(result const& r)
        requires(!std::is_void_v<T>)
    {
        return *r;
    }
};

#if defined(__cpp_lib_expected)
template <class T, class E>
struct result_traits<std::expected<T, E>> {
    using result = std::expected<T, E>;

    static bool has_error(result const& r) noexcept { return !r.has_value(); }
    static E const& error(result const& r) { return r.error(); }
    static result from_error(E e) { return std::unexpected<E>{std::move(e)}; }
    static auto const& value(result const& r)
        requires(!std::is_void_v<T>)
    {
        return *r;
    }
};
#endif

/// An operation that returns nothing but an error code.
template <class Code>
    requires(std::same_as<Code, boost::system::error_code> || std::same_as<Code, std::error_code>)
struct result_traits<Code> {
    static bool has_error(Code const& code) noexcept { return static_cast<bool>(code); }
    static Code error(Code const& code) noexcept { return code; }
    static Code from_error(Code code) noexcept { return code; }
};

template <class... T>
    requires(std::default_initializable<T> && ...)
struct result_traits<std::tuple<boost::system::error_code, T...>> {
    using result = std::tuple<boost::system::error_code, T...>;

    static bool has_error(result const& r) noexcept { return std::get<0>(r).failed(); }
    static boost::system::error_code error(result const& r) noexcept { return std::get<0>(r); }
    static result from_error(boost::system::error_code e) { return result{e, T{}...}; }
};

/// A type that carries a value or an error, and is known by its `result_traits`.
template <class R>
concept carries_error = requires(R const& r) {
    { result_traits<R>::has_error(r) } -> std::convertible_to<bool>;
    { result_traits<R>::from_error(result_traits<R>::error(r)) } -> std::same_as<R>;
};

namespace detail {

template <carries_error R>
using error_type_of = std::remove_cvref_t<decltype(result_traits<R>::error(std::declval<R const&>()))>;

/// Carries a value that its traits tell.
template <class R>
concept carries_value = carries_error<R> && requires(R const& r) { result_traits<R>::value(r); };

} // namespace detail

} // namespace breakerbox

#endif
