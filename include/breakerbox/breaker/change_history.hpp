// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_CHANGE_HISTORY_HPP
#define BREAKERBOX_BREAKER_CHANGE_HISTORY_HPP

#include <breakerbox/base/duration_text.hpp>
#include <breakerbox/base/host_name.hpp>
#include <breakerbox/base/recent_hosts.hpp>
#include <breakerbox/base/require.hpp>
#include <breakerbox/base/saturate.hpp>
#include <breakerbox/breaker/breaker_event.hpp>
#include <breakerbox/store/change_queue.hpp>

#include <cstddef>
#include <mutex>
#include <ostream>
#include <string_view>
#include <vector>

namespace breakerbox {

/// How much a change_history keeps.
struct change_history_options {
    /// How many changes of each host are kept, the last ones; 1 or more.
    std::size_t changes = 16;
    /// For how many hosts, those that changed last; 1 or more.
    std::size_t max_hosts = 256;
};

/// An observer that keeps the last changes of each host's state, to be looked at and printed.
///
///     bb::change_history history;
///     bb::circuit_breaker breaker{store, {.observer = std::ref(history)}};
///     std::cout << history.of("example.com");
///
/// Must outlive the breakers that it observes. All functions may be called from any thread at any time.
class change_history {
public:
    using change = state_change;

    /// Throws std::invalid_argument if an option can't be right.
    explicit change_history(change_history_options options = {})
        : most_(options.changes), changes_(options.max_hosts) {
        detail::require(options.changes >= 1, "change_history.changes", "1 or more", options.changes);
        detail::require(options.max_hosts >= 1, "change_history.max_hosts", "1 or more", options.max_hosts);
    }

    /// Keeps a change; other events are none of its business. Throws nothing but std::bad_alloc.
    void operator()(breaker_event const& event) {
        if (event.what != breaker_event::kind::state_changed)
            return;
        std::lock_guard const lock{mutex_};
        auto& kept = changes_[event.host];
        kept.push_back({host_name{event.host}, event.from, event.status, event.at});
        if (kept.size() > most_)
            kept.erase(kept.begin());
    }

    /// The last changes of a host, the oldest first; none where nothing is known of it.
    std::vector<change> of(std::string_view host) const {
        std::lock_guard const lock{mutex_};
        auto const* const kept = changes_.find(host);
        return kept != nullptr ? *kept : std::vector<change>{};
    }

private:
    std::size_t most_;
    mutable std::mutex mutex_;
    detail::recent_hosts<std::vector<change>> changes_;
};

/// One line, without its end.
inline std::ostream& operator<<(std::ostream& out, state_change const& change) {
    return out << detail::duration_text(detail::saturating_cast<duration>(change.at)) << ": "
               << breaker_event{breaker_event::kind::state_changed, change.host, change.from, change.to,
                                change.at};
}

/// Each on a line of its own.
inline std::ostream& operator<<(std::ostream& out, std::vector<state_change> const& changes) {
    for (auto const& change : changes)
        out << change << '\n';
    return out;
}

} // namespace breakerbox

#endif
