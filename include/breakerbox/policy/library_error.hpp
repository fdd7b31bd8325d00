// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_LIBRARY_ERROR_HPP
#define BREAKERBOX_POLICY_LIBRARY_ERROR_HPP

#include <breakerbox/base/error.hpp>
#include <breakerbox/policy/result_traits.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <exception>
#include <system_error>

namespace breakerbox::detail {

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

} // namespace breakerbox::detail

#endif
