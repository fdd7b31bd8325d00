// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BUDGET_BUDGET_HPP
#define BREAKERBOX_BUDGET_BUDGET_HPP

#include <breakerbox/base/config.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/policy/concepts.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <mutex>
#include <utility>

// How many retries all calls together may make. A stop policy holds back each call by itself: a host that
// fails all of them still gets several times its load. A budget, shared by those who call it, lets that load
// grow by a little. By how much, a rule says: retry_budget, retry_throttle or one of your own.

namespace breakerbox {

/// What a retrier asks before it retries, and tells of its calls. It must outlive the calls of the retriers that know it;
/// a call that is destroyed touches it no more, so that at the end of a program an io_context may go last.
///
/// All functions may be called from any thread at any time, and never throw.
class budget {
public:
    budget(budget const&) = delete;
    budget& operator=(budget const&) = delete;
    virtual ~budget() = default;

    /// The first attempt of a call begins: told once, however many attempts it makes, and not of a call that is refused.
    virtual void on_call() noexcept = 0;
    /// An attempt has succeeded.
    virtual void on_success() noexcept = 0;
    /// An attempt has failed in a way that is retried, whether or not there will be another.
    virtual void on_failure() noexcept = 0;
    /// A look, once the failure was told: whether a retry could be afforded now. Where it says no, the call doesn't wait
    /// for one; where it says yes, others may be quicker.
    virtual bool affords_retry() const noexcept = 0;
    /// Takes one retry, whose attempt begins at this moment. Returns whether it may; if not, nothing has changed.
    virtual bool take_retry() noexcept = 0;

protected:
    budget() = default;
};

/// How a budget counts: pure functions of its state, an event and the time since the epoch of its clock. A
/// default-constructed state is that before the first call. Nothing but `validate` throws. A rule that says
/// `static constexpr bool reads_time = false` is told zero.
template <class R>
concept budget_rule =
    std::copy_constructible<R> && std::default_initializable<typename R::state> &&
    requires(R const& r, typename R::state& changing, typename R::state const& state, duration now) {
        /// Throws std::invalid_argument if a field can't be right.
        r.validate();
        { r.on_call(changing, now) } noexcept;
        { r.on_success(changing, now) } noexcept;
        { r.on_failure(changing, now) } noexcept;
        /// Takes one retry, if it can be afforded. Says whether.
        { r.take(changing, now) } noexcept -> std::same_as<bool>;
        /// How many retries can be afforded now.
        { r.available(state, now) } noexcept -> std::same_as<std::uint64_t>;
    };

/// A budget by a rule, for any number of retriers and threads at once. A lock is held for a step of the rule,
/// never while an operation, a policy or an observer runs.
template <budget_rule Rule, class Clock = std::chrono::steady_clock>
class shared_budget final : public budget {
public:
    using rule_type = Rule;
    using clock_type = Clock;
    static constexpr bool reads_time = breakerbox::reads_time<Rule>;

    /// Throws std::invalid_argument if a field of the rule can't be right.
    explicit shared_budget(Rule rule) : rule_(std::move(rule)) { rule_.validate(); }

    Rule const& rule() const noexcept { return rule_; }

    /// How many retries can be afforded now; another thread may take them before this one does.
    std::uint64_t available() const noexcept {
        std::lock_guard const lock{mutex_};
        return rule_.available(state_, now());
    }

    void on_call() noexcept override {
        std::lock_guard const lock{mutex_};
        rule_.on_call(state_, now());
    }

    void on_success() noexcept override {
        std::lock_guard const lock{mutex_};
        rule_.on_success(state_, now());
    }

    void on_failure() noexcept override {
        std::lock_guard const lock{mutex_};
        rule_.on_failure(state_, now());
    }

    bool affords_retry() const noexcept override { return available() != 0; }

    bool take_retry() noexcept override {
        std::lock_guard const lock{mutex_};
        return rule_.take(state_, now());
    }

private:
    /// Read under the lock: to a rule time must not seem to go back.
    static duration now() noexcept {
        if constexpr (breakerbox::reads_time<Rule>)
            return detail::saturating_cast<duration>(Clock::now().time_since_epoch());
        else
            return duration::zero();
    }

    Rule const rule_;
    typename Rule::state state_{};
    mutable std::mutex mutex_;
};

} // namespace breakerbox

#endif
