// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_CALL_ACTION_HPP
#define BREAKERBOX_RETRY_DETAIL_CALL_ACTION_HPP

#include <breakerbox/base/host_status.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/retry/detail/call_attempt.hpp>
#include <breakerbox/retry/retry_end.hpp>

#include <cstdint>

// What a call's machine is told, and what it says is to be done.

namespace breakerbox::detail {

/// What a call that has ended hands to its caller.
enum class ends_with : std::uint8_t {
    /// What its last attempt ended with.
    last_outcome,
    /// That there is no further attempt: what the last one ended with, or a retry_error about it.
    no_other,
    /// An error that is not the operation's.
    own_error,
    /// The breaker's refusal.
    refusal,
};

struct call_end {
    retry_end why = retry_end::succeeded;
    ends_with with = ends_with::last_outcome;
    /// Whether the outcome of the attempt before the last wait, if it is still kept, is not to be told of.
    bool forgets_outcome = false;

    friend bool operator==(call_end const&, call_end const&) = default;
};

/// What is to be done next.
enum class call_action : std::uint8_t {
    /// Ask the breaker, for the next attempt.
    ask,
    /// Make the attempt, with what was granted for it.
    attempt,
    /// Ask the breaker after a failure that has opened the host, before the wait.
    ask_again,
    /// Wait before the next attempt.
    wait,
    /// Wait before the breaker is asked once more.
    wait_for_grant,
    end,
};

namespace call_input {

/// The breaker grants an attempt; without a breaker, nobody objects.
struct granted {
    bool is_probe = false;
};

/// The breaker refuses an attempt.
struct refused {
    host_status const& why;
};

/// The breaker gave no answer: the call was cancelled meanwhile, or the breaker's store has failed.
struct unanswered {
    bool cancelled;
};

/// An attempt has ended, and the breaker knows.
struct attempted {
    attempt_facts const& how;
    outcome const& result;
};

/// A wait is over.
struct waited {};

/// The caller has cancelled the call.
struct cancelled {};

} // namespace call_input

} // namespace breakerbox::detail

#endif
