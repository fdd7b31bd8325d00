// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_DETAIL_TAKE_PERMANENCE_HPP
#define BREAKERBOX_POLICY_DETAIL_TAKE_PERMANENCE_HPP

#include <breakerbox/base/permanent.hpp>
#include <breakerbox/policy/result_traits.hpp>

#include <concepts>
#include <exception>
#include <utility>

namespace breakerbox::detail {

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

} // namespace breakerbox::detail

#endif
