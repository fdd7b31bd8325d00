// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_RETRY_EVENT_HPP
#define BREAKERBOX_RETRY_RETRY_EVENT_HPP

#include <breakerbox/base/callback.hpp>
#include <breakerbox/base/duration_text.hpp>
#include <breakerbox/base/host_status.hpp>
#include <breakerbox/base/printable.hpp>
#include <breakerbox/policy/attempt.hpp>
#include <breakerbox/policy/outcome_text.hpp>
#include <breakerbox/retry/retry_end.hpp>

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

namespace breakerbox {

/// What a retrier tells its observer.
struct retry_event {
    enum class kind : std::uint8_t {
        /// The breaker gave leave, and the operation is about to be called.
        before_attempt,
        /// The operation ended with `now.last`, which `result` says the meaning of; the breaker has been
        /// told.
        after_attempt,
        /// `now.upcoming_wait` is about to be waited for, before the next attempt.
        before_wait,
        /// The breaker refused attempt `now.number`, and `now.upcoming_wait` is about to be waited for, before it is
        /// asked again: see `wait_until_available`.
        waits_until_available,
        /// The call ends as `end` says. There is none where a policy throws.
        finished,
    };

    kind what;
    /// The host; empty without a breaker.
    std::string_view host;
    attempt const& now;
    verdict result = verdict::neutral;
    retry_end end = retry_end::succeeded;
    /// `retrier_options::describe`, where `now.last` is a value that is retried or counts as a failure; otherwise null.
    callback<std::string(outcome const&)> const* describe = nullptr;

    /// Whether the attempt is, or was, a probe of a half-open host.
    bool is_probe() const noexcept { return now.is_probe; }

    /// What went wrong in the attempt that has ended, on one line: the text of its error, or what `describe` says of its
    /// value. Empty where there is none.
    std::string text() const {
        return now.last != nullptr ? detail::text_of(*now.last, describe) : std::string{};
    }
};

/// One line.
inline std::ostream& operator<<(std::ostream& out, retry_event const& event) {
    if (!event.host.empty())
        out << detail::printable_host(event.host) << ": ";
    switch (event.what) {
    case retry_event::kind::before_attempt:
        return out << "attempt " << event.now.number;
    case retry_event::kind::after_attempt:
        out << "attempt " << event.now.number << " ended "
            << (event.result == verdict::neutral ? "" : "as a ") << event.result;
        if (auto const text = event.text(); !text.empty())
            out << ": " << text;
        return out;
    case retry_event::kind::before_wait:
        return out << "waits " << detail::duration_text(event.now.upcoming_wait) << " after attempt "
                   << event.now.number;
    case retry_event::kind::waits_until_available:
        return out << "waits " << detail::duration_text(event.now.upcoming_wait) << " until attempt "
                   << event.now.number << " may begin";
    case retry_event::kind::finished:
        break;
    }
    return out << to_string(event.end) << " at attempt " << event.now.number;
}

} // namespace breakerbox

#endif
