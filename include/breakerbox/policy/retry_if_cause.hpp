// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_RETRY_IF_CAUSE_HPP
#define BREAKERBOX_POLICY_RETRY_IF_CAUSE_HPP

#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/detail/named_errors.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_of.hpp>

#include <cstddef>
#include <exception>
#include <utility>

// What is retried: exceptions, by the exceptions or errors that caused them.

namespace breakerbox {

namespace detail {

/// Whether `is_meant` holds for one of the causes that std::throw_with_nested has put into the exception, 64 levels deep
/// at most. An exception can be nested in itself, which is no cause.
template <class IsMeant>
bool has_cause(outcome const& o, IsMeant const& is_meant) {
    constexpr int deepest = 64;
    auto const* nesting = o.exception_as<std::nested_exception>();
    auto caused = nesting != nullptr ? o.exception() : nullptr; // keeps what `nesting` points to
    for (int depth = 0; nesting != nullptr && depth != deepest; ++depth) {
        auto cause = nesting->nested_ptr();
        if (cause == nullptr || cause == caused)
            return false;
        outcome_of<void> const of_cause{cause};
        if (is_meant(of_cause))
            return true;
        nesting = of_cause.template exception_as<std::nested_exception>();
        caused = std::move(cause);
    }
    return false;
}

} // namespace detail

/// An exception that was thrown, with std::throw_with_nested, because of one of E, 64 levels deep at most.
///
/// Each level of nesting costs a throw to be looked at.
template <class... E>
    requires(sizeof...(E) > 0)
struct retry_if_exception_cause {
    using category = retry_if_category;

    bool operator()(outcome const& o) const {
        return detail::has_cause(
            o, [](outcome const& cause) { return (... || (cause.exception_as<E>() != nullptr)); });
    }
};

/// An exception that was thrown, with std::throw_with_nested, because of an error with one of the codes, or equivalent to
/// one of the conditions, 64 levels deep at most. Each level of nesting costs a throw to be looked at.
template <std::size_t N>
    requires(N > 0)
class retry_if_error_cause {
public:
    using category = retry_if_category;

    template <class... Code>
        requires(sizeof...(Code) == N && (detail::names_an_error<Code> && ...))
    explicit retry_if_error_cause(Code... codes) : named_{codes...} {}

    bool operator()(outcome const& o) const {
        return detail::has_cause(o, [this](outcome const& cause) {
            auto const code = cause.error();
            return code && named_.match(*code);
        });
    }

private:
    detail::named_errors<N> named_;
};

template <class... Code>
    requires(detail::names_an_error<Code> && ...)
retry_if_error_cause(Code...) -> retry_if_error_cause<sizeof...(Code)>;

} // namespace breakerbox

#endif
