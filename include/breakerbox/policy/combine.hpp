// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_COMBINE_HPP
#define BREAKERBOX_POLICY_COMBINE_HPP

#include <breakerbox/base/named_first.hpp>
#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/fits_operation.hpp>
#include <breakerbox/policy/outcome.hpp>

#include <boost/system/error_code.hpp>

#include <concepts>
#include <tuple>
#include <type_traits>
#include <utility>

// `a | b`, `a & b` and `!a`, for stop policies and for retry_if policies, never for a mixture.

namespace breakerbox {

namespace detail {

/// Gives a combination the part its members play, where one of them names it.
template <class... P>
struct category_of_all {};
template <categorized First, class... P>
struct category_of_all<First, P...> {
    using category = typename First::category;
};
template <class First, class... P>
    requires(!categorized<First>)
struct category_of_all<First, P...> : category_of_all<P...> {};

/// Whether a retry_if policy names this error code, so that it is to be asked even about asio's
/// operation_aborted.
template <class P>
bool names_error(P const& policy, boost::system::error_code const& code) {
    if constexpr (requires { policy.names_error(code); })
        return policy.names_error(code);
    else
        return false;
}

/// Whether a retry_if policy names a breaker's refusal, that `refused` ended with, by its code or its type. Only then is
/// it asked about one.
template <class P>
bool names_refusal(P const& policy, outcome const& refused) {
    if constexpr (requires { policy.names_refusal(refused); })
        return policy.names_refusal(refused);
    else
        return false;
}

template <class... P>
class combination : public category_of_all<P...> {
    static_assert(sizeof...(P) > 0, "breakerbox: a combination needs at least one policy");

public:
    static constexpr bool reads_time = (breakerbox::reads_time<P> || ...);

    template <class... U>
        requires(sizeof...(U) == sizeof...(P) && (std::constructible_from<P, U&&> && ...))
    explicit constexpr combination(std::in_place_t, U&&... policies)
        : policies_(std::forward<U>(policies)...) {
        require_named_first<U...>();
    }

    void validate() const {
        std::apply([](auto const&... p) { (detail::validate(p), ...); }, policies_);
    }

    bool names_error(boost::system::error_code const& code) const {
        return std::apply([&](auto const&... p) { return (detail::names_error(p, code) || ...); }, policies_);
    }

    bool names_refusal(outcome const& refused) const {
        return std::apply([&](auto const&... p) { return (detail::names_refusal(p, refused) || ...); },
                          policies_);
    }

protected:
    std::tuple<P...> policies_;
};

} // namespace detail

/// Says yes if one of the policies does; they are asked in order, and no further than needed.
template <class... P>
class any : public detail::combination<P...> {
public:
    template <class T>
    static constexpr bool fits = (detail::fits_operation<P, T> || ...);

    template <class... U>
        requires(sizeof...(U) == sizeof...(P) && (std::constructible_from<P, U&&> && ...))
    explicit constexpr any(U&&... policies)
        : detail::combination<P...>(std::in_place, std::forward<U>(policies)...) {}

    template <class Subject>
        requires(std::predicate<P const&, Subject const&> && ...)
    constexpr bool operator()(Subject const& subject) const {
        return std::apply([&](auto const&... p) { return (static_cast<bool>(p(subject)) || ...); },
                          this->policies_);
    }
};

template <class... P>
any(P&&...) -> any<std::decay_t<P>...>;

/// Says yes if all of the policies do; they are asked in order, and no further than needed.
template <class... P>
class all : public detail::combination<P...> {
public:
    template <class T>
    static constexpr bool fits = (detail::fits_operation<P, T> && ...);

    template <class... U>
        requires(sizeof...(U) == sizeof...(P) && (std::constructible_from<P, U&&> && ...))
    explicit constexpr all(U&&... policies)
        : detail::combination<P...>(std::in_place, std::forward<U>(policies)...) {}

    template <class Subject>
        requires(std::predicate<P const&, Subject const&> && ...)
    constexpr bool operator()(Subject const& subject) const {
        return std::apply([&](auto const&... p) { return (static_cast<bool>(p(subject)) && ...); },
                          this->policies_);
    }
};

template <class... P>
all(P&&...) -> all<std::decay_t<P>...>;

/// Says yes where the policy says no.
template <class P>
class negation : public detail::combination<P> {
public:
    explicit constexpr negation(P policy) : detail::combination<P>(std::in_place, std::move(policy)) {}

    template <class Subject>
        requires std::predicate<P const&, Subject const&>
    constexpr bool operator()(Subject const& subject) const {
        return !std::get<0>(this->policies_)(subject);
    }

    /// Not to match a code is not to ask for it.
    bool names_error(boost::system::error_code const&) const noexcept { return false; }
    bool names_refusal(outcome const&) const noexcept { return false; }
};

namespace detail {

template <class P, class Category>
concept combinable_as = (std::is_class_v<P> || std::is_function_v<std::remove_pointer_t<P>>)&&(
    (std::same_as<Category, stop_category> && stop_policy<P>) ||
    (std::same_as<Category, retry_if_category> && may_be_retry_if<P>));

template <class A, class B, class Category>
concept combinable_pair =
    (of_category<A, Category> || of_category<B, Category>)&&combinable_as<A, Category> &&
    combinable_as<B, Category>;

template <class A, class B>
concept combinable = combinable_pair<std::decay_t<A>, std::decay_t<B>, stop_category> ||
                     combinable_pair<std::decay_t<A>, std::decay_t<B>, retry_if_category>;

} // namespace detail

template <class A, class B>
    requires detail::combinable<A, B>
constexpr auto operator|(A&& a, B&& b) {
    return any<std::decay_t<A>, std::decay_t<B>>{std::forward<A>(a), std::forward<B>(b)};
}

template <class A, class B>
    requires detail::combinable<A, B>
constexpr auto operator&(A&& a, B&& b) {
    return all<std::decay_t<A>, std::decay_t<B>>{std::forward<A>(a), std::forward<B>(b)};
}

template <class P>
    requires(detail::of_category<std::decay_t<P>, retry_if_category> ||
             detail::of_category<std::decay_t<P>, stop_category>)
constexpr auto operator!(P&& policy) {
    return negation<std::decay_t<P>>{std::forward<P>(policy)};
}

} // namespace breakerbox

#endif
