// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_RETRY_DETAIL_TELLING_HPP
#define BREAKERBOX_RETRY_DETAIL_TELLING_HPP

#include <cstdint>

namespace breakerbox::detail {

/// How a call that did not succeed tells its caller.
enum class telling : std::uint8_t {
    /// It throws.
    thrown,
    /// It returns an error in the operation's own result.
    returned,
    /// It returns a call_outcome.
    in_outcome,
};

} // namespace breakerbox::detail

#endif
