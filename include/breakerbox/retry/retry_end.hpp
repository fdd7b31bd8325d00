// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_RETRY_END_HPP
#define BREAKERBOX_RETRY_RETRY_END_HPP

#include <cstdint>
#include <ostream>
#include <string_view>

namespace breakerbox {

/// Why a call ended.
enum class retry_end : std::uint8_t {
    /// The operation gave a value that counts as success.
    succeeded,
    /// The operation ended with what its retry_if policy doesn't retry, or with an error that is permanent.
    not_retryable,
    /// The stop policy gave up.
    stopped,
    /// The breaker refused an attempt.
    refused,
    /// The caller cancelled.
    cancelled,
    /// The breaker's store could not be asked for leave, and its `when_store_fails` is `fail`.
    store_failed,
    /// The deadline left no time for another attempt.
    deadline,
    /// The retry budget had nothing left for another attempt.
    budget_spent,
    /// The wait policy would not wait for so long as it was told to, see `retry_after_options::when_longer`.
    wait_too_long,
    /// The retrier was called within an attempt of another one, which does the retrying.
    left_to_outer,
};

constexpr std::string_view to_string(retry_end end) noexcept {
    switch (end) {
    case retry_end::succeeded:
        return "succeeded";
    case retry_end::not_retryable:
        return "not retryable";
    case retry_end::stopped:
        return "gave up";
    case retry_end::refused:
        return "refused by the breaker";
    case retry_end::store_failed:
        return "failed to ask the breaker's store";
    case retry_end::deadline:
        return "out of time";
    case retry_end::budget_spent:
        return "out of retry budget";
    case retry_end::wait_too_long:
        return "told to wait for too long";
    case retry_end::left_to_outer:
        return "left to the outer retrier";
    case retry_end::cancelled:
        break;
    }
    return "cancelled";
}

inline std::ostream& operator<<(std::ostream& out, retry_end end) {
    return out << to_string(end);
}

} // namespace breakerbox

#endif
