// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKER_CIRCUIT_BREAKER_OPTIONS_HPP
#define BREAKERBOX_BREAKER_CIRCUIT_BREAKER_OPTIONS_HPP

#include <breakerbox/base/callback.hpp>
#include <breakerbox/breaker/breaker_event.hpp>

#include <cstddef>

namespace breakerbox {

/// How a breaker behaves but for its store: what it tells, and what it keeps to be told.
struct circuit_breaker_options {
    /// Told of each event, outside any lock. It may call back into the breaker. What it throws is ignored.
    ///
    /// Of changes of state it is told one after the other, in the order in which they came about, by the thread
    /// whose call caused one, or by another that is just telling of an earlier one: keep it short.
    callback<void(breaker_event const&)> observer{};
    /// The text of the last failure is kept for so many hosts, those that failed last, and shown by rejections and
    /// snapshots; by default for none. At most 256 bytes of each are kept.
    std::size_t failure_texts = 0;
};

} // namespace breakerbox

#endif
