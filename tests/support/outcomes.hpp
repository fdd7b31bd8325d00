// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_SUPPORT_OUTCOMES_HPP
#define BREAKERBOX_TESTS_SUPPORT_OUTCOMES_HPP

#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_of.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <type_traits>
#include <utility>

namespace support {

/// The outcome of an attempt that threw `e`.
template <class T = int, class E>
breakerbox::outcome_of<T> threw(E e) {
    return breakerbox::outcome_of<T>{std::make_exception_ptr(std::move(e))};
}

/// The outcome of an attempt that threw a boost::system::system_error with this code.
template <class Code>
breakerbox::outcome_of<int> failed_with(Code code) {
    return threw(boost::system::system_error{boost::system::error_code{code}});
}

/// The outcome of an attempt that ended with what `thrower` throws.
template <class T = int, class Thrower>
breakerbox::outcome_of<T> ended_in(Thrower thrower) {
    try {
        thrower();
    } catch (...) {
        return breakerbox::outcome_of<T>{std::current_exception()};
    }
    return {};
}

/// The outcome of an attempt that returned `value`.
template <class T>
breakerbox::outcome_of<std::decay_t<T>> returned(T&& value) {
    return breakerbox::outcome_of<std::decay_t<T>>{std::forward<T>(value)};
}

} // namespace support

#endif
