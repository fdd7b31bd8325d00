// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_ACQUIRE_OPTIONS_HPP
#define BREAKERBOX_BASE_ACQUIRE_OPTIONS_HPP

namespace breakerbox {

/// How a caller asks a breaker for leave.
struct acquire_options {
    /// Whether the call may be a probe. One that may not is refused by a host that isn't closed, as if all of its
    /// probes were out, and changes nothing of its state: for calls that are long or can't be repeated.
    bool may_probe = true;
    /// Whether the observer hears of a refusal; not while a caller only waits for leave, and asks again and again.
    bool tells_refusal = true;
};

} // namespace breakerbox

#endif
