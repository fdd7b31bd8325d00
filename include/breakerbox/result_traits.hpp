// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RESULT_TRAITS_HPP
#define BREAKERBOX_RESULT_TRAITS_HPP

#include <breakerbox/detail/boost_error_code.hpp>
#include <breakerbox/error.hpp>
#include <breakerbox/host_status.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <exception>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>
#include <version>

#if defined(__cpp_lib_expected)
#include <expected>
#endif

// Operations that return their errors instead of throwing them. Known are boost::system::result, std::expected where
// the standard library has it, and a tuple that begins with an error code, as Asio's as_tuple makes it.

namespace breakerbox {

/// Makes a type known that carries a value or an error. To make one's own known, specialise this for it, with
///
///     static bool has_error(R const&);
///     static E error(R const&);               // or E const&; called only where there is an error
///     static R from_error(E);                 // how a refusal or a time-out comes back
///     static T const& value(R const&);        // not needed; what retry_if_result's predicate may take
///
/// An E that can be made of a `rejection` gets the whole of it on a refusal; otherwise it must be one that a
/// boost::system::error_code or a std::error_code can be made into, or std::exception_ptr.
template <class R>
struct result_traits {};

template <class T, class E>
struct result_traits<boost::system::result<T, E>> {
    using result = boost::system::result<T, E>;

    static bool has_error(result const& r) noexcept { return r.has_error(); }
    static E error(result const& r) { return r.error(); }
    static result from_error(E e) { return result{boost::system::in_place_error, std::move(e)}; }
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

/// The error code that an error is or bears, if any.
template <class E>
std::optional<boost::system::error_code> code_of(E const& e) {
    if constexpr (std::same_as<E, std::error_code>)
        return boost_error_code(e);
    else if constexpr (std::convertible_to<E const&, boost::system::error_code>)
        return static_cast<boost::system::error_code>(e);
    else if constexpr (requires {
                           { e.code() } -> std::convertible_to<boost::system::error_code>;
                       })
        return static_cast<boost::system::error_code>(e.code());
    else
        return std::nullopt;
}

template <class E>
std::string error_text(E const& e) {
    if constexpr (requires {
                      { e.message() } -> std::convertible_to<std::string>;
                  })
        return e.message();
    else if constexpr (requires {
                           { e.what() } -> std::convertible_to<std::string>;
                       })
        return e.what();
    else if constexpr (std::convertible_to<E const&, std::string_view>)
        return std::string{std::string_view{e}};
    else if constexpr (std::convertible_to<E const&, boost::system::error_code>)
        return static_cast<boost::system::error_code>(e).message();
    else if constexpr (requires(std::ostream& out) { out << e; }) {
        std::ostringstream text;
        text << e;
        return text.str();
    } else {
        return "error";
    }
}

/// What to know of the error within a value without knowing the value's type.
struct error_view {
    std::optional<boost::system::error_code> (*code)(void const* value);
    std::string (*text)(void const* value);
};

template <carries_error R>
inline constexpr error_view error_view_of{
    [](void const* value) { return code_of(result_traits<R>::error(*static_cast<R const*>(value))); },
    [](void const* value) { return error_text(result_traits<R>::error(*static_cast<R const*>(value))); }};

template <class E>
concept error_from_library =
    std::constructible_from<E, boost::system::error_code> || std::constructible_from<E, std::error_code> ||
    std::same_as<E, std::exception_ptr>;

/// An error of this library's own, as an R; `why` is null but for a refusal.
template <carries_error R>
R library_error(boost::system::error_code const& code, rejection const* why = nullptr) {
    using error = error_type_of<R>;
    static_assert(
        error_from_library<error>,
        "breakerbox: a refusal or a time-out comes back in the operation's own result, whose error type "
        "must be one that a boost::system::error_code can be made into");
    if constexpr (std::constructible_from<error, rejection const&>)
        if (why != nullptr)
            return result_traits<R>::from_error(error(*why));
    if constexpr (std::same_as<error, std::exception_ptr>)
        return result_traits<R>::from_error(why != nullptr
                                                ? std::make_exception_ptr(host_unavailable{*why})
                                                : std::make_exception_ptr(boost::system::system_error{code}));
    else if constexpr (std::constructible_from<error, boost::system::error_code>)
        return result_traits<R>::from_error(error(code));
    else
        return result_traits<R>::from_error(error(static_cast<std::error_code>(code)));
}

/// Asks a predicate about an operation's value: about all of it, or where it takes that, about the value that a result
/// carries. Nothing where there is none.
template <class Predicate, class R>
concept asks_about = std::predicate<Predicate const&, R const&>;

template <class Predicate, class R>
concept asks_about_carried = carries_error<R> && !asks_about<Predicate, R> && requires(R const& r) {
    requires std::predicate<Predicate const&, decltype(result_traits<R>::value(r))>;
};

} // namespace detail

} // namespace breakerbox

#endif
