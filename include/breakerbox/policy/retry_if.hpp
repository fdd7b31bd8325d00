// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_POLICY_RETRY_IF_HPP
#define BREAKERBOX_POLICY_RETRY_IF_HPP

#include <breakerbox/policy/combine.hpp>
#include <breakerbox/policy/concepts.hpp>
#include <breakerbox/policy/outcome.hpp>
#include <breakerbox/policy/retry_if_cause.hpp>
#include <breakerbox/policy/retry_if_error.hpp>
#include <breakerbox/policy/retry_if_exception.hpp>
#include <breakerbox/policy/retry_if_result.hpp>

#include <exception>

// What counts as a failure: it is retried, and counted by the breaker. A retry_if policy is asked once about the
// outcome of each attempt, an exception or a value. Any callable `bool(outcome const&)` is one; `a | b`, `a & b` and
// `!a` combine them. All are immutable, and safe to share between any number of calls and threads.
//
// Two errors are retried only by a policy that names them:
//
// - asio's operation_aborted, see `retry_if_error`;
// - a refusal by a breaker that comes out of the operation, such as that of a retrier within it. Asking a host again that
//   is known to be down should be intended, as where each attempt takes another host. A policy names a refusal by its
//   code, `retry_if_error{errc::host_unavailable}`, or by its type, as `retry_if_exception<host_unavailable>` and a
//   `retry_if_exception_that` whose predicate takes a host_unavailable do.
//
// A policy that matches more, such as `retry_always`, `retry_if_exception<>`, `retry_if_error{}`, a predicate on every
// outcome, or `!a`, names neither. A combination names them where one of its policies does.

namespace breakerbox {

/// Thrown by an operation that wants to be tried again whatever its retry_if policy says. When the last attempt ends
/// with it, the call throws `retry_error`, or returns `errc::attempts_exhausted` where the operation returns its errors.
struct try_again : std::exception {
    char const* what() const noexcept override { return "try again"; }
};

/// Everything: each exception, and each value.
struct retry_always {
    using category = retry_if_category;

    constexpr bool operator()(outcome const&) const noexcept { return true; }
};

/// Nothing.
struct retry_never {
    using category = retry_if_category;

    constexpr bool operator()(outcome const&) const noexcept { return false; }
};

} // namespace breakerbox

#endif
