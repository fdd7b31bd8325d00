// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_LUA_MEETING_HPP
#define BREAKERBOX_REDIS_LUA_MEETING_HPP

#include <string_view>

namespace breakerbox::detail::lua {

/// What a process that comes back after Redis was away tells of a host, after `open_period`.
inline constexpr std::string_view meeting = R"lua(
-- The rule of the meeting, as in meeting.hpp.
local function is_brought_in(number, learnt_ago, ends)
  local is_closed = host.state == 'closed'
  if not is_closed and number ~= 0 and number == host.opening then
    return false
  end
  if host.closed_at > 0 and now - host.closed_at < learnt_ago then
    return false
  end
  return is_closed or ends > (host.state == 'half_open' and now or host.open_until)
end

-- What was so while Redis was away. Nothing is counted twice. Where nothing is brought in, a write that changes
-- nothing, to find out whether it is taken.
local function meet(cause, time, counted, number, learnt_ago)
  local ends = now + time
  if cause == 'none' or not is_brought_in(number, learnt_ago, ends) then
    if has_state then
      write_to(state_key, true, 'state', host.state)
    elseif has_tally then
      write_to(tally_key, true, 'touched_at', text_of(host.touched_at))
    else
      write_to(tally_key, false, 'meeting', '1')
      remove(tally_key)
    end
    return
  end
  -- No opening of its own, of which each takes longer: many processes come back, and more than once.
  local open_time = host.open_time
  open(cause)
  host.opening = number ~= 0 and number or fresh
  host.open_time = open_time == 0 and open_for or open_time
  host.open_until = ends
  local failures, calls, slow_calls, probe_failures = string.match(counted, '^(%d+) (%d+) (%d+) (%d+)$')
  host.failures, host.calls, host.slow_calls = tonumber(failures), tonumber(calls), tonumber(slow_calls)
  host.probe_failures = tonumber(probe_failures)
end
)lua";

} // namespace breakerbox::detail::lua

#endif
