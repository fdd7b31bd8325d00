// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_CALL_ATTEMPT_HPP
#define BREAKERBOX_RETRY_DETAIL_CALL_ATTEMPT_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_of.hpp>
#include <breakerbox/retry/detail/judgement.hpp>

#include <optional>

namespace breakerbox::detail {

/// How one attempt of a call went.
struct attempt_facts {
    /// Since the beginning of the call.
    duration began = duration::zero();
    duration took = duration::zero();
    judgement judged = judgement::success;
    /// What it says of its host.
    verdict meaning = verdict::neutral;
    bool is_cut_by_deadline = false;
    /// Whether the call was cancelled while the breaker was told.
    bool was_report_cancelled = false;
    /// Whether it has left its host open.
    bool is_host_open = false;

    /// Whether it was no plain success, so that somebody may want a text of its value.
    bool is_worth_describing() const noexcept {
        return judged == judgement::failure || meaning == verdict::failure;
    }
};

/// One attempt of a call: what the breaker granted for it, and what it ended with.
template <class T, class Permit>
struct call_attempt : attempt_facts {
    std::optional<Permit> grant{};
    outcome_of<T> result{};
};

} // namespace breakerbox::detail

#endif
