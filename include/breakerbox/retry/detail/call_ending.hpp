// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_CALL_ENDING_HPP
#define BREAKERBOX_RETRY_DETAIL_CALL_ENDING_HPP

#include <breakerbox/base/error.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/policy/library_error.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_of.hpp>
#include <breakerbox/policy/result_traits.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/retry/call_report.hpp>
#include <breakerbox/retry/detail/call_action.hpp>
#include <breakerbox/retry/detail/telling.hpp>
#include <breakerbox/retry/retry_end.hpp>
#include <breakerbox/retry/retry_error.hpp>

#include <boost/asio/error.hpp>
#include <boost/config.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

// How a call's end reaches its caller. `hold` is told how it ended, once its observer knows, and `give` gives the caller
// what the coroutine returns, or throws.

namespace breakerbox::detail {

/// The code of an end that is not with the operation's own outcome.
inline boost::system::error_code code_of(call_end const& end) noexcept {
    if (end.with == ends_with::refusal)
        return errc::host_unavailable;
    if (end.with == ends_with::no_other)
        return errc_of(end.why);
    switch (end.why) {
    case retry_end::deadline:
        return errc::deadline_exceeded;
    case retry_end::store_failed:
        return errc::store_failed;
    default:
        return boost::asio::error::operation_aborted;
    }
}

/// `end`, with the last attempt's own error where a call that gives up ends with that: where the user wants it, or an
/// outer retrier is to see it as if it had made the attempt itself. `raises` says what is wanted of exceptions and
/// returned errors.
inline call_end resolved(call_end end, outcome const& last, bool raises_exceptions, bool raises_errors) {
    if (end.with != ends_with::no_other)
        return end;
    bool const raises = last.has_exception() ? raises_exceptions && last.exception_as<try_again>() == nullptr
                                             : raises_errors && last.has_error();
    if (raises || end.why == retry_end::left_to_outer)
        end.with = ends_with::last_outcome;
    return end;
}

/// An error that was to go to a retrier around this one: marked permanent again. Throws an exception on.
template <class T>
BOOST_FORCEINLINE void let_out_error(outcome_of<T>& result, bool is_nested) {
    if (is_nested && result.is_permanent())
        result.mark_again();
    if (result.has_exception())
        std::rethrow_exception(result.exception());
}

template <class T, telling How>
class call_ending;

template <class T>
class call_ending<T, telling::thrown> {
public:
    using value = T;

    /// `why` is the refusal that the call ended with, or null; `thrown` whether what the breaker threw is to go on.
    BOOST_NOINLINE void hold(outcome_of<T>& result, call_end end, rejection const* why, bool reraise) {
        end_ = resolved(end, result, reraise, reraise);
        if (end_.with == ends_with::refusal)
            why_ = std::make_unique<rejection const>(*why);
        else if (end_.with == ends_with::own_error)
            result.reset();
    }

    /// `report` makes the report of the call; `source` is asked what a refusal throws.
    template <class Report, class Source>
    T give(outcome_of<T>& result, bool is_nested, Report const& report, Source const& source) {
        if (end_.with != ends_with::last_outcome)
            raise(result, report, source);
        let_out_error(result, is_nested);
        if constexpr (!std::is_void_v<T>)
            return std::move(result.value());
    }

private:
    template <class Report, class Source>
    [[noreturn]] BOOST_NOINLINE void raise(outcome_of<T>& result, Report const& report,
                                           Source const& source) {
        if (end_.with == ends_with::no_other)
            throw retry_error{report(), result};
        if constexpr (Source::is_guarded)
            if (end_.with == ends_with::refusal) {
                source.on_host_unavailable(*why_);
                throw host_unavailable{*why_};
            }
        if (result.has_exception()) // what the breaker threw instead of an answer
            std::rethrow_exception(result.exception());
        throw boost::system::system_error{code_of(end_)};
    }

    std::unique_ptr<rejection const> why_{};
    call_end end_{};
};

template <class T>
class call_ending<T, telling::returned> {
public:
    using value = T;

    BOOST_NOINLINE void hold(outcome_of<T>& result, call_end end, rejection const* why, bool reraise) {
        end = resolved(end, result, true, reraise);
        if (end.with != ends_with::last_outcome)
            result.set_value(library_error<T>(code_of(end), why));
    }

    template <class Report, class Source>
    T give(outcome_of<T>& result, bool is_nested, Report const&, Source const&) {
        let_out_error(result, is_nested);
        return std::move(result.value());
    }
};

template <class T>
class call_ending<T, telling::in_outcome> {
public:
    using value = call_outcome<T>;

    BOOST_NOINLINE void hold(outcome_of<T>& result, call_end end, rejection const* why, bool) {
        bool const is_last = end.with == ends_with::last_outcome || end.with == ends_with::no_other;
        if (is_last)
            error_ = result.error().value_or(boost::system::error_code{});
        if (end.with != ends_with::last_outcome && !error_)
            error_ = code_of(end);
        if (why != nullptr)
            why_ = std::make_shared<rejection const>(*why);
    }

    template <class Report, class Source>
    value give(outcome_of<T>& result, bool, Report const& report, Source const&) {
        auto told = report();
        told.why = std::move(why_);
        return {std::move(told), std::move(result), error_};
    }

private:
    std::shared_ptr<rejection const> why_{};
    boost::system::error_code error_{};
};

} // namespace breakerbox::detail

#endif
