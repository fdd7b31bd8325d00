// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_CIRCUIT_BREAKER_HPP
#define BREAKERBOX_BREAKER_CIRCUIT_BREAKER_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/callback.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/error.hpp>
#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/breaker/breaker_event.hpp>
#include <breakerbox/breaker/detail/failure_texts.hpp>
#include <breakerbox/breaker/permit.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/change_queue.hpp>
#include <breakerbox/store/store.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace breakerbox {

/// How a breaker behaves but for its store: what it tells, and what it keeps to be told.
struct circuit_breaker_options {
    /// Told of each event, outside any lock. It may call back into the breaker. What it throws is ignored.
    ///
    /// Of changes of state it is told one after the other, in the order in which they came about, by the thread
    /// whose call caused one, or by another that is just telling of an earlier one: keep it short.
    callback<void(breaker_event const&)> observer{};
    /// The text of the last failure is kept for so many hosts, those that failed last, and shown by rejections and
    /// snapshots; by default for none. At most 256 bytes of each are kept.
    std::size_t failure_texts = 0;
};

/// Answers, for each host, whether a call may be made, and is told how calls went.
///
/// Every function takes any bytes but none as a host, and throws std::invalid_argument for none. Each may be
/// called from any thread at any time, inside coroutines as `co_await breaker.f(...)`, which reads the same
/// for every store; with a store in memory the `f_now` twins do the same at once, anywhere. The awaitables
/// hold no state but the breaker, which must outlive them. With a store in memory they complete without suspending,
/// and leave the caller's cancellation alone. With a shared one they may wait for it, and cancelled meanwhile they
/// throw operation_aborted; and where the store is told to `fail` with its server, all but a permit's report throw
/// store_error.
///
/// Derive from it to answer a refusal with an error of your own: see `on_host_unavailable`.
template <store Store>
class circuit_breaker {
public:
    using store_type = Store;
    using rule_type = typename Store::rule_type;
    /// Leave for one call; see permit.hpp.
    using permit = basic_permit<circuit_breaker, detail::owned_host_of<Store>>;
    /// A permit, or a rejection.
    using admission = basic_admission<permit>;

    explicit circuit_breaker(Store store, circuit_breaker_options options = {})
        : store_(std::move(store)),
          observer_(options.observer),
          changes_(static_cast<bool>(options.observer)),
          failure_texts_(options.failure_texts) {}

    circuit_breaker(circuit_breaker const&) = delete;
    circuit_breaker& operator=(circuit_breaker const&) = delete;
    virtual ~circuit_breaker() { anchor_->breaker = nullptr; }

    Store& store() noexcept { return store_; }
    Store const& store() const noexcept { return store_; }

    /// A look: whether a call would be let through now. Changes nothing.
    bool is_host_available_now(std::string_view host) const
        requires plain_store<Store>
    {
        detail::require_host(host);
        return store_.look(host).is_available();
    }
    /// The same, to be awaited, for every store.
    asio::awaitable<bool> is_host_available(std::string host) const {
        if constexpr (plain_store<Store>) {
            co_return is_host_available_now(host);
        } else {
            detail::require_host(host);
            auto const status = co_await told(store_.look(host, changes_));
            co_return status.is_available();
        }
    }

    /// Records one failure of a call that was made without a permit, as `record` does; `failure` is its text, for a
    /// breaker that keeps it. Returns the failures counted now.
    std::uint64_t increment_failures_count_now(std::string_view host, std::string_view failure = {})
        requires plain_store<Store>
    {
        return count_now(host, {verdict::failure}, failure).failures;
    }
    /// The same, to be awaited, for every store.
    asio::awaitable<std::uint64_t> increment_failures_count(std::string host, std::string failure = {}) {
        if constexpr (plain_store<Store>) {
            co_return increment_failures_count_now(host, failure);
        } else {
            auto const after = co_await count(host, {verdict::failure}, failure);
            co_return after.failures;
        }
    }

