// SPDX-License-Identifier: BSL-1.0
#ifndef OTHER_HPP
#define OTHER_HPP

#include <breakerbox_single.hpp>

#include <cstdint>

using host_breaker = breakerbox::circuit_breaker<breakerbox::memory_store<breakerbox::failure_count>>;

// Calls that fail, made in the other file.
breakerbox::asio::awaitable<void> fail(host_breaker& breaker, std::uint64_t times);

#endif
