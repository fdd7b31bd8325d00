// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_CALL_REPORT_HPP
#define BREAKERBOX_RETRY_CALL_REPORT_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/duration_text.hpp>
#include <breakerbox/base/host_report.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/printable.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_of.hpp>
#include <breakerbox/retry/retry_end.hpp>

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace breakerbox {

/// One attempt of a call that has ended.
struct attempt_record {
    /// Counted from 1.
    std::uint64_t number = 1;
    /// When it began, after the beginning of the call, and how long it took; as `attempt::elapsed` both are zero where
    /// the call read no clock.
    duration start = duration::zero();
    duration took = duration::zero();
    /// What the breaker was told.
    verdict result = verdict::neutral;
    /// What it threw, or null.
    std::exception_ptr exception{};
    /// The text of what it returned: of an error its own, of a value that was retried or counted as a failure what
    /// `retrier_options::describe` said of it; or empty.
    std::string returned{};
    /// The wait that was begun after it; zero after the last attempt.
    duration wait_after = duration::zero();

    /// The text of what it threw or returned, on one line as `outcome::text` gives it; empty if there is none.
    std::string error() const {
        return exception ? outcome_of<void>{exception}.text() : detail::printable(returned);
    }
};

/// How a call went: why it ended, and what its attempts were. Printed, it takes a line for itself and one for each
/// attempt.
struct call_report {
    /// By default that of no call.
    retry_end end = retry_end::cancelled;
    /// How many attempts were made; zero where the first one was refused.
    std::uint64_t attempts = 0;
    /// How long the call took, its waits included; zero where it read no clock.
    duration took = duration::zero();
    /// The last attempts, in their order: at most `retrier_options::history`.
    std::vector<attempt_record> history{};
    /// Why the breaker refused; null unless it did.
    std::shared_ptr<rejection const> why{};
};

namespace detail {

inline std::string counted_attempts(std::uint64_t attempts) {
    return attempts == 0 ? "without an attempt" : "after " + counted(attempts, "attempt");
}

} // namespace detail

inline std::ostream& operator<<(std::ostream& out, attempt_record const& attempt) {
    out << "attempt " << attempt.number << " at " << detail::duration_text(attempt.start) << ": "
        << attempt.result << " after " << detail::duration_text(attempt.took);
    if (auto const text = attempt.error(); !text.empty())
        out << ": " << text;
    if (attempt.wait_after > duration::zero())
        out << "; then a wait of " << detail::duration_text(attempt.wait_after);
    return out;
}

inline std::ostream& operator<<(std::ostream& out, call_report const& call) {
    out << to_string(call.end) << ' ' << detail::counted_attempts(call.attempts) << " in "
        << detail::duration_text(call.took);
    if (call.why)
        out << ": " << *call.why;
    if (call.attempts > call.history.size())
        out << "\n  " << detail::counted(call.attempts - call.history.size(), "earlier attempt")
            << " not kept";
    for (auto const& attempt : call.history)
        out << "\n  " << attempt;
    return out;
}

/// How a call of an operation that returns a T ended, and went. What `retry` would have thrown is here a value.
template <class T>
class [[nodiscard]] call_outcome : public call_report {
public:
    /// That of no call, no success; asio::co_spawn makes one beside an exception.
    call_outcome() = default;

    /// `last` is what the last attempt ended with, where the call still had it; `error` the code of what the call ended
    /// with, where it has one.
    call_outcome(call_report report, outcome_of<T>&& last, boost::system::error_code error)
        : call_report(std::move(report)), error_(error), exception_(last.exception()) {
        if (last.has_value())
            value_.emplace(std::move(last.value()));
    }

    /// Whether the call succeeded.
    explicit operator bool() const noexcept { return end == retry_end::succeeded; }

    /// Whether there is a value: the call's, or the one that its last attempt ended with. It goes where a wait follows
    /// it.
    bool has_value() const noexcept { return value_.has_value(); }

    /// The value; std::bad_optional_access where there is none. Of an operation without one, nothing to look at.
    auto& value() & { return value_.value(); }
    auto const& value() const& { return value_.value(); }
    auto&& value() && { return std::move(value_).value(); }

    /// What the last attempt threw, or null. It goes where a wait follows it; `history` has it still.
    std::exception_ptr const& exception() const noexcept { return exception_; }

    /// The code of what the call ended with: the last attempt's, or where that bears none, or the end was not the
    /// operation's, one of this library's or Asio's. Zero after a success, and for an error that bears no code and is not
    /// retried.
    boost::system::error_code const& error() const noexcept { return error_; }

private:
    boost::system::error_code error_;
    std::exception_ptr exception_;
    std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> value_;
};

} // namespace breakerbox

#endif
