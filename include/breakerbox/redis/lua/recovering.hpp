// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_LUA_RECOVERING_HPP
#define BREAKERBOX_REDIS_LUA_RECOVERING_HPP

#include <string_view>

namespace breakerbox::detail::lua {

/// The steps of breakerbox::recovering, after `values`, a tally and `kept_host`.
inline constexpr std::string_view recovering = R"lua(
-- ARGV: the step, a fresh number, the factor of jitter, five of the event's own, recovery, and what the tally needs.
local step, fresh, jitter = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local open_for, growth, max_open_for = time_from(ARGV[9]), tonumber(ARGV[10]), time_from(ARGV[11])
local most_probes, successes_to_close = tonumber(ARGV[12]), tonumber(ARGV[13])
local failures_to_reopen = tonumber(ARGV[14])
local probe_lease = time_from(ARGV[15])

local function touch()
  host.touched_at = now
  is_changed = true
end

-- A clock may step back, as where another Redis takes over: an open time then begins anew.
local function open_until()
  if now >= host.opened_at or host.open_until == math.huge then
    return host.open_until
  end
  return now + (host.open_until - host.opened_at)
end

-- Likewise a lease.
local function lease_end(probe)
  return math.min(probe.given_up_at, now + probe_lease)
end

-- Whether the clock has stepped back since the host was written.
local function is_ahead()
  for _, probe in ipairs(host.probes) do
    if lease_end(probe) ~= probe.given_up_at then
      return true
    end
  end
  return host.touched_at > now or host.opened_at > now
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
  if host.opened_at > now then
    host.open_until = open_until()
    host.opened_at = now
    is_changed = true
  end
  local probes = {}
  for _, probe in ipairs(host.probes) do
    local ends = lease_end(probe)
    is_changed = is_changed or ends ~= probe.given_up_at or ends <= now
    if ends > now then
      probes[#probes + 1] = { number = probe.number, given_up_at = ends }
    end
  end
  host.probes_given_up = host.probes_given_up + #host.probes - #probes
  host.probes = probes
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

local function become_half_open()
  host.state = 'half_open'
  host.probe_successes = 0
  host.probe_failures = 0
  host.probes_given_up = 0
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

-- Whether leave was given, and the permit's number.
local function acquire(may_probe)
  if host.state == 'open' and now < host.open_until or host.state ~= 'closed' and not may_probe then
    return false, 0
  end
  touch()
  if host.state == 'closed' then
    return true, host.number
  end
  local has_room = #host.probes < most_probes -- an open host has no probes out
  if has_room then
    host.probes[#host.probes + 1] = { number = fresh, given_up_at = now + probe_lease }
  end
  if host.state == 'open' then
    become_half_open()
  end
  return has_room, has_room and fresh or 0
end

-- Whether the report was worth anything. The number -1 is that of any permit given while closed.
local function report(number, verdict, is_slow)
  if host.state == 'closed' then
    if number ~= -1 and number ~= host.number then
      return false
    end
    count(verdict, is_slow)
    return true
  end
  for i, probe in ipairs(host.probes) do
    if probe.number == number then
      table.remove(host.probes, i)
      count_probe(verdict, is_slow)
      return true
    end
  end
  return false
end

-- Whether a report would be worth anything.
local function renew(number)
  if host.state == 'closed' then
    return number == host.number
  end
  for _, probe in ipairs(host.probes) do
    if probe.number == number then
      probe.given_up_at = now + probe_lease
      touch()
      return true
    end
  end
  return false
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

-- How long until a call may pass, and how many probes are out.
local function wait_now(may_probe)
  if host.state == 'closed' then
    return 0, 0
  end
  local open_left = host.state == 'open' and math.max(open_until() - now, 0) or 0
  if host.state == 'open' and (may_probe or open_left > 0) then
    return open_left, 0
  end
  local out, earliest = 0, now + probe_lease
  for _, probe in ipairs(host.probes) do
    local ends = lease_end(probe)
    if ends > now then
      out = out + 1
      earliest = math.min(earliest, ends)
    end
  end
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
