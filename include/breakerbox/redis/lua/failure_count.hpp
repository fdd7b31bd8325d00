// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_LUA_FAILURE_COUNT_HPP
#define BREAKERBOX_REDIS_LUA_FAILURE_COUNT_HPP

#include <string_view>

namespace breakerbox::detail::lua {

/// The steps of breakerbox::failure_count, after `values`.
inline constexpr std::string_view failure_count = R"lua(
-- KEYS: the count, a decimal integer that expires. The Python library circuit-breaker-box writes the same.
-- ARGV: the step, max_failures, reset_timeout, and of the event a verdict or the local count, a time, and how long ago
-- the local count was learnt, 0 where failures of its own are in it.
local key = KEYS[1]
local step, event, time = ARGV[1], ARGV[4], ARGV[5]
local max_failures = tonumber(ARGV[2])
local reset_timeout = time_from(ARGV[3])

local count = 0
-- Until the count is gone.
local rest = 0
-- A count without an expiry is one that Python's two steps were cut apart at. It would never be gone.
local is_endless = false
-- How long it is known still that an open host was reset: its count is 0 for that time.
local reset_for = 0

local function read()
  local text = redis.pcall('GET', key)
  if type(text) == 'table' then
    trouble = text
  elseif text then
    count = number_from(text, 'the count')
    rest = life_of(key)
    is_endless = rest == nil
    rest = rest or reset_timeout
    if count == 0 and not trouble then
      reset_for, rest, is_endless = rest, 0, false
    end
  end
end

local function state()
  return count > max_failures and rest > 0 and 'open' or 'closed'
end

local function forget()
  remove(key)
  count, rest, is_endless, reset_for = 0, 0, false, 0
end

-- For `least` at least: an expiry is never shortened.
local function raise_to(new_count, least)
  count, rest, is_endless, reset_for = new_count, math.max(rest, least), false, 0
  if rest > 0 then
    put(key, text_of(count), rest)
  else
    forget()
  end
end

read()
if trouble and step ~= 'reset' then
  return trouble
end
local from = state()
-- In the last millisecond of its life a key is still there.
if rest == 0 and count > 0 then
  count = 0
  if step ~= 'look' then
    forget()
  end
end

local done = true
if step == 'acquire' then
  done = from == 'closed'
  if is_endless then
    raise_to(count, reset_timeout)
  end
elseif (step == 'record' or step == 'report') and event == 'failure' then
  -- Where C++ stops counting.
  raise_to(math.min(count + 1, math.max(count, 4294967295)), reset_timeout)
elseif step == 'record' or step == 'report' then
  done = false
elseif step == 'force_open' then
  raise_to(math.max(count, max_failures + 1), time_from(time))
elseif step == 'reset' then
  -- Whoever comes back with what was known before finds that it is over.
  if from == 'open' then
    reset_for = rest
    put(key, '0', rest)
    count, rest, is_endless = 0, 0, false
  elseif reset_for == 0 then
    forget()
  end
elseif step == 'meet' then
  local brought = tonumber(event)
  if reset_for > 0 and (tonumber(ARGV[6]) > 0 or brought == 0) then
    put(key, '0', reset_for)
  elseif math.max(count, brought) == 0 then
    -- A write that changes nothing, to find out whether it is taken.
    put(key, '0', reset_timeout)
    forget()
  else
    raise_to(math.max(count, brought), math.max(time_from(time), brought > count and reset_timeout or 0))
  end
end

local is_open = state() == 'open'
return answer(done, 0, false, from, {
  state = state(), cause = is_open and 'failures' or 'none', failures = count, calls = 0, slow_calls = 0,
  probes_out = 0, probe_successes = 0, probe_failures = 0, probes_given_up = 0, given_up_now = 0,
  opened_ago = -1, retry_after = is_open and rest or 0,
  opening = 0, closed_ago = reset_for > 0 and 0 or -1
})
)lua";

} // namespace breakerbox::detail::lua

#endif