    /// Records how a call went that was made without a permit: after a look, or as part of one that had leave and was
    /// well until later. `took` is how long it was, zero where nobody knows or the rule doesn't rate slow calls;
    /// `failure` is the text of a failure, for a breaker that keeps it. Returns whether the call failed and its host is
    /// open now.
    ///
    /// While the host is open this changes nothing. Once the open time is over, and in half-open, a success counts as
    /// that of a probe, and so does a failure in half-open; before that it opens the host again.
    bool record_now(std::string_view host, verdict v, duration took = {}, std::string_view failure = {})
        requires plain_store<Store>
    {
        auto const after = count_now(host, ended(v, took), failure);
        return v == verdict::failure && after.state == breaker_state::open;
    }
    /// The same, to be awaited, for every store.
    asio::awaitable<bool> record(std::string host, verdict v, duration took = {}, std::string failure = {}) {
        if constexpr (plain_store<Store>) {
            co_return record_now(host, v, took, failure);
        } else {
            auto const after = co_await count(host, ended(v, took), failure);
            co_return v == verdict::failure&& after.state == breaker_state::open;
        }
    }

    /// Asks leave for one call. The permit must not be reported after the breaker has gone.
    admission acquire_now(std::string_view host, acquire_options options = {})
        requires plain_store<Store>
    {
        return acquire_as<detail::owned_host_of<Store>>(host, options);
    }
    /// The same, to be awaited, for every store.
    asio::awaitable<admission> acquire(std::string host, acquire_options options = {}) {
        if constexpr (plain_store<Store>) {
            co_return acquire_now(host, options);
        } else {
            detail::owned_host_of<Store> kept_host{host};
            co_return co_await acquire_shared(host, std::move(kept_host), options);
        }
    }

    /// The same for callers that keep the host's name for as long as the permit lives, without a copy of it.
    auto acquire_borrowing_now(host_name const& host, acquire_options options = {})
        requires plain_store<Store>
    {
        return acquire_as<detail::borrowed_host_of<Store>>(host, options);
    }
    auto acquire_borrowing_now(host_name const&& host, acquire_options options = {}) = delete;
    auto acquire_borrowing(host_name const& host, acquire_options options = {})
        requires shared_store<Store>
    {
        return acquire_shared(host, detail::borrowed_host_of<Store>{host}, options);
    }
    auto acquire_borrowing(host_name const&& host, acquire_options options = {}) = delete;

    /// A look at the host's state, its counts, when it opened and when it may be tried again.
    breakerbox::snapshot snapshot_now(std::string_view host) const
        requires plain_store<Store>
    {
        detail::require_host(host);
        auto const status = store_.look(host);
        return {status, host_name{host}, failure_text(status, host)};
    }
    /// The same, to be awaited, for every store.
    asio::awaitable<breakerbox::snapshot> snapshot(std::string host) const {
        if constexpr (plain_store<Store>) {
            co_return snapshot_now(host);
        } else {
            detail::require_host(host);
            auto const status = co_await told(store_.look(host, changes_));
            co_return breakerbox::snapshot{status, host_name{host}, failure_text(status, host)};
        }
    }

    /// Opens the host by hand, for `open_for`, or for as long as the rule can; never shortens the time for
    /// which it is open already. Throws std::invalid_argument unless `open_for` is more than zero.
    void force_open_now(std::string_view host,
                        std::optional<std::chrono::microseconds> open_for = std::nullopt)
        requires plain_store<Store>
    {
        require_forcible(host, open_for);
        store_.force_open(host, open_for, changes_);
        tell_changes();
    }
    /// The same, to be awaited, for every store.
    asio::awaitable<void> force_open(std::string host,
                                     std::optional<std::chrono::microseconds> open_for = std::nullopt) {
        if constexpr (plain_store<Store>) {
            force_open_now(host, open_for);
        } else {
            require_forcible(host, open_for);
            co_await told(store_.force_open(host, open_for, changes_));
        }
        co_return;
    }

