// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_RETRIER_OPTIONS_HPP
#define BREAKERBOX_RETRY_RETRIER_OPTIONS_HPP

#include <breakerbox/base/callback.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/budget/budget.hpp>
#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/retry/retry_event.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace breakerbox {

/// What a call does instead of ending where the breaker refuses an attempt: it waits, for `limit` in all, and asks again,
/// once the host may be tried again. It ends at once where that would take longer, or longer than its deadline or its
/// stop policy allows, which is asked about that wait, too.
///
/// Where probes of others decide, nobody knows for how long, and it asks again after every tenth of the limit, from 10 ms
/// to 1 s. Each wait is longer by a random part of its tenth, at most 1 s and within the limit, so that the calls that
/// wait for one host don't run all at once when it is back; while it is half-open, its breaker lets no more of them
/// through than may probe it. A wait is no refusal to the breaker's observer, unless the call ends with it.
struct wait_until_available {
    duration limit;

    void validate() const { detail::require_not_negative("wait_until_available.limit", limit); }
};

/// How a retrier behaves that is called `within` an attempt of another one.
enum class nested : std::uint8_t {
    /// It makes one attempt and leaves the retrying to the outer one: three attempts within each of three would be
    /// nine.
    once,
    /// It retries as it would by itself.
    multiply,
};

/// A pointer to a budget for retriers that go by `Clock`, or null.
template <class Clock>
class budget_of {
public:
    constexpr budget_of(std::nullptr_t = nullptr) noexcept {}

    template <std::derived_from<budget> B>
    constexpr budget_of(B* pointer) noexcept : budget_(pointer) {
        if constexpr (requires { typename B::clock_type; })
            static_assert(std::same_as<typename B::clock_type, Clock> || !reads_time<B>,
                          "breakerbox: a retrier's budget must go by the retrier's clock; name it in both: "
                          "shared_budget<rule, virtual_clock>, retrier_options<virtual_clock>");
    }

    constexpr budget* operator->() const noexcept { return budget_; }
    constexpr budget& operator*() const noexcept { return *budget_; }
    friend constexpr bool operator==(budget_of, budget_of) noexcept = default;

private:
    budget* budget_ = nullptr;
};

/// How a retrier behaves but for its policies. The clock tells the policies and the observer the time, and
/// times the waits; tests give a virtual one: `retrier_options<testing::virtual_clock>{}`. It is what the standard
/// calls a clock, a steady one, may be asked by any thread, and Asio's basic_waitable_timer takes it.
template <class Clock = std::chrono::steady_clock>
struct retrier_options {
    /// Whether the last attempt's exception is thrown on when the stop policy gives up; if not, `retry_error`
    /// is.
    bool reraise = true;
    /// Told of each step of a call, by the coroutine that makes it. What it throws is ignored.
    callback<void(retry_event const&)> observer{};
    /// Says what an attempt's outcome means to the breaker, given what it would mean without: a failure if the
    /// retry_if policy matches it or it is a time-out, a success if it is another value, neutral otherwise. Whether
    /// there is another attempt is not its business. It isn't asked about cancelled attempts. What it throws ends
    /// the call, and leaves the attempt neutral.
    callback<verdict(outcome const&, verdict)> classify{};
    /// Says what is a time-out of the operation's beside those that `breakerbox::is_time_out` knows by their codes, and so
    /// a failure where the retry_if policy doesn't match it: a function, or a lambda without captures. It is asked about
    /// such errors alone, thrown and returned. What it throws is as if `classify` did.
    bool (*is_time_out)(outcome const& ended) = nullptr;
    /// Says in a few words what a value was that is retried or counts as a failure, such as "HTTP 503": events, reports and
    /// the texts of failures that a breaker keeps show it as they show the text of an error. Empty is none, and so is what
    /// it throws. It isn't asked where nobody wants the text, and may be asked more than once where some do.
    callback<std::string(outcome const&)> describe{};
    /// Makes the jitter of each call the same, for tests; without it each call's differs.
    std::optional<std::uint64_t> seed{};
    /// Where retries are taken from, by any number of retriers together; it must outlive their calls. Null for no
    /// limit: `.budget = &budget`, whose clock must be this one if it looks at the time.
    budget_of<Clock> budget{};
    /// Whether a call waits until its host is available. Without it a refusal ends the call at once.
    std::optional<wait_until_available> when_refused{};
    /// Whether the calls may be probes of a half-open host. Where not, they are refused until others have closed it, as if
    /// all of its probes were out: for calls that must not be repeated, or take long. Where there are no others, nobody
    /// closes it.
    bool may_probe = true;
    /// What the retrier makes of being called within another one's attempt.
    nested when_nested = nested::once;
    /// Of how many attempts, the last of a call, `outcome` and `retry_error` tell; of all it takes the number.
    std::size_t history = 16;
};

} // namespace breakerbox

#endif
