// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_RETRY_IF_ERROR_HPP
#define BREAKERBOX_POLICY_RETRY_IF_ERROR_HPP

#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/detail/named_errors.hpp>
#include <breakerbox/policy/detail/wrapped_callable.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_of.hpp>
#include <breakerbox/policy/result_traits.hpp>

#include <boost/system/error_code.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>

// What is retried: errors, by code, whether thrown or returned, or by a predicate on a returned one.

namespace breakerbox {

/// An error with one of the codes, or equivalent to one of the conditions, thrown as a system_error or returned:
/// `retry_if_error{asio::error::connection_reset, std::errc::timed_out}`. Codes, conditions and system_errors may be of
/// Boost or of the standard library. The condition errc::timed_out means whatever `is_time_out` knows. Without any, as
/// `retry_if_error{}`, every error, thrown or returned.
///
/// An attempt that ends in asio::error::operation_aborted counts as cancelled, and is only retried where a
/// retry_if_error names that code, or a condition that it fulfils, and the call itself was not cancelled.
template <std::size_t N>
class retry_if_error {
public:
    using category = retry_if_category;

    template <class... Code>
        requires(sizeof...(Code) == N && (detail::names_an_error<Code> && ...))
    explicit retry_if_error(Code... codes) : named_{codes...} {}

    bool operator()(outcome const& o) const {
        if constexpr (N == 0) {
            return o.has_error();
        } else {
            auto const code = o.error();
            return code && named_.match(*code);
        }
    }

    /// Whether this policy means `code`.
    bool names_error(boost::system::error_code const& code) const { return named_.match(code); }

    /// Whether this policy means the code of `refused`.
    bool names_refusal(outcome const& refused) const {
        auto const code = refused.error();
        return code && named_.match(*code);
    }

private:
    detail::named_errors<N> named_;
};

template <class... Code>
    requires(detail::names_an_error<Code> && ...)
retry_if_error(Code...) -> retry_if_error<sizeof...(Code)>;

/// A returned error for which `predicate(error)` is true, where the operation returns one of the type of the predicate's
/// parameter. Exceptions are not retried.
template <class Predicate>
class retry_if_error_that : detail::wrapped_callable<Predicate> {
public:
    using category = retry_if_category;

    using detail::wrapped_callable<Predicate>::wrapped_callable;

    template <carries_error T>
        requires std::predicate<Predicate const&, detail::error_type_of<T> const&>
    bool operator()(outcome_of<T> const& o) const {
        return o.has_value() && o.has_error() &&
               std::invoke(this->callable_, result_traits<T>::error(o.value()));
    }
};

template <class P>
retry_if_error_that(P&&) -> retry_if_error_that<std::decay_t<P>>;

} // namespace breakerbox

#endif