    /// Makes the host as one never heard of: closed, with nothing counted. Permits given before are worth nothing; under
    /// failure_count in Redis that is known of resets by the permit's own process alone. Of the last 256 resets it is
    /// known which hosts they were of: where so many lie between, a permit is worth nothing whatever its host, if that
    /// wasn't tracked.
    void reset_now(std::string_view host)
        requires plain_store<Store>
    {
        detail::require_host(host);
        failure_texts_.forget(host);
        store_.reset(host, changes_);
        tell_changes();
    }
    /// The same, to be awaited, for every store.
    asio::awaitable<void> reset(std::string host) {
        if constexpr (plain_store<Store>) {
            reset_now(host);
        } else {
            detail::require_host(host);
            failure_texts_.forget(host);
            co_await told(store_.reset(host, changes_));
        }
        co_return;
    }

    /// Whether a report's text is kept, and so worth being made.
    bool keeps_failure_texts() const noexcept { return failure_texts_.keeps_any(); }

    /// Whether a call that took so long is a slow one to the store's `rule()`; false where the store has no such member.
    bool is_slow(duration took) const {
        if constexpr (trip_rule<rule_type> && requires(Store const& s) { s.rule(); })
            return store_.rule().is_slow({.took = detail::saturating_cast<std::chrono::microseconds>(took)});
        else
            return false;
    }

    /// Tells the observer of a refusal that was asked for with `tells_refusal = false`, where a call ends with it after all.
    void tell_refusal(rejection const& why) const noexcept {
        if (observer_)
            detail::tell(observer_,
                         {breaker_event::kind::call_rejected, why.host, why.state, why, why.refused_at});
    }

    /// Called by the retrier where there was no permit. Override it to throw an error of your own; should the
    /// override return, `host_unavailable` is thrown all the same. Runs outside any lock, on the calling
    /// coroutine.
    virtual void on_host_unavailable(rejection const& why) { throw host_unavailable{why}; }

private:
    template <class, class>
    friend class basic_permit;

    static void require_forcible(std::string_view host, std::optional<std::chrono::microseconds> open_for) {
        detail::require_host(host);
        detail::require(!open_for || open_for->count() > 0, "open_for", "more than zero",
                        open_for.value_or(std::chrono::microseconds{}));
    }

    static ended_call ended(verdict v, duration took) noexcept {
        return {v, detail::saturating_cast<std::chrono::microseconds>(took)};
    }

    /// Counts a call that had no permit.
    host_status count_now(std::string_view host, ended_call call, std::string_view failure) {
        detail::require_host(host);
        auto const after = store_.record(host, call, changes_);
        if (call.result == verdict::failure)
            failure_texts_.keep(host, failure);
        tell_changes();
        return after;
    }

    /// The same with a shared store; host and text outlive it.
    asio::awaitable<host_status> count(std::string_view host, ended_call call, std::string_view failure) {
        detail::require_host(host);
        host_status after{};
        if (trip_rule<rule_type> || call.result == verdict::failure)
            after = co_await told(store_.record(host, call, changes_));
        if (call.result == verdict::failure)
            failure_texts_.keep(host, failure);
        co_return after;
    }

    /// `Host` is how the permit keeps the host; made first, so that nothing can fail once leave is given.
    template <class Host, class Name>
    basic_admission<basic_permit<circuit_breaker, Host>> acquire_as(Name const& name,
                                                                    acquire_options options) {
        std::string_view const host = name;
        detail::require_host(host);
        Host kept_host{name};
        auto const answer = store_.acquire(host, changes_, options);
        if (answer.refusal)
            return refused(host, answer, options);
        basic_permit<circuit_breaker, Host> granted{anchor_.get(), std::move(kept_host), answer.ticket};
        if constexpr (trip_rule<rule_type>)
            tell_changes();
        return granted;
    }

    /// The same with a shared store; the host outlives it.
    template <class Host>
    asio::awaitable<basic_admission<basic_permit<circuit_breaker, Host>>> acquire_shared(
        std::string_view host, Host kept_host, acquire_options options) {
        detail::require_host(host);
        leave<typename Store::ticket> answer;
        try {
            answer = co_await store_.acquire(host, changes_, options);
        } catch (...) {
            tell_changes();
            throw;
        }
        if (answer.refusal) {
            tell_changes();
            co_return refused(host, answer, options);
        }
        basic_permit<circuit_breaker, Host> granted{anchor_.get(), std::move(kept_host), answer.ticket};
        tell_changes();
        co_return granted;
    }

