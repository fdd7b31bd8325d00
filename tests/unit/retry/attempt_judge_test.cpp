// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/retry/detail/attempt_judge.hpp>

#include <breakerbox/base/error.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/detail/retry_decisions.hpp>

#include "support/outcomes.hpp"

#include <boost/asio/error.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <optional>

namespace attempt_judge_test {

using namespace breakerbox;
using namespace std::chrono_literals;
using detail::attempt_cut;
using detail::attempt_facts;
using detail::attempt_judge;
using detail::cut_by;
using detail::judgement;

namespace {

/// How an attempt went that began 2 s after its call, whose deadline is at 10 s, and ended at `now`.
template <class RetryIf>
attempt_facts judged(RetryIf retry_if, outcome_of<int> const& result, duration now, attempt_judge judge = {},
                     std::optional<attempt_cut> noted = std::nullopt, bool cancelled = false) {
    detail::retry_decisions decisions{stop_never{}, retry_if, wait_none{}};
    decisions.set_deadline(10s);
    decisions.set_elapsed(now);
    attempt_facts facts{.began = 2s};
    judge.judge(facts, result, decisions, cancelled, noted ? &*noted : nullptr, 10s);
    return facts;
}

auto const reset = support::failed_with(boost::asio::error::connection_reset);
auto const late = support::failed_with(errc::deadline_exceeded);

} // namespace

TEST_CASE("attempt_judge: the attempt took what passed since it began, and means what the policy says") {
    auto const failed = judged(retry_always{}, reset, 5s);
    CHECK(failed.took == 3s);
    CHECK(failed.judged == judgement::failure);
    CHECK(failed.meaning == verdict::failure);
    CHECK(failed.is_worth_describing());

    auto const good = judged(retry_never{}, support::returned(1), 5s);
    CHECK(good.judged == judgement::success);
    CHECK(good.meaning == verdict::success);
    CHECK_FALSE(good.is_worth_describing());

    CHECK(judged(retry_never{}, reset, 5s).meaning == verdict::neutral);
}

TEST_CASE("attempt_judge: what the deadline has cut is the host's failure if it had half of a fair time") {
    CHECK(judged(retry_always{}, late, 10s).is_cut_by_deadline);
    CHECK(judged(retry_always{}, late, 10s).meaning == verdict::failure); // 8 s of 10
    CHECK_FALSE(judged(retry_always{}, late, 9s).is_cut_by_deadline);     // of another call

    attempt_cut const short_cut{.fair = 20s, .had = 8s, .by = cut_by::deadline};
    CHECK(judged(retry_always{}, late, 10s, {}, short_cut).meaning == verdict::neutral);
    attempt_cut const timed_out{.fair = 3s, .had = 3s, .by = cut_by::time_out};
    CHECK(judged(retry_never{}, reset, 10s, {}, timed_out).meaning == verdict::failure);
}

TEST_CASE("attempt_judge: the user's classification is heard last, but not of a cancelled attempt") {
    attempt_judge const judge{.classify = [](outcome const&, verdict v) {
        return v == verdict::success ? verdict::failure : verdict::success;
    }};
    CHECK(judged(retry_never{}, support::returned(1), 5s, judge).meaning == verdict::failure);
    CHECK(judged(retry_always{}, reset, 5s, judge).meaning == verdict::success);
    auto const cancelled = judged(retry_always{}, reset, 5s, judge, std::nullopt, true);
    CHECK(cancelled.judged == judgement::cancelled);
    CHECK(cancelled.meaning == verdict::neutral);
}

TEST_CASE("attempt_judge: what the user calls a time-out is the host's failure though it isn't retried") {
    attempt_judge const judge{.is_time_out = [](outcome const&) { return true; }};
    CHECK(judged(retry_never{}, reset, 5s, judge).meaning == verdict::failure);
}

} // namespace attempt_judge_test
