// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_RESULT_TRAITS_HPP
#define BREAKERBOX_POLICY_RESULT_TRAITS_HPP

#include <breakerbox/base/boost_error_code.hpp>
#include <breakerbox/base/error.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/permanent.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <version>

#if defined(__cpp_lib_expected)
#include <expected>
#endif

// Operations that return their errors instead of throwing them. Known are boost::system::result, std::expected where
// the standard library has it (both of an error type that can be copied), error codes, and a tuple that begins with one,
// as Asio's as_tuple makes it, and whose other elements have a default constructor.

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

/// The error code of a system_error of Boost or of the standard library.
inline std::optional<boost::system::error_code> code_of_thrown(std::exception_ptr const& e) {
    try {
        if (e)
            std::rethrow_exception(e);
    } catch (boost::system::system_error const& known) {
        return known.code();
    } catch (std::system_error const& known) {
        return boost_error_code(known.code());
    } catch (...) {
    }
    return std::nullopt;
}

inline std::string text_of_thrown(std::exception_ptr const& e) {
    try {
        if (e)
            std::rethrow_exception(e);
    } catch (std::exception const& known) {
        return known.what();
    } catch (...) {
    }
    return "unknown exception";
}

/// The error code that an error is or bears, if any.
template <class E>
std::optional<boost::system::error_code> code_of(E const& e) {
    if constexpr (std::same_as<E, std::exception_ptr>)
        return code_of_thrown(e);
    else if constexpr (std::same_as<E, std::error_code>)
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
    if constexpr (std::same_as<E, std::exception_ptr>)
        return text_of_thrown(e);
    else if constexpr (requires {
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

/// What to know of a result without knowing its type.
struct result_view {
    std::optional<boost::system::error_code> (*code)(void const* result);
    std::string (*text)(void const* result);
    /// Shows its error, where there is one, which may be made for the occasion.
    void (*show_error)(void const* result, void const* viewer,
                       void (*show)(void const* viewer, void const* error));
    std::type_info const* error_type;
    /// The value that it carries, where there is no error.
    void const* (*carried)(void const* result);
    /// Null where it can carry none.
    std::type_info const* carried_type;
};

template <class R>
concept carries_value = carries_error<R> && requires(R const& r) { result_traits<R>::value(r); };

template <carries_error R>
constexpr result_view view_of_result() {
    result_view view{
        [](void const* r) { return code_of(result_traits<R>::error(*static_cast<R const*>(r))); },
        [](void const* r) { return error_text(result_traits<R>::error(*static_cast<R const*>(r))); },
        [](void const* r, void const* viewer, void (*show)(void const*, void const*)) {
            auto const& error = result_traits<R>::error(*static_cast<R const*>(r));
            show(viewer, std::addressof(error));
        },
        &typeid(error_type_of<R>),
        [](void const*) -> void const* { return nullptr; },
        nullptr};
    if constexpr (carries_value<R>) {
        view.carried = [](void const* r) -> void const* {
            return std::addressof(result_traits<R>::value(*static_cast<R const*>(r)));
        };
        view.carried_type =
            &typeid(std::remove_cvref_t<decltype(result_traits<R>::value(std::declval<R const&>()))>);
    }
    return view;
}

template <carries_error R>
inline constexpr result_view result_view_of = view_of_result<R>();

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

/// Whether an R's error says of itself that it is permanent. One that is an exception_ptr of a `permanent` is replaced by
/// the error within.
template <carries_error R>
bool take_permanence(R& result) {
    using error = error_type_of<R>;
    if constexpr (tells_permanence<error>) {
        return static_cast<bool>(result_traits<R>::error(std::as_const(result)).is_permanent());
    } else if constexpr (std::same_as<error, std::exception_ptr>) {
        bool is_permanent = false;
        while (auto within = error_within(result_traits<R>::error(std::as_const(result)))) {
            result = result_traits<R>::from_error(std::move(within));
            is_permanent = true;
        }
        return is_permanent;
    } else {
        return false;
    }
}

/// Asks a predicate about an operation's value: about all of it, or where it takes that, about the value that a result
/// carries. Nothing where there is none.
template <class Predicate, class R>
concept asks_about = std::predicate<Predicate const&, R const&>;

template <class Predicate, class R>
concept asks_about_carried = carries_value<R> && !asks_about<Predicate, R> && requires(R const& r) {
    requires std::predicate<Predicate const&, decltype(result_traits<R>::value(r))>;
};

} // namespace detail

} // namespace breakerbox

#endif
