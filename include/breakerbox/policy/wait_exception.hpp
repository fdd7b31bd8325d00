// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_WAIT_EXCEPTION_HPP
#define BREAKERBOX_POLICY_WAIT_EXCEPTION_HPP

#include <breakerbox/base/saturate.hpp>
#include <breakerbox/policy/attempt.hpp>
#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/detail/wrapped_callable.hpp>
#include <breakerbox/policy/fits_operation.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <type_traits>

// Waits that the exception tells.

namespace breakerbox {

/// As long as `f(e)` says of the attempt's exception e, where it is of the type of f's parameter, and no wait
/// where it isn't; an f that takes std::exception_ptr is asked about every exception. For servers that say
/// themselves when to come back.
template <class F>
class wait_exception : detail::wrapped_callable<F> {
public:
    using category = wait_category;
    static constexpr bool reads_time = false;
    using detail::wrapped_callable<F>::wrapped_callable;

    /// Whether f would ever be asked where the operation returns a T: of what is returned it isn't.
    template <class T>
    static constexpr bool fits =
        !detail::is_returned_as<detail::parameter_t<F>, T> || detail::looks_thrown<detail::parameter_t<F>>;

    duration operator()(attempt const& a) const {
        using exception = detail::parameter_t<F>;
        if (a.last == nullptr || !a.last->has_exception())
            return duration::zero();
        if constexpr (std::same_as<exception, std::exception_ptr>) {
            return detail::saturating_cast<duration>(std::invoke(this->callable_, a.last->exception()));
        } else {
            auto const* e = a.last->template exception_as<exception>();
            return e != nullptr ? detail::saturating_cast<duration>(std::invoke(this->callable_, *e))
                                : duration::zero();
        }
    }
};

template <class F>
wait_exception(F&&) -> wait_exception<std::decay_t<F>>;

} // namespace breakerbox

#endif
