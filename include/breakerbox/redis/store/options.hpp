// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_STORE_OPTIONS_HPP
#define BREAKERBOX_REDIS_STORE_OPTIONS_HPP

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace breakerbox {

/// What a redis_store answers while its Redis can't be asked.
enum class when_store_fails : std::uint8_t {
    /// The same rule goes on in this process's memory, from what was last heard of the hosts. Once Redis is back it is
    /// told of the hosts that failed meanwhile, and after each reconnect of those that are open here: of two counts and
    /// of two expiries the greater one stays, of two open times the later, and what another process has closed since it
    /// was learnt is dropped; no host is let through for it.
    use_local,
    /// All hosts are available, and nothing is counted.
    assume_available,
    /// Asking throws store_error. A permit's report does not: its call has been made.
    fail,
};

/// What a redis_store does without its Redis.
struct redis_store_options {
    breakerbox::when_store_fails when_store_fails = breakerbox::when_store_fails::use_local;
    /// The most hosts known in this process under `use_local`, from 1 to 2^30; see memory_store_options.
    std::size_t max_local_hosts = 1024;
    /// What every key begins with, also those of failure_count that a Python service must know; for users who may write to
    /// some keys alone, such as `~tenant:*`. Copied by the store. In a braced part of it all keys would share a slot.
    std::string_view key_prefix{};
};

} // namespace breakerbox

#endif
