// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_DETAIL_EVENT_TELLER_HPP
#define BREAKERBOX_BREAKER_DETAIL_EVENT_TELLER_HPP

#include <breakerbox/base/callback.hpp>
#include <breakerbox/base/host_report.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/breaker/breaker_event.hpp>
#include <breakerbox/store/change_queue.hpp>

namespace breakerbox::detail {

/// Turns what a store has pushed, and refusals, into the events that a breaker's observer is told of.
///
/// Safe to use from any thread.
class event_teller {
public:
    explicit event_teller(callback<void(breaker_event const&)> observer) noexcept
        : observer_(observer), changes_(static_cast<bool>(observer)) {}

    /// Where the store pushes what it does.
    change_queue& changes() noexcept { return changes_; }

    /// Tells of all that the store has pushed; to be called outside any lock.
    void tell_changes() noexcept {
        if (!changes_.is_empty())
            changes_.deliver(listener{observer_});
    }

    void tell_refusal(rejection const& why) const noexcept {
        if (observer_)
            tell(observer_, {breaker_event::kind::call_rejected, why.host, why.state, why, why.refused_at});
    }

private:
    struct listener {
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

    callback<void(breaker_event const&)> observer_;
    change_queue changes_;
};

} // namespace breakerbox::detail

#endif
