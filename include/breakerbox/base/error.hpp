// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_ERROR_HPP
#define BREAKERBOX_BASE_ERROR_HPP

#include <breakerbox/base/host_report.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/joined.hpp>
#include <breakerbox/base/printable.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>
#include <boost/system/system_error.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

namespace breakerbox {

/// What this library reports of itself; everything else that comes out of a call is the operation's own.
enum class errc {
    /// The breaker refused the call.
    host_unavailable = 1,
    /// The stop policy ended the retries, and the last attempt's exception could not be thrown on.
    attempts_exhausted = 2,
    /// A shared store could not be asked, and its `when_store_fails` is `fail`.
    store_failed = 3,
    /// An attempt took longer than its `with_timeout` allows. Equivalent to boost::system::errc::timed_out.
    attempt_timed_out = 4,
    /// The call's deadline had passed before an attempt could begin, left no time for another one, or cut one short that
    /// is `with_timeout`.
    deadline_exceeded = 5,
    /// The retry budget had nothing left for another attempt.
    budget_spent = 6,
};

namespace detail {

class error_category final : public boost::system::error_category {
public:
    constexpr error_category() noexcept : boost::system::error_category(0x62726b7262782e31) {}

    char const* name() const noexcept override { return "breakerbox"; }

    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
        case errc::host_unavailable:
            return "the host is unavailable";
        case errc::attempts_exhausted:
            return "the attempts are exhausted";
        case errc::store_failed:
            return "the breaker's store failed";
        case errc::attempt_timed_out:
            return "the attempt timed out";
        case errc::deadline_exceeded:
            return "the deadline is exceeded";
        case errc::budget_spent:
            return "the retry budget is spent";
        }
        return "unknown error";
    }

    boost::system::error_condition default_error_condition(int value) const noexcept override {
        if (static_cast<errc>(value) == errc::attempt_timed_out)
            return boost::system::errc::make_error_condition(boost::system::errc::timed_out);
        return {value, *this};
    }
};

inline constexpr error_category category_instance{};

} // namespace detail

inline boost::system::error_category const& breakerbox_category() noexcept {
    return detail::category_instance;
}

inline boost::system::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), breakerbox_category()};
}

/// The breaker refused a call; `code()` is `errc::host_unavailable`.
///
/// Copies share the evidence, so that copying throws nothing.
class host_unavailable : public boost::system::system_error {
public:
    explicit host_unavailable(rejection why)
        : system_error(make_error_code(errc::host_unavailable)),
          evidence_(std::make_shared<evidence>(std::move(why))) {}

    /// The refusal's evidence; it lives as long as a copy of this error does.
    rejection const& why() const noexcept { return evidence_->why; }

    /// The evidence as one line. Any threads may ask at once.
    char const* what() const noexcept override {
        try {
            std::call_once(evidence_->text_is_made, [this] {
                evidence_->text =
                    detail::joined({detail::report_text(evidence_->why), ": ", system_error::what()});
            });
            return evidence_->text.c_str();
        } catch (...) { // no memory for the text
            return system_error::what();
        }
    }

private:
    // Most refusals are never printed, and the text is what would cost most of making one.
    struct evidence {
        explicit evidence(rejection&& refusal) : why(std::move(refusal)) {}

        rejection why;
        std::once_flag text_is_made;
        std::string text;
    };

    std::shared_ptr<evidence> evidence_;
};

/// A breaker's shared store could not be asked; `code()` is `errc::store_failed`.
class store_error : public boost::system::system_error {
public:
    /// `text` is the server's, or empty.
    explicit store_error(boost::system::error_code cause, std::string const& text = {})
        : system_error(make_error_code(errc::store_failed),
                       detail::printable(text.empty() ? cause.message() : text)),
          cause_(cause) {}

    /// What went wrong, such as redis_errc::timed_out.
    boost::system::error_code const& cause() const noexcept { return cause_; }

private:
    boost::system::error_code cause_;
};

} // namespace breakerbox

template <>
struct boost::system::is_error_code_enum<breakerbox::errc> : std::true_type {};

#endif
