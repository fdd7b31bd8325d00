// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_CALL_LOG_HPP
#define BREAKERBOX_RETRY_DETAIL_CALL_LOG_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/callback.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_text.hpp>
#include <breakerbox/retry/call_report.hpp>
#include <breakerbox/retry/detail/attempt_history.hpp>
#include <breakerbox/retry/detail/call_attempt.hpp>
#include <breakerbox/retry/detail/telling.hpp>
#include <breakerbox/retry/retry_event.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace breakerbox::detail {

/// What is told of a call: to its observer step by step, and in a report at its end.
template <telling How>
class call_log {
public:
    call_log(callback<void(retry_event const&)> const& observer, describer const& describe,
             std::size_t most_attempts) noexcept
        : observer_(observer), describe_(describe), most_attempts_(most_attempts) {}

    bool is_observed() const noexcept { return static_cast<bool>(observer_); }
    void tell(retry_event const& event) const noexcept { detail::tell(observer_, event); }

    /// What describes the value of an attempt that was no plain success, or null.
    describer const* describing(attempt_facts const& attempt) const noexcept {
        return attempt.is_worth_describing() ? &describe_ : nullptr;
    }

    /// Whether the attempt was a failure that a text can be had of.
    bool has_failure_text(attempt_facts const& attempt, outcome const& ended) const noexcept {
        return attempt.meaning == verdict::failure && (ended.has_error() || describe_);
    }
    std::string text(attempt_facts const& attempt, outcome const& ended) const {
        return text_of(ended, describing(attempt));
    }

    /// Keeps an attempt for the report, where there may be one.
    void keep(std::uint64_t number, attempt_facts const& attempt, outcome const& ended) {
        if constexpr (How == telling::returned)
            return;
        else if (How == telling::in_outcome || attempt.judged == judgement::failure)
            history_.add(most_attempts_, number, attempt.began, attempt.took, attempt.meaning, ended,
                         describing(attempt));
    }

    /// The last attempt is followed by a wait.
    void keep_wait([[maybe_unused]] duration wait) noexcept {
        if constexpr (How != telling::returned)
            history_.add_wait(wait);
    }

    call_report report(retry_end end, std::uint64_t attempts, duration took) noexcept
        requires(How != telling::returned)
    {
        return {end, attempts, took, history_.take()};
    }

private:
    struct no_history {};

    callback<void(retry_event const&)> observer_;
    describer describe_;
    std::size_t most_attempts_;
    [[no_unique_address]] std::conditional_t<How == telling::returned, no_history, attempt_history>
        history_{};
};

} // namespace breakerbox::detail

#endif
