// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_ERROR_HPP
#define BREAKERBOX_RETRY_ERROR_HPP

#include <breakerbox/error.hpp>
#include <breakerbox/outcome.hpp>

#include <boost/system/system_error.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace breakerbox {

/// The stop policy ended a call whose last attempt left no exception that could be thrown on: it ended with a
/// value, with `try_again`, or the retrier was made with `.reraise = false`. `code()` is
/// `errc::attempts_exhausted`.
class retry_error : public boost::system::system_error {
public:
    /// Takes the value out of `last`.
    template <class T>
    retry_error(std::uint64_t attempts, outcome_of<T>& last)
        : system_error(make_error_code(errc::attempts_exhausted),
                       "gave up after " + std::to_string(attempts) +
                           (attempts == 1 ? " attempt" : " attempts") + ", the last of which ended with " +
                           (last.has_value() ? "a value" : last.text())),
          attempts_(attempts),
          exception_(last.exception()) {
        if constexpr (!std::is_void_v<T>) {
            if (last.has_value()) {
                value_ = std::make_shared<T>(std::move(last.value()));
                value_type_ = &typeid(T);
            }
        }
    }

    std::uint64_t attempts() const noexcept { return attempts_; }

    /// What the last attempt threw, or null.
    std::exception_ptr const& exception() const noexcept { return exception_; }

    /// What the last attempt returned if it is exactly a T, or null. It lives as long as a copy of this error
    /// does.
    template <class T>
    T const* value() const noexcept {
        return value_type_ != nullptr && *value_type_ == typeid(T) ? static_cast<T const*>(value_.get())
                                                                   : nullptr;
    }

private:
    std::uint64_t attempts_;
    std::exception_ptr exception_;
    std::shared_ptr<void const> value_; // shared, since exceptions are copied and values may be move-only
    std::type_info const* value_type_ = nullptr;
};

} // namespace breakerbox

#endif
