// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_CALL_PARTS_HPP
#define BREAKERBOX_RETRY_DETAIL_CALL_PARTS_HPP

#include <breakerbox/base/host_status.hpp>
#include <breakerbox/policy/attempt.hpp>
#include <breakerbox/retry/call_report.hpp>
#include <breakerbox/retry/detail/attempt_judge.hpp>
#include <breakerbox/retry/detail/budget_share.hpp>
#include <breakerbox/retry/detail/call_action.hpp>
#include <breakerbox/retry/detail/call_attempt.hpp>
#include <breakerbox/retry/detail/call_clock.hpp>
#include <breakerbox/retry/detail/call_ending.hpp>
#include <breakerbox/retry/detail/call_limits.hpp>
#include <breakerbox/retry/detail/call_log.hpp>
#include <breakerbox/retry/detail/call_machine.hpp>
#include <breakerbox/retry/detail/grant_source.hpp>
#include <breakerbox/retry/detail/telling.hpp>
#include <breakerbox/retry/retrier_options.hpp>
#include <breakerbox/retry/retry_end.hpp>
#include <breakerbox/retry/retry_event.hpp>

#include <boost/config.hpp>

#include <string_view>
#include <utility>

namespace breakerbox::detail {

/// The parts of one call, and what every step does with them: it reads the clock, tells the observer, and ends the call
/// where the machine says so.
template <class T, telling How, class Decisions, class Breaker, class Clock>
class call_parts {
public:
    using source = grant_source<Breaker>;
    using value = typename call_ending<T, How>::value;
    using attempt = call_attempt<T, typename source::permit>;

    call_parts(Decisions&& decisions, retrier_options<Clock> const& options, call_limits<Clock> const& limits,
               Breaker* breaker, std::string_view host)
        : machine_(std::move(decisions), share_of(options, limits), options.when_refused,
                   leaves_retries_to_outer(options, limits)),
          source_(breaker, host, {.may_probe = options.may_probe, .tells_refusal = !options.when_refused}),
          clock_(limits,
                 Decisions::reads_time || How == telling::in_outcome || !options.reraise || options.observer),
          log_(options.observer, options.describe, options.history),
          judge_{options.classify, options.is_time_out},
          reraise_(options.reraise) {}

    /// What the coroutine returns, once the call has ended; or throws what it has ended with. Here and not where that is
    /// found out, since each function that an exception passes through costs.
    value take(attempt& last) {
        auto const report = [&]() -> call_report {
            if constexpr (How != telling::returned)
                return log_.report(machine_.end().why, machine_.attempts(), now().elapsed);
            else
                return {};
        };
        return ending_.give(last.result, clock_.is_nested(), report, source_);
    }

protected:
    using event = retry_event::kind;

    breakerbox::attempt const& now() const noexcept { return machine_.decisions().now(); }

    void read_clock() {
        if (clock_.is_read())
            machine_.decisions().set_elapsed(clock_.elapsed());
    }

    BOOST_FORCEINLINE void tell(event what, attempt_facts const& current, verdict result = verdict::neutral,
                                retry_end end = retry_end::succeeded) const noexcept {
        if (log_.is_observed())
            log_.tell(retry_event{what, source_.host(), now(), result, end, log_.describing(current)});
    }

    /// Returns what is next, and ends the call where that is all.
    call_action ended_or(call_action next, attempt& current, rejection const* why = nullptr) {
        if (next == call_action::end)
            end(current, why);
        return next;
    }

    void end(attempt& current, [[maybe_unused]] rejection const* why) {
        auto const& how = machine_.end();
        if (how.forgets_outcome)
            current.result.reset();
        if constexpr (source::is_guarded)
            if (why != nullptr)
                source_.tell_of(*why);
        end_with_attempt(current, why);
    }

    /// Ends the call right after the attempt, or with a refusal.
    BOOST_FORCEINLINE void end_with_attempt(attempt& current, rejection const* why = nullptr) {
        auto const& how = machine_.end();
        tell(event::finished, current, verdict::neutral, how.why);
        if (How == telling::in_outcome || how.with != ends_with::last_outcome)
            ending_.hold(current.result, how, why, reraise_);
    }

    call_machine<Decisions> machine_;
    [[no_unique_address]] source source_;
    call_clock<Clock> clock_;
    call_log<How> log_;
    attempt_judge judge_;
    [[no_unique_address]] call_ending<T, How> ending_{};
    bool reraise_;

private:
    static bool leaves_retries_to_outer(retrier_options<Clock> const& options,
                                        call_limits<Clock> const& limits) noexcept {
        return limits.is_nested && options.when_nested == nested::once;
    }

    /// The outer retrier pays for its own retries.
    static budget_share share_of(retrier_options<Clock> const& options,
                                 call_limits<Clock> const& limits) noexcept {
        bool const pays = options.budget != nullptr && !leaves_retries_to_outer(options, limits);
        return pays ? budget_share{&*options.budget} : budget_share{};
    }
};

} // namespace breakerbox::detail

#endif
