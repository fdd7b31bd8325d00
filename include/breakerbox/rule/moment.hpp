// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RULE_MOMENT_HPP
#define BREAKERBOX_RULE_MOMENT_HPP

#include <breakerbox/rule/recovery.hpp>

#include <cstdint>

namespace breakerbox {

/// What a step is told besides its event.
struct moment {
    instant now{};
    /// A number above zero that the store gives to no other step.
    std::uint64_t fresh = 0;
    /// Uniform in [0, 1): the jitter of an open time that begins now.
    double jitter = 0;
};

} // namespace breakerbox

#endif
