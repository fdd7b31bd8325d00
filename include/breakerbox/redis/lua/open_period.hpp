// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_LUA_OPEN_PERIOD_HPP
#define BREAKERBOX_REDIS_LUA_OPEN_PERIOD_HPP

#include <string_view>

namespace breakerbox::detail::lua {

/// How a host opens, for how long, and how it closes, after `kept_host`: each open time is longer than the one before,
/// jittered, and outlasts a clock that steps back.
inline constexpr std::string_view open_period = R"lua(
local fresh, jitter = tonumber(ARGV[2]), tonumber(ARGV[3])
local open_for, growth, max_open_for = time_from(ARGV[9]), tonumber(ARGV[10]), time_from(ARGV[11])

-- A clock may step back, as where another Redis takes over: an open time then begins anew.
local function open_until()
  if now >= host.opened_at or host.open_until == math.huge then
    return host.open_until
  end
  return now + (host.open_until - host.opened_at)
end

-- Once the clock has stepped back, lets the open time begin anew now.
local function restart_open_period()
  if host.opened_at > now then
    host.open_until = open_until()
    host.opened_at = now
    is_changed = true
  end
end

-- Rounded down, held at max_open_for; what is too long for a double to be exact is for ever.
local function scaled(time, factor)
  local exact = time * factor
  return math.min(max_open_for, exact < forever and math.floor(exact) or math.huge)
end

local function open(cause)
  if host.state == 'closed' then
    host.failures, host.calls, host.slow_calls = tally.counted()
    tally.clear()
    tally_fields = {}
    if tally.has_new_ring then
      remove(ring_key) -- its first call has tripped the host
    end
  end
  host.state = 'open'
  host.opening = fresh
  host.cause = cause
  host.probes = {}
  host.open_time = host.open_time == 0 and open_for or scaled(host.open_time, growth)
  host.opened_at = now
  host.open_until = now + scaled(host.open_time, jitter)
  touch()
end

-- The rest goes with the key of the state.
local function close()
  host.state = 'closed'
  host.cause = 'none'
  host.probes = {}
  host.number = fresh
  host.opening = 0
  host.closed_at = now
end
)lua";

} // namespace breakerbox::detail::lua

#endif
