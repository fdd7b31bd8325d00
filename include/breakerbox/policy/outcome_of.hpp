// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_OUTCOME_OF_HPP
#define BREAKERBOX_POLICY_OUTCOME_OF_HPP

#include <breakerbox/base/permanent.hpp>
#include <breakerbox/policy/detail/result_view.hpp>
#include <breakerbox/policy/detail/take_permanence.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/result_traits.hpp>

#include <boost/config.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>

namespace breakerbox {

/// The outcome of an operation that returns a T, which may be move-only, without a default constructor, or
/// void.
template <class T>
class outcome_of final : public outcome {
public:
    outcome_of() = default;

    /// An outcome that holds a value, for tests of policies.
    template <class U>
        requires(std::is_constructible_v<T, U &&> &&
                 !std::is_same_v<std::remove_cvref_t<U>, std::exception_ptr>)
    explicit outcome_of(U&& value) {
        set_value(std::forward<U>(value));
    }

    /// An outcome that holds an exception, for tests of policies; `e` must not be null.
    explicit outcome_of(std::exception_ptr e) { hold_exception(std::move(e)); }

    /// Holds a T made from the argument; from none, where T is void.
    template <class... U>
    void set_value(U&&... value) {
        value_.emplace(std::forward<U>(value)...);
        if constexpr (carries_error<T>) {
            bool const has_error = result_traits<T>::has_error(*value_);
            bool const is_permanent = has_error && detail::take_permanence(*value_);
            hold_result(std::addressof(*value_), typeid(T), detail::result_view_of<T>, has_error,
                        is_permanent);
        } else
            hold_value(std::addressof(*value_), typeid(T));
    }

    /// Holds the exception being handled; `e` is that exception where its handler knows it as a
    /// std::exception.
    void set_current_exception(std::exception const* e = nullptr) noexcept {
        value_.reset();
        hold_current_exception(e);
    }

    /// Gives a permanent error its mark again, for a retrier around this one to see: throws an exception so, and puts it
    /// into a returned exception_ptr.
    BOOST_NOINLINE void mark_again() {
        if (has_exception())
            throw permanent{exception()};
        if constexpr (carries_error<T>)
            if constexpr (std::is_same_v<detail::error_type_of<T>, std::exception_ptr>) {
                using traits = result_traits<T>;
                *value_ = traits::from_error(
                    std::make_exception_ptr(permanent{traits::error(std::as_const(*value_))}));
            }
    }

    /// Destroys what it holds.
    void reset() noexcept {
        hold_nothing();
        value_.reset();
    }

    /// The value; there must be one.
    auto& value() noexcept { return *value_; }
    auto const& value() const noexcept { return *value_; }

private:
    std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> value_;
};

} // namespace breakerbox

#endif
