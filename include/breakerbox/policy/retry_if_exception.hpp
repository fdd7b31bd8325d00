// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_RETRY_IF_EXCEPTION_HPP
#define BREAKERBOX_POLICY_RETRY_IF_EXCEPTION_HPP

#include <breakerbox/base/error.hpp>
#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/detail/wrapped_callable.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/result_traits.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// What is retried: exceptions, by type, by a predicate or by their text.

namespace breakerbox {

/// An exception that is one of E, or any exception where none is given. Values are not retried, nor are errors that
/// the operation returns: for those there is `retry_if_error`.
template <class... E>
struct retry_if_exception {
    using category = retry_if_category;
    /// An operation that returns its errors could be asked in vain.
    template <class T>
    static constexpr bool fits = sizeof...(E) != 0 || !carries_error<T>;

    bool operator()(outcome const& o) const {
        return o.has_exception() && (sizeof...(E) == 0 || (... || (o.exception_as<E>() != nullptr)));
    }

    /// Whether one of E is a refusal's type, and `refused` ended with it.
    bool names_refusal(outcome const& refused) const {
        return (... || (std::derived_from<E, host_unavailable> && refused.exception_as<E>() != nullptr));
    }
};

/// An exception that is none of E. Values are not retried.
template <class... E>
    requires(sizeof...(E) > 0)
struct retry_if_not_exception {
    using category = retry_if_category;
    template <class T>
    static constexpr bool fits = !carries_error<T>;

    bool operator()(outcome const& o) const {
        return o.has_exception() && (... && (o.exception_as<E>() == nullptr));
    }
};

/// Everything, values too, until an exception comes that is one of E: for polls that an exception ends.
template <class... E>
    requires(sizeof...(E) > 0)
struct retry_unless_exception {
    using category = retry_if_category;

    bool operator()(outcome const& o) const { return (... && (o.exception_as<E>() == nullptr)); }
};

/// An exception for which `predicate(e)` is true, where it is of the type of the predicate's parameter; a
/// predicate that takes std::exception_ptr is asked about every exception.
template <class Predicate>
class retry_if_exception_that : detail::wrapped_callable<Predicate> {
public:
    using category = retry_if_category;

    using detail::wrapped_callable<Predicate>::wrapped_callable;

    bool operator()(outcome const& o) const {
        using exception = detail::parameter_t<Predicate>;
        if constexpr (std::same_as<exception, std::exception_ptr>) {
            return o.has_exception() && std::invoke(this->callable_, o.exception());
        } else {
            auto const* e = o.exception_as<exception>();
            return e != nullptr && std::invoke(this->callable_, *e);
        }
    }

    /// Whether the predicate takes refusals alone, and `refused` ended with one that it takes.
    bool names_refusal(outcome const& refused) const {
        using exception = detail::parameter_t<Predicate>;
        if constexpr (std::derived_from<exception, host_unavailable>)
            return refused.exception_as<exception>() != nullptr;
        else
            return false;
    }
};

template <class P>
retry_if_exception_that(P&&) -> retry_if_exception_that<std::decay_t<P>>;

/// An exception whose `what()` contains `text`.
class retry_if_exception_message {
public:
    using category = retry_if_category;

    explicit retry_if_exception_message(std::string text) : text_(std::move(text)) {}

    bool operator()(outcome const& o) const {
        auto const* e = o.exception_as<std::exception>();
        return e != nullptr && std::string_view{e->what()}.find(text_) != std::string_view::npos;
    }

private:
    std::string text_;
};

} // namespace breakerbox

#endif
