// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_CIRCUIT_BREAKER_HPP
#define BREAKERBOX_CIRCUIT_BREAKER_HPP

#include <breakerbox/callback.hpp>
#include <breakerbox/config.hpp>
#include <breakerbox/detail/require.hpp>
#include <breakerbox/error.hpp>
#include <breakerbox/host_status.hpp>
#include <breakerbox/permit.hpp>
#include <breakerbox/store.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace breakerbox {

/// What a breaker tells its observer.
struct breaker_event {
    enum class kind : std::uint8_t {
        /// The host went from `from` to `status.state`. A count that runs out is no event: with failure_count
        /// a host is closed again by time alone, and nobody is there to notice.
        state_changed,
        /// A call was refused.
        call_rejected,
    };

    kind what;
    std::string_view host;
    breaker_state from;
    host_status const& status;
};

inline std::ostream& operator<<(std::ostream& out, breaker_event const& event) {
    if (event.what == breaker_event::kind::call_rejected)
        return out << "host '" << detail::printable(event.host) << "' refused a call, being " << event.status;
    return out << "host '" << detail::printable(event.host) << "' went from " << event.from << " to "
               << event.status;
}

struct circuit_breaker_options {
    /// Told of each event, by the thread whose call caused it, outside any lock. It may call back into the
    /// breaker. What it throws comes out of that call; what was counted stays counted.
    callback<breaker_event> observer{};
};

/// Answers, for each host, whether a call may be made, and is told how calls went.
///
/// Every function takes any bytes but none as a host, and throws std::invalid_argument for none. Each may be
/// called from any thread at any time, inside coroutines as `co_await breaker.f(...)`, which reads the same
/// for every store; with a store in memory the `f_now` twins do the same at once, anywhere. The awaitables
/// hold no state but the breaker, which must outlive them; they complete without suspending, and leave the
/// caller's cancellation alone.
///
/// Derive from it to answer a refusal with an error of your own: see `on_host_unavailable`.
template <store Store>
class circuit_breaker {
public:
    using store_type = Store;
    using rule_type = typename Store::rule_type;
    /// Leave for one call; see permit.hpp.
    using permit = basic_permit<circuit_breaker, permit_host>;
    /// A permit, or a rejection.
    using admission = basic_admission<permit>;

    explicit circuit_breaker(Store store, circuit_breaker_options options = {})
        : store_(std::move(store)), options_(options) {}

    circuit_breaker(circuit_breaker const&) = delete;
    circuit_breaker& operator=(circuit_breaker const&) = delete;
    virtual ~circuit_breaker() = default;

    Store& store() noexcept { return store_; }
    Store const& store() const noexcept { return store_; }

    /// A look: whether a call would be let through now. Changes nothing.
    bool is_host_available_now(std::string_view host) const {
        detail::require_host(host);
        return store_.look(host).state == breaker_state::closed;
    }
    asio::awaitable<bool> is_host_available(std::string host) const { co_return is_host_available_now(host); }

    /// Records one failure of a call that was made without a permit. Returns the failures counted now.
    std::uint64_t increment_failures_count_now(std::string_view host) {
        detail::require_host(host);
        return count_failure(host).failures;
    }
    asio::awaitable<std::uint64_t> increment_failures_count(std::string host) {
        co_return increment_failures_count_now(host);
    }

    /// Asks leave for one call. The permit must not outlive the breaker.
    admission acquire_now(std::string_view host) { return acquire_as<permit>(host); }
    asio::awaitable<admission> acquire(std::string host) { co_return acquire_now(host); }

    /// The same for callers that keep the host's bytes alive for as long as the permit lives, without a copy
    /// of them.
    auto acquire_borrowing_now(std::string_view host) {
        return acquire_as<basic_permit<circuit_breaker, std::string_view>>(host);
    }

    /// A look at the host's state, its counts, when it opened and when it may be tried again.
    breakerbox::snapshot snapshot_now(std::string_view host) const {
        detail::require_host(host);
        return {store_.look(host), host_name{host}};
    }
    asio::awaitable<breakerbox::snapshot> snapshot(std::string host) const { co_return snapshot_now(host); }

    /// Opens the host by hand, for `open_for`, or for as long as the rule can; never shortens the time for
    /// which it is open already. Throws std::invalid_argument unless `open_for` is more than zero.
    void force_open_now(std::string_view host,
                        std::optional<std::chrono::microseconds> open_for = std::nullopt) {
        detail::require_host(host);
        detail::require(!open_for || open_for->count() > 0, "open_for", "more than zero",
                        open_for.value_or(std::chrono::microseconds{}));
        tell_change(host, store_.force_open(host, open_for));
    }
    asio::awaitable<void> force_open(std::string host,
                                     std::optional<std::chrono::microseconds> open_for = std::nullopt) {
        force_open_now(host, open_for);
        co_return;
    }

    /// Makes the host as one never heard of: closed, with nothing counted.
    void reset_now(std::string_view host) {
        detail::require_host(host);
        tell_change(host, store_.reset(host));
    }
    asio::awaitable<void> reset(std::string host) {
        reset_now(host);
        co_return;
    }

    /// Called by the retrier where there was no permit. Override it to throw an error of your own; should the
    /// override return, `host_unavailable` is thrown all the same. Runs outside any lock, on the calling
    /// coroutine.
    virtual void on_host_unavailable(rejection const& why) { throw host_unavailable{why}; }

private:
    template <class, class>
    friend class basic_permit;

    template <class Permit>
    basic_admission<Permit> acquire_as(std::string_view host) {
        detail::require_host(host);
        if (auto const refused = store_.refusal(host)) {
            tell({breaker_event::kind::call_rejected, host, refused->state, *refused});
            return rejection{*refused, host_name{host}};
        }
        return Permit{*this, host};
    }

    /// Ends a permit. Returns whether the host is known to refuse calls now.
    bool settle(std::string_view host, verdict v) {
        return v == verdict::failure && count_failure(host).state != breaker_state::closed;
    }

    host_status count_failure(std::string_view host) {
        auto const step = store_.on_failure(host);
        tell_change(host, step);
        return step.after;
    }

    void tell_change(std::string_view host, store_step const& step) const {
        if (step.changed_state())
            tell({breaker_event::kind::state_changed, host, step.before, step.after});
    }

    void tell(breaker_event const& event) const {
        if (options_.observer)
            options_.observer(event);
    }

    Store store_;
    circuit_breaker_options options_;
};

} // namespace breakerbox

#endif
