// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_RETRY_IF_RESULT_HPP
#define BREAKERBOX_POLICY_RETRY_IF_RESULT_HPP

#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/detail/wrapped_callable.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_of.hpp>
#include <breakerbox/policy/result_traits.hpp>

#include <concepts>
#include <functional>
#include <type_traits>

// What is retried: values that the operation returns.

namespace breakerbox {

namespace detail {

/// Asks a predicate about an operation's value: about all of it, or where it takes that, about the value that a result
/// carries. Nothing where there is none.
template <class Predicate, class R>
concept asks_about = std::predicate<Predicate const&, R const&>;

template <class Predicate, class R>
concept asks_about_carried = carries_value<R> && !asks_about<Predicate, R> && requires(R const& r) {
    requires std::predicate<Predicate const&, decltype(result_traits<R>::value(r))>;
};

} // namespace detail

/// A value for which `predicate(value)` is true. Exceptions are not retried. Of an operation that returns a result the
/// predicate may take the result, or what it carries; it is then not asked about errors.
template <class Predicate>
class retry_if_result : detail::wrapped_callable<Predicate> {
public:
    using category = retry_if_category;

    using detail::wrapped_callable<Predicate>::wrapped_callable;

    template <class T>
        requires detail::asks_about<Predicate, T>
    bool operator()(outcome_of<T> const& o) const {
        return o.has_value() && std::invoke(this->callable_, o.value());
    }
    template <class T>
        requires detail::asks_about_carried<Predicate, T>
    bool operator()(outcome_of<T> const& o) const {
        return o.has_value() && !o.has_error() &&
               std::invoke(this->callable_, result_traits<T>::value(o.value()));
    }
};

template <class P>
retry_if_result(P&&) -> retry_if_result<std::decay_t<P>>;

/// A value for which `predicate(value)` is false. Exceptions are not retried. Of results the same holds as for
/// `retry_if_result`.
template <class Predicate>
class retry_if_not_result : detail::wrapped_callable<Predicate> {
public:
    using category = retry_if_category;

    using detail::wrapped_callable<Predicate>::wrapped_callable;

    template <class T>
        requires detail::asks_about<Predicate, T>
    bool operator()(outcome_of<T> const& o) const {
        return o.has_value() && !std::invoke(this->callable_, o.value());
    }
    template <class T>
        requires detail::asks_about_carried<Predicate, T>
    bool operator()(outcome_of<T> const& o) const {
        return o.has_value() && !o.has_error() &&
               !std::invoke(this->callable_, result_traits<T>::value(o.value()));
    }
};

template <class P>
retry_if_not_result(P&&) -> retry_if_not_result<std::decay_t<P>>;

} // namespace breakerbox

#endif
