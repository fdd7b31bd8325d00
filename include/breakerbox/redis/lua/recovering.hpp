// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_LUA_RECOVERING_HPP
#define BREAKERBOX_REDIS_LUA_RECOVERING_HPP

#include <string_view>

namespace breakerbox::detail::lua {

/// The steps of breakerbox::recovering, after `values`, a tally, `kept_host`, `open_period`, `probe_ledger` and
/// `meeting`.
inline constexpr std::string_view recovering = R"lua(
-- ARGV: the step, a fresh number, the factor of jitter, five of the event's own, recovery, and what the tally needs.
local step, successes_to_close, failures_to_reopen = ARGV[1], tonumber(ARGV[13]), tonumber(ARGV[14])

-- Whether the clock has stepped back since the host was written.
local function is_ahead()
  return host.touched_at > now or host.opened_at > now or is_a_lease_ahead()
end

local function bring_up_to_now()
  if is_outdated then
    remove_all() -- before anything is counted anew
  end
  if host.touched_at > now then
    touch()
  end
  -- When it was closed is not known any more. As of now, what was learnt before is over.
  if host.closed_at > now then
    host.closed_at = now
    keep('closed_at', text_of(now))
    is_changed = true
  end
  if host.state == 'closed' then
    return
  end
  restart_open_period()
  give_up_late_probes()
end

local function become_half_open()
  host.state = 'half_open'
  host.probe_successes = 0
  host.probe_failures = 0
  host.probes_given_up = 0
end

local function count(verdict, is_slow)
  if verdict == 'neutral' then
    return
  end
  local cause = tally.count(verdict == 'failure', is_slow, keep)
  touch()
  if cause ~= 'none' then
    open(cause)
  end
end

local function count_probe(verdict, is_slow)
  touch()
  if verdict == 'neutral' then
    return
  end
  if verdict == 'success' and not is_slow then
    host.probe_successes = host.probe_successes + 1
    if host.probe_successes >= successes_to_close then
      close()
    end
  else
    host.probe_failures = host.probe_failures + 1
    if host.probe_failures >= failures_to_reopen then
      open('failed_probes')
    end
  end
end

-- Returns whether the call may be made, and the permit's number.
local function acquire(may_probe)
  if host.state == 'open' and now < host.open_until or host.state ~= 'closed' and not may_probe then
    return false, 0
  end
  touch()
  if host.state == 'closed' then
    return true, host.number
  end
  local has_room = admit_probe(fresh) -- an open host has no probes out
  if host.state == 'open' then
    become_half_open()
  end
  return has_room, has_room and fresh or 0
end

-- Returns whether the report counted. The number -1 counts whenever the host is closed.
local function report(number, verdict, is_slow)
  if host.state == 'closed' then
    if number ~= -1 and number ~= host.number then
      return false
    end
    count(verdict, is_slow)
    return true
  end
  local was_out = end_probe(number)
  if was_out then
    count_probe(verdict, is_slow)
  end
  return was_out
end

-- Returns whether a report would count.
local function renew(number)
  if host.state == 'closed' then
    return number == host.number
  end
  local is_out = renew_lease(number)
  if is_out then
    touch()
  end
  return is_out
end

-- A call that was made without a permit.
local function record(verdict, is_slow)
  if host.state == 'closed' then
    return count(verdict, is_slow)
  end
  if verdict == 'neutral' or host.state == 'open' and now < host.open_until then
    return
  end
  if host.state == 'open' then
    if verdict == 'failure' then
      return open('failures')
    end
    become_half_open()
  end
  count_probe(verdict, is_slow)
end

local function force_open(time)
  local already = host.state == 'open' and host.open_until or -math.huge
  open('by_hand')
  host.open_until = math.max(already, now + time)
end

local function reset()
  host = new_host()
  host.number = fresh
  host.closed_at = now
  tally.clear()
  is_outdated = true
  is_changed = true
  remove_all()
end

-- How long until a call may pass, and how many probes are out.
local function wait_now(may_probe)
  if host.state == 'closed' then
    return 0, 0
  end
  local open_left = host.state == 'open' and math.max(open_until() - now, 0) or 0
  if host.state == 'open' and (may_probe or open_left > 0) then
    return open_left, 0
  end
  local out, earliest = probes_out()
  return (out >= most_probes or not may_probe) and earliest - now or 0, out
end

local given_up_before = 0

local function status(may_probe)
  local is_closed = host.state == 'closed'
  local failures, calls, slow_calls = host.failures, host.calls, host.slow_calls
  if is_closed then
    failures, calls, slow_calls = tally.counted()
  end
  local retry_after, out = wait_now(may_probe)
  local state, successes, failed = host.state, host.probe_successes, host.probe_failures
  local given_up = host.probes_given_up + (state == 'half_open' and #host.probes - out or 0)
  -- What it is to a call that may not be a probe, its open time being over.
  if state == 'open' and not may_probe and open_until() <= now then
    state, successes, failed, given_up = 'half_open', 0, 0, 0
  end
  return {
    state = state, cause = host.cause, failures = failures, calls = calls, slow_calls = slow_calls,
    probes_out = out, probe_successes = successes, probe_failures = failed, probes_given_up = given_up,
    given_up_now = math.max(host.probes_given_up - given_up_before, 0),
    opened_ago = is_closed and -1 or math.max(now - host.opened_at, 0), retry_after = retry_after,
    opening = host.opening, closed_ago = host.closed_at > 0 and math.max(now - host.closed_at, 0) or -1
  }
end

read()
if trouble and step ~= 'reset' then
  return trouble
end
local from = trouble and 'closed' or host.state
given_up_before = host.probes_given_up
local done, number = true, 0
local may_probe = step ~= 'acquire' or ARGV[4] == '1'
-- A look writes nothing, but where the clock has stepped back: else the time would begin anew at each of them.
if step ~= 'look' or is_ahead() then
  bring_up_to_now()
  if step == 'acquire' then
    done, number = acquire(may_probe)
  elseif step == 'report' then
    done = report(tonumber(ARGV[4]), ARGV[5], ARGV[6] == '1')
  elseif step == 'renew' then
    done = renew(tonumber(ARGV[4]))
  elseif step == 'record' then
    record(ARGV[5], ARGV[6] == '1')
  elseif step == 'force_open' then
    force_open(time_from(ARGV[4]))
  elseif step == 'reset' then
    reset()
  elseif step == 'meet' then
    meet(ARGV[5], time_from(ARGV[4]), ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8]))
  end
  write()
end
local told = status(may_probe)
if told.state ~= host.state then
  from = told.state -- which is no change
end
return answer(done, number, step == 'acquire' and done and host.state ~= 'closed', from, told)
)lua";

} // namespace breakerbox::detail::lua

#endif
