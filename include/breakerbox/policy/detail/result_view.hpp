// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_DETAIL_RESULT_VIEW_HPP
#define BREAKERBOX_POLICY_DETAIL_RESULT_VIEW_HPP

#include <breakerbox/base/boost_error_code.hpp>
#include <breakerbox/policy/result_traits.hpp>

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
#include <type_traits>
#include <typeinfo>
#include <utility>

// A result seen without its type: its error, as a code, a text or itself, and the value that it carries.

namespace breakerbox::detail {

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

} // namespace breakerbox::detail

#endif
