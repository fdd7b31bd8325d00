// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_CIRCUIT_BREAKER_HPP
#define BREAKERBOX_BREAKER_CIRCUIT_BREAKER_HPP

#include <breakerbox/base/acquire_options.hpp>
#include <breakerbox/base/config.hpp>
#include <breakerbox/base/error.hpp>
#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/host_report.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/breaker/admission.hpp>
#include <breakerbox/breaker/circuit_breaker_options.hpp>
#include <breakerbox/breaker/detail/breaker_operation.hpp>
#include <breakerbox/breaker/detail/breaker_parts.hpp>
#include <breakerbox/breaker/detail/host_operations.hpp>
#include <breakerbox/breaker/detail/permit_host.hpp>
#include <breakerbox/breaker/detail/permit_request.hpp>
#include <breakerbox/breaker/permit.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/store/store.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace breakerbox {

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
        : parts_{std::move(store), detail::event_teller{options.observer},
                 detail::failure_texts{options.failure_texts}} {}

    circuit_breaker(circuit_breaker const&) = delete;
    circuit_breaker& operator=(circuit_breaker const&) = delete;
    virtual ~circuit_breaker() { anchor_->breaker = nullptr; }

    Store& store() noexcept { return parts_.store; }
    Store const& store() const noexcept { return parts_.store; }

    /// A look: whether a call would be let through now. Changes nothing.
    bool is_host_available_now(std::string_view host) const
        requires plain_store<Store>
    {
        return detail::run_operation_now<detail::availability_look>(parts_, host);
    }
    /// The same, to be awaited, for every store.
    asio::awaitable<bool> is_host_available(std::string host) const {
        return detail::run_operation<detail::availability_look, std::string>(parts_, std::move(host));
    }

    /// Records one failure of a call that was made without a permit, as `record` does; `failure` is its text, for a
    /// breaker that keeps it. Returns the failures counted now.
    std::uint64_t increment_failures_count_now(std::string_view host, std::string_view failure = {})
        requires plain_store<Store>
    {
        return detail::run_operation_now<detail::failure_increment>(parts_, host,
                                                                    ended_call{verdict::failure}, failure);
    }
    /// The same, to be awaited, for every store.
    asio::awaitable<std::uint64_t> increment_failures_count(std::string host, std::string failure = {}) {
        return detail::run_operation<detail::failure_increment, std::string>(
            parts_, std::move(host), ended_call{verdict::failure}, std::move(failure));
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
        return detail::run_operation_now<detail::recorded_call>(parts_, host, ended(v, took), failure);
    }
    /// The same, to be awaited, for every store.
    asio::awaitable<bool> record(std::string host, verdict v, duration took = {}, std::string failure = {}) {
        return detail::run_operation<detail::recorded_call, std::string>(parts_, std::move(host),
                                                                         ended(v, took), std::move(failure));
    }

    /// Asks leave for one call. The permit must not be reported after the breaker has gone.
    admission acquire_now(std::string_view host, acquire_options options = {})
        requires plain_store<Store>
    {
        return detail::run_operation_now<request>(parts_, host, anchor_.get(), options);
    }
    /// The same, to be awaited, for every store.
    asio::awaitable<admission> acquire(std::string host, acquire_options options = {}) {
        return detail::run_operation<request, std::string>(parts_, std::move(host), anchor_.get(), options);
    }

    /// The same for callers that keep the host's name for as long as the permit lives, without a copy of it.
    auto acquire_borrowing_now(host_name const& host, acquire_options options = {})
        requires plain_store<Store>
    {
        return detail::run_operation_now<borrowing_request>(parts_, host, anchor_.get(), options);
    }
    auto acquire_borrowing_now(host_name const&& host, acquire_options options = {}) = delete;
    auto acquire_borrowing(host_name const& host, acquire_options options = {})
        requires shared_store<Store>
    {
        return detail::run_operation<borrowing_request, host_name const&>(parts_, host, anchor_.get(),
                                                                          options);
    }
    auto acquire_borrowing(host_name const&& host, acquire_options options = {}) = delete;

    /// A look at the host's state, its counts, when it opened and when it may be tried again.
    breakerbox::snapshot snapshot_now(std::string_view host) const
        requires plain_store<Store>
    {
        return detail::run_operation_now<detail::snapshot_look>(parts_, host);
    }
    /// The same, to be awaited, for every store.
    asio::awaitable<breakerbox::snapshot> snapshot(std::string host) const {
        return detail::run_operation<detail::snapshot_look, std::string>(parts_, std::move(host));
    }

    /// Opens the host by hand, for `open_for`, or for as long as the rule can; never shortens the time for
    /// which it is open already. Throws std::invalid_argument unless `open_for` is more than zero.
    void force_open_now(std::string_view host,
                        std::optional<std::chrono::microseconds> open_for = std::nullopt)
        requires plain_store<Store>
    {
        detail::run_operation_now<detail::forced_opening>(parts_, host, open_for);
    }
    /// The same, to be awaited, for every store.
    asio::awaitable<void> force_open(std::string host,
                                     std::optional<std::chrono::microseconds> open_for = std::nullopt) {
        return detail::run_operation<detail::forced_opening, std::string>(parts_, std::move(host), open_for);
    }

    /// Erases the host's state: it is closed, with nothing counted. Reports of permits given before no longer count;
    /// under failure_count in Redis only the process that has reset the host knows that of its own permits. The last
    /// 256 resets are known by their hosts: after more than that, a permit given before them no longer counts whatever
    /// its host, unless that was tracked.
    void reset_now(std::string_view host)
        requires plain_store<Store>
    {
        detail::run_operation_now<detail::host_reset>(parts_, host);
    }
    /// The same, to be awaited, for every store.
    asio::awaitable<void> reset(std::string host) {
        return detail::run_operation<detail::host_reset, std::string>(parts_, std::move(host));
    }

    /// Whether a report's text is kept, and so worth being made.
    bool keeps_failure_texts() const noexcept { return parts_.texts.keeps_any(); }

    /// Whether a call that took so long is a slow one to the store's `rule()`; false where the store has no such member.
    bool is_slow(duration took) const {
        if constexpr (trip_rule<rule_type> && requires(Store const& s) { s.rule(); })
            return parts_.store.rule().is_slow(
                {.took = detail::saturating_cast<std::chrono::microseconds>(took)});
        else
            return false;
    }

    /// Tells the observer of a refusal that was asked for with `tells_refusal = false`, where a call ends with it after all.
    void tell_refusal(rejection const& why) const noexcept { parts_.events.tell_refusal(why); }

    /// Called by the retrier where there was no permit. Override it to throw an error of your own; should the
    /// override return, `host_unavailable` is thrown all the same. Runs outside any lock, on the calling
    /// coroutine.
    virtual void on_host_unavailable(rejection const& why) { throw host_unavailable{why}; }

private:
    template <class, class>
    friend class basic_permit;

    using request = detail::permit_request<circuit_breaker, detail::owned_host_of<Store>>;
    using borrowing_request = detail::permit_request<circuit_breaker, detail::borrowed_host_of<Store>>;

    static ended_call ended(verdict v, duration took) noexcept {
        return {v, detail::saturating_cast<std::chrono::microseconds>(took)};
    }

    detail::breaker_parts<Store> parts_;
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
