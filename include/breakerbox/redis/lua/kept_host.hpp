// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_LUA_KEPT_HOST_HPP
#define BREAKERBOX_REDIS_LUA_KEPT_HOST_HPP

#include <string_view>

namespace breakerbox::detail::lua {

/// What is kept of a host under breakerbox::recovering, after `values` and a tally: how it is read and written.
inline constexpr std::string_view kept_host = R"lua(
-- KEYS: a hash with the state of a host, there only while it is not closed; a hash with its tally and its number,
-- there only while it is closed, and nowhere for a host with nothing to remember; where the tally has one, its
-- ring. The first two are two so that who watches states isn't told of each call.
local state_key, tally_key, ring_key = KEYS[1], KEYS[2], KEYS[3]
local forget_after = time_from(ARGV[16])

local function new_host()
  return {
    state = 'closed', cause = 'none', number = 0, touched_at = now,
    failures = 0, calls = 0, slow_calls = 0,
    open_time = 0, opened_at = 0, open_until = 0,
    probes = {}, probe_successes = 0, probe_failures = 0, probes_given_up = 0,
    -- The number of the opening that it is in, and when it was last closed; 0 where it never was.
    opening = 0, closed_at = 0
  }
end

local host = new_host()
-- Whether a key is there, whether what is there means nothing any more, and whether anything must be written.
local has_state, has_tally, is_outdated, is_changed = false, false, false, false
-- What is to be written of the tally: fields and texts in turn.
local tally_fields = {}

local function touch()
  host.touched_at = now
  is_changed = true
end

local function keep(field, text)
  tally_fields[#tally_fields + 1] = field
  tally_fields[#tally_fields + 1] = text
end

local function hash_at(key)
  local flat = redis.pcall('HGETALL', key)
  if flat.err then
    trouble = trouble or flat
    return {}
  end
  local fields = {}
  for i = 1, #flat, 2 do
    fields[flat[i]] = flat[i + 1]
  end
  return fields
end

local function until_from(text, what)
  return text == '-1' and math.huge or number_from(text, what)
end

local function word_from(text, words, what)
  if words[text] then
    return text
  end
  unreadable(what)
  return 'none'
end

-- Each as its number, and when it is given up.
local function probes_from(text)
  local probes = {}
  for number, given_up_at in string.gmatch(text, '(%d+):(%-?%d+)') do
    probes[#probes + 1] = {
      number = number_from(number, 'probes'), given_up_at = until_from(given_up_at, 'probes')
    }
  end
  return probes
end

local function expires_at()
  local ends = (host.state == 'open' and host.open_until or host.touched_at) + forget_after
  for _, probe in ipairs(host.probes) do
    ends = math.max(ends, probe.given_up_at)
  end
  return ends
end

local function read()
  local kept = hash_at(state_key)
  has_state = next(kept) ~= nil
  if has_state then
    host.state = word_from(kept.state, states, 'state')
    host.cause = word_from(kept.cause, causes, 'cause')
    host.failures = number_from(kept.failures, 'failures')
    host.calls = number_from(kept.calls, 'calls')
    host.slow_calls = number_from(kept.slow_calls, 'slow_calls')
    host.open_time = until_from(kept.open_time, 'open_time')
    host.opened_at = number_from(kept.opened_at, 'opened_at')
    host.open_until = until_from(kept.open_until, 'open_until')
    host.probes = probes_from(kept.probes or '')
    host.opening = number_from(kept.opening or '0', 'opening')
  else
    kept = hash_at(tally_key)
    has_tally = next(kept) ~= nil
    if has_tally then
      host.number = number_from(kept.number or '0', 'number')
      tally.load(kept)
    end
  end
  if has_state or has_tally then
    host.touched_at = number_from(kept.touched_at, 'touched_at')
    host.probe_successes = number_from(kept.probe_successes or '0', 'probe_successes')
    host.probe_failures = number_from(kept.probe_failures or '0', 'probe_failures')
    host.probes_given_up = number_from(kept.probes_given_up or '0', 'probes_given_up')
    host.closed_at = number_from(kept.closed_at or '0', 'closed_at')
  end
  if (has_state or has_tally) and expires_at() <= now then
    host = new_host()
    tally.clear()
    is_outdated = true
  end
end

local function remove_all()
  remove(state_key)
  remove(tally_key)
  if tally.has_ring then
    remove(ring_key)
  end
  has_state, has_tally = false, false
end

-- Garbage collection alone: a minute after that the state means nothing.
local function life_of_state()
  return expires_at() - now + 60000000
end

-- Writes fields to a hash that is there, or isn't.
local function write_to(key, is_there, ...)
  local fields = { ... }
  local function write()
    redis.call('HSET', key, unpack(fields))
  end
  if is_there then
    write()
    expire(key, life_of_state())
  else
    make(key, life_of_state(), write)
  end
end

local function write_state()
  local probes = {}
  for i, probe in ipairs(host.probes) do
    probes[i] = text_of(probe.number) .. ':' .. text_of(probe.given_up_at)
  end
  write_to(state_key, has_state, 'state', host.state, 'cause', host.cause, 'failures', text_of(host.failures),
    'calls', text_of(host.calls), 'slow_calls', text_of(host.slow_calls), 'open_time', text_of(host.open_time),
    'opened_at', text_of(host.opened_at), 'open_until', text_of(host.open_until),
    'touched_at', text_of(host.touched_at), 'probe_successes', text_of(host.probe_successes),
    'probe_failures', text_of(host.probe_failures),
    'probes_given_up', text_of(host.probes_given_up), 'probes', table.concat(probes, ' '),
    'opening', text_of(host.opening), 'closed_at', text_of(host.closed_at))
end

local function write_tally()
  keep('touched_at', text_of(host.touched_at))
  if is_outdated then
    keep('number', text_of(host.number))
    keep('closed_at', text_of(host.closed_at))
    keep('probe_successes', text_of(host.probe_successes))
    keep('probe_failures', text_of(host.probe_failures))
    keep('probes_given_up', text_of(host.probes_given_up))
  end
  write_to(tally_key, has_tally, unpack(tally_fields))
  if tally.has_ring then
    expire(ring_key, life_of_state())
  end
end

local function write()
  if not is_changed then
    return
  end
  local has_moved = has_state and host.state == 'closed' or has_tally and host.state ~= 'closed'
  is_outdated = is_outdated or has_moved
  local is_blank = host.state == 'closed' and host.number == 0 and tally.is_empty() and
    host.probe_successes == 0 and host.probe_failures == 0 and host.probes_given_up == 0
  if has_moved or is_blank and has_tally then
    remove_all()
  end
  if host.state ~= 'closed' then
    write_state()
  elseif not is_blank then
    write_tally()
  end
end
)lua";

} // namespace breakerbox::detail::lua

#endif
