// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_RETRY_IF_HPP
#define BREAKERBOX_POLICY_RETRY_IF_HPP

#include <breakerbox/base/boost_error_code.hpp>
#include <breakerbox/base/error.hpp>
#include <breakerbox/policy/combine.hpp>
#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/detail/wrapped_callable.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/result_traits.hpp>
#include <breakerbox/policy/time_out.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>

#include <array>
#include <concepts>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

// What counts as a failure: it is retried, and counted by the breaker. A retry_if policy is asked once about
// the outcome of each attempt, an exception or a value. Any callable `bool(outcome const&)` is one; `a | b`,
// `a & b` and `!a` combine them. All are immutable, and safe to share between any number of calls and
// threads.
//
// About two errors only a policy is asked that names them: asio's operation_aborted, see `retry_if_error`, and a breaker's
// refusal that comes out of the operation, as that of a retrier within it. To ask a host again that is known to be down
// must be meant, as where each attempt takes another one. A refusal is named by its code, `retry_if_error{
// errc::host_unavailable}`, or by its type, in `retry_if_exception<host_unavailable>` or as what the predicate of
// `retry_if_exception_that` takes. What takes more, such as `retry_always`, `retry_if_exception<>`, `retry_if_error{}` or
// a predicate on every outcome, doesn't name it, nor does `!a`. A combination names it where one of its policies does.

namespace breakerbox {

/// Thrown by an operation that wants to be tried again whatever its retry_if policy says. When the attempts
/// end with one, the call throws `retry_error`; of an operation that returns its errors `errc::attempts_exhausted` comes
/// back.
struct try_again : std::exception {
    char const* what() const noexcept override { return "try again"; }
};

/// Everything: each exception, and each value.
struct retry_always {
    using category = retry_if_category;

    constexpr bool operator()(outcome const&) const noexcept { return true; }
};

/// Nothing.
struct retry_never {
    using category = retry_if_category;

    constexpr bool operator()(outcome const&) const noexcept { return false; }
};

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

namespace detail {

/// Whether `is_meant` holds for something that the exception was thrown because of, with std::throw_with_nested, 64
/// levels deep at most. An exception can be nested in itself, which is no cause.
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

namespace detail {

template <class Code>
concept names_an_error =
    std::convertible_to<Code, boost::system::error_code> ||
    std::convertible_to<Code, boost::system::error_condition> || std::convertible_to<Code, std::error_code> ||
    std::convertible_to<Code, std::error_condition>;

/// So many codes and conditions, of Boost's or of the standard library's.
template <std::size_t N>
class named_errors {
public:
    template <class... Code>
    explicit named_errors(Code... codes) : named_{named(codes)...} {}

    bool match(boost::system::error_code const& code) const {
        for (auto const& one : named_)
            if (std::visit([&](auto const& n) { return is_one(code, n); }, one))
                return true;
        return false;
    }

private:
    using code_or_condition =
        std::variant<boost::system::error_code, boost::system::error_condition, std::error_condition>;

    template <class Named>
    static bool is_one(boost::system::error_code const& code, Named const& named) {
        if constexpr (std::same_as<Named, std::error_condition>)
            return static_cast<std::error_code>(code) == named ||
                   (named == std::errc::timed_out && is_time_out(code));
        else if constexpr (std::same_as<Named, boost::system::error_condition>)
            return code == named || (named == boost::system::errc::timed_out && is_time_out(code));
        else
            return code == named;
    }

    template <class Code>
    static code_or_condition named(Code code) {
        if constexpr (std::same_as<Code, std::errc>)
            return boost::system::error_condition{static_cast<int>(code), boost::system::generic_category()};
        else if constexpr (std::same_as<Code, std::error_code>)
            return boost_error_code(code);
        else if constexpr (std::convertible_to<Code, boost::system::error_code>)
            return boost::system::error_code{code};
        else if constexpr (std::convertible_to<Code, boost::system::error_condition>)
            return boost::system::error_condition{code};
        else if constexpr (std::convertible_to<Code, std::error_code>)
            return boost_error_code(std::error_code{code});
        else
            return std::error_condition{code};
    }

    std::array<code_or_condition, N> named_;
};

} // namespace detail

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
