// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_ATTEMPT_JUDGE_HPP
#define BREAKERBOX_RETRY_DETAIL_ATTEMPT_JUDGE_HPP

#include <breakerbox/base/breaker_state.hpp>
#include <breakerbox/base/callback.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/outcome_of.hpp>
#include <breakerbox/retry/detail/attempt_cut.hpp>
#include <breakerbox/retry/detail/call_attempt.hpp>
#include <breakerbox/retry/detail/judgement.hpp>

#include <boost/config.hpp>

namespace breakerbox::detail {

/// What users say attempts mean, beside the policies; see `retrier_options`.
struct attempt_judge {
    callback<verdict(outcome const&, verdict)> classify{};
    bool (*is_time_out)(outcome const&) = nullptr;

    /// Classifies what an attempt ended with, by `decisions`, whose time is that of its end. `noted` is what its time-out
    /// noted of it, or null, and `fair_time` the time that each call has.
    template <class Decisions, class T>
    BOOST_FORCEINLINE void judge(attempt_facts& attempt, outcome_of<T> const& result, Decisions& decisions,
                                 bool cancelled, attempt_cut const* noted, duration fair_time) const {
        attempt.took = decisions.now().elapsed - attempt.began;
        auto const by = decisions.what_cut(result, noted != nullptr ? noted->by : cut_by::nothing);
        attempt.judged = decisions.judge(result, cancelled, by);
        attempt.is_cut_by_deadline = by == cut_by::deadline && attempt.judged != judgement::cancelled;
        if (attempt.judged == judgement::success)
            attempt.meaning = verdict::success;
        else if (!attempt.is_cut_by_deadline)
            attempt.meaning = verdict_of(attempt.judged, result, by, is_time_out);
        else if (noted != nullptr && noted->by == cut_by::deadline)
            attempt.meaning = verdict_of_cut(noted->fair, noted->had);
        else
            attempt.meaning = verdict_of_cut(fair_time, attempt.took);
        if (classify && attempt.judged != judgement::cancelled)
            attempt.meaning = classify(result, attempt.meaning);
    }
};

} // namespace breakerbox::detail

#endif
