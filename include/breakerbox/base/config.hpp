// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BASE_CONFIG_HPP
#define BREAKERBOX_BASE_CONFIG_HPP

#include <chrono>

namespace boost::asio {}

namespace breakerbox {

namespace asio = boost::asio;

/// The unit of every wait and time-out. Its longest value, about 292 years, stands for "for ever": sums and
/// powers that would go beyond it stay there.
using duration = std::chrono::nanoseconds;

} // namespace breakerbox

// g++ 12 destroys a closure or an aggregate that is built inside a co_await expression twice. Where it owns
// anything, that is a double free in the caller's frame. No signature of a callee can mend it, so the entry
// points of this library refuse such arguments. Define BREAKERBOX_ALLOW_OWNING_TEMPORARIES to switch the
// guard off, for calls that are known to stand outside a co_await expression.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13 && !defined(BREAKERBOX_ALLOW_OWNING_TEMPORARIES)
#define BREAKERBOX_REFUSES_OWNING_TEMPORARIES 1
#else
#define BREAKERBOX_REFUSES_OWNING_TEMPORARIES 0
#endif

#endif
