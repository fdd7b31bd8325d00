// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_DETAIL_RETRY_DECISIONS_HPP
#define BREAKERBOX_DETAIL_RETRY_DECISIONS_HPP

#include <breakerbox/attempt.hpp>
#include <breakerbox/combine.hpp>
#include <breakerbox/concepts.hpp>
#include <breakerbox/error.hpp>
#include <breakerbox/host_status.hpp>
#include <breakerbox/outcome.hpp>
#include <breakerbox/retry_event.hpp>
#include <breakerbox/retry_if.hpp>
#include <breakerbox/wait.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <optional>
#include <utility>

namespace breakerbox::detail {

/// What an attempt's outcome means for the call.
enum class judgement : std::uint8_t { success, failure, not_retryable, cancelled };

/// What the breaker is told of an outcome that has been judged so. Who calls a host that doesn't answer in time has
/// learnt something of that host, whether or not it tries again.
inline verdict verdict_of(judgement j, outcome const& ended) {
    switch (j) {
    case judgement::success:
        return verdict::success;
    case judgement::failure:
        return verdict::failure;
    case judgement::not_retryable:
        return ended.error() == boost::system::errc::timed_out ? verdict::failure : verdict::neutral;
    case judgement::cancelled:
        break;
    }
    return verdict::neutral;
}

/// All that a retrier decides in one call, without I/O, clock or coroutine: it is told what happened, and
/// says what to do.
template <class Stop, class RetryIf, class Wait>
class retry_decisions {
public:
    static constexpr bool reads_time = breakerbox::reads_time<Stop> || breakerbox::reads_time<Wait>;

    retry_decisions(Stop stop, RetryIf retry_if, Wait wait, std::optional<std::uint64_t> seed = std::nullopt)
        : stop_(std::move(stop)),
          retry_if_(std::move(retry_if)),
          wait_(std::move(wait)),
          now_{.random = seed ? random_source{*seed} : random_source{}} {}

    attempt const& now() const noexcept { return now_; }
    void set_elapsed(duration elapsed) noexcept { now_.elapsed = elapsed; }

    /// Classifies the outcome of the attempt. `cancelled` says whether the call itself has been cancelled by
    /// now.
    template <class T>
    judgement judge(outcome_of<T> const& result, bool cancelled) {
        now_.last = &result;
        if (result.has_exception()) {
            auto const code = result.error();
            if (cancelled || (code == operation_aborted() && !names_error(retry_if_, operation_aborted())))
                return judgement::cancelled;
            // A breaker's refusal, of a retrier within the operation, is not retried either.
            if (code == make_error_code(errc::host_unavailable))
                return judgement::not_retryable;
            if (result.template exception_as<try_again>() != nullptr)
                return judgement::failure;
            return retry_if_(result) ? judgement::failure : judgement::not_retryable;
        }
        if (!retry_if_(result))
            return judgement::success;
        return cancelled ? judgement::cancelled : judgement::failure;
    }

    /// After a failure: whether another attempt follows, after `now().upcoming_wait`.
    bool goes_on() {
        now_.upcoming_wait = ask(wait_, now_, memory_);
        return !stop_(std::as_const(now_));
    }

    /// To be called before the outcome of the attempt goes.
    void forget_outcome() noexcept { now_.last = nullptr; }

    void begin_next_attempt() noexcept {
        ++now_.number;
        forget_outcome();
        now_.upcoming_wait = duration::zero();
    }

private:
    static boost::system::error_code operation_aborted() noexcept {
        return boost::asio::error::operation_aborted;
    }

    Stop stop_;
    RetryIf retry_if_;
    Wait wait_;
    [[no_unique_address]] memory_of_t<Wait> memory_{};
    attempt now_;
};

} // namespace breakerbox::detail

#endif
