// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_RETRY_ERROR_HPP
#define BREAKERBOX_RETRY_RETRY_ERROR_HPP

#include <breakerbox/base/error.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_of.hpp>
#include <breakerbox/retry/call_report.hpp>
#include <breakerbox/retry/retry_end.hpp>

#include <boost/system/system_error.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace breakerbox {

namespace detail {

/// What a call is said to have ended with where its last attempt left nothing that could be thrown on or returned.
inline errc errc_of(retry_end end) noexcept {
    switch (end) {
    case retry_end::deadline:
        return errc::deadline_exceeded;
    case retry_end::budget_spent:
        return errc::budget_spent;
    default:
        return errc::attempts_exhausted;
    }
}

/// What a call's last value is called.
inline std::string last_value_text(call_report const& report) {
    auto const text = report.history.empty() ? std::string{} : report.history.back().error();
    return text.empty() ? "a value" : text;
}

} // namespace detail

/// There was no further attempt, and the last one left no exception that could be thrown on: it ended with a value, with
/// `try_again`, or the retrier was made with `.reraise = false`. `code()` is `errc::attempts_exhausted`,
/// `deadline_exceeded` or `budget_spent`.
class retry_error : public boost::system::system_error {
public:
    /// Takes the value out of `last`.
    template <class T>
    retry_error(call_report report, outcome_of<T>& last)
        : system_error(make_error_code(detail::errc_of(report.end)),
                       std::string{to_string(report.end)} + ' ' + detail::counted_attempts(report.attempts) +
                           ", the last of which ended with " +
                           (last.has_value() ? detail::last_value_text(report) : last.text())),
          report_(std::make_shared<call_report const>(std::move(report))),
          exception_(last.exception()) {
        if constexpr (!std::is_void_v<T>) {
            if (last.has_value()) {
                value_ = std::make_shared<T>(std::move(last.value()));
                value_type_ = &typeid(T);
            }
        }
    }

    std::uint64_t attempts() const noexcept { return report_->attempts; }

    /// How the call went. It lives as long as a copy of this error does.
    call_report const& report() const noexcept { return *report_; }

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
    // Shared, since exceptions are copied and values may be move-only.
    std::shared_ptr<call_report const> report_;
    std::exception_ptr exception_;
    std::shared_ptr<void const> value_;
    std::type_info const* value_type_ = nullptr;
};

} // namespace breakerbox

#endif