    rejection refused(std::string_view host, leave<typename Store::ticket> const& answer,
                      acquire_options options) const {
        auto const& refusal = *answer.refusal;
        rejection why{refusal, host_name{host}, failure_text(refusal, host), answer.refused_at};
        if (options.tells_refusal)
            tell_refusal(why);
        return why;
    }

    /// Ends a permit. Returns whether the call failed and its host is known to be open now.
    bool settle(std::string_view host, typename Store::ticket const& ticket, verdict v,
                std::string_view failure) {
        if constexpr (failure_rule<rule_type>)
            if (v != verdict::failure)
                return false;
        return count_report(host, ticket, v, failure);
    }

    bool count_report(std::string_view host, typename Store::ticket const& ticket, verdict v,
                      std::string_view failure) {
        host_name found;
        if constexpr (Store::ticket_finds_host)
            if (v == verdict::failure && keeps_failure_texts()) {
                found = store_.host_of(ticket);
                host = found;
            }
        auto const result = store_.report(ticket, host, v, changes_);
        if (v == verdict::failure && result.counted)
            failure_texts_.keep(host, failure);
        // Neutral changes no state.
        if (v != verdict::neutral)
            tell_changes();
        return result.is_open;
    }

    bool renew(std::string_view host, typename Store::ticket const& ticket) {
        bool const has_lease = store_.renew(ticket, host, changes_);
        tell_changes();
        return has_lease;
    }

    /// The same with a shared store; host, ticket and text outlive it.
    asio::awaitable<bool> settle_shared(std::string_view host, typename Store::ticket const& ticket,
                                        verdict v, std::string_view failure) {
        auto const result = co_await told(store_.report(ticket, host, v, changes_));
        if (v == verdict::failure && result.counted)
            failure_texts_.keep(host, failure);
        co_return result.is_open;
    }

    /// A text from before the failures counted now would mislead.
    std::string failure_text(host_status const& status, std::string_view host) const {
        return status.failures != 0 ? failure_texts_.of(host) : std::string{};
    }

    /// Takes a step of a shared store, and tells what it has pushed, whether or not it throws.
    template <class T>
    asio::awaitable<T> told(asio::awaitable<T> step) const {
        try {
            if constexpr (std::is_void_v<T>) {
                co_await std::move(step);
                tell_changes();
                co_return;
            } else {
                auto result = co_await std::move(step);
                tell_changes();
                co_return result;
            }
        } catch (...) {
            tell_changes();
            throw;
        }
    }

    void tell_changes() const noexcept {
        if (!changes_.is_empty())
            changes_.deliver(teller{observer_});
    }

    struct teller {
        callback<void(breaker_event const&)> const& observer;

        void operator()(state_change const& change) const {
            observer({breaker_event::kind::state_changed, change.host, change.from, change.to, change.at});
        }
        void operator()(given_up_probe const& probe) const {
            observer({breaker_event::kind::probe_given_up, probe.host, probe.now.state, probe.now, probe.at});
        }
        void operator()(store_health_change const& change) const {
            using enum breaker_event::kind;
            host_status const unknown;
            observer({change.failed ? store_failed : store_recovered, change.host, unknown.state, unknown,
                      change.at, change.error, change.text});
        }
    };

    Store store_;
    callback<void(breaker_event const&)> observer_;
    mutable change_queue changes_; // a look at a shared store may find out that it fails
    detail::failure_texts failure_texts_;
    boost::intrusive_ptr<detail::permit_anchor<circuit_breaker>> anchor_{
        new detail::permit_anchor<circuit_breaker>{this}};
};

namespace detail {

template <class>
struct store_for_rule {};
template <rule Rule>
struct store_for_rule<Rule> {
    static_assert(!rule<Rule>, "breakerbox: a circuit_breaker is made of a store, not of a rule: "
                               "circuit_breaker{memory_store{rule}}");
    using type = Rule;
};

} // namespace detail

/// Says what is missing where a rule is given without a store.
template <rule Rule>
circuit_breaker(Rule, circuit_breaker_options = {})
    -> circuit_breaker<typename detail::store_for_rule<Rule>::type>;

} // namespace breakerbox

#endif
