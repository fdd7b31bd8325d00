// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_PERMANENT_HPP
#define BREAKERBOX_BASE_PERMANENT_HPP

#include <concepts>
#include <exception>
#include <type_traits>
#include <utility>

namespace breakerbox {

/// Thrown by an operation whose error no further attempt can mend, whatever the retry_if policy says of it:
///
///     throw bb::permanent{no_such_account{name}};
///     catch (...) { throw bb::permanent{std::current_exception()}; }
///
/// The call ends with the error within, thrown on as it is; policies, observers and reports see that error alone, and the
/// breaker is told what it would be told of it: a failure where the retry_if policy matches it, neutral where not. A
/// retrier called `within` an attempt of another one passes the mark on, so that the other one ends as well.
///
/// An operation that returns its errors has one of a type with a member `is_permanent()`, or a std::exception_ptr of this.
class permanent : public std::exception {
public:
    /// `error` must not be null.
    explicit permanent(std::exception_ptr error) noexcept : error_(std::move(error)) {}

    template <class E>
        requires(!std::derived_from<E, permanent> && std::copy_constructible<E>)
    explicit permanent(E error) : error_(std::make_exception_ptr(std::move(error))) {}

    /// What comes out of the call.
    std::exception_ptr const& error() const noexcept { return error_; }

    char const* what() const noexcept override { return "permanent error"; }

private:
    std::exception_ptr error_;
};

namespace detail {

/// An error type that says of itself whether another attempt could mend it.
template <class E>
concept tells_permanence = requires(E const& e) {
    { e.is_permanent() } -> std::convertible_to<bool>;
};

/// The error within a permanent one, or null where it is none.
inline std::exception_ptr error_within(std::exception_ptr const& e) {
    try {
        if (e)
            std::rethrow_exception(e);
    } catch (permanent const& marked) {
        return marked.error();
    } catch (...) {
    }
    return nullptr;
}

} // namespace detail

} // namespace breakerbox

#endif
