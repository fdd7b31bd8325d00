// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_LUA_PROBE_LEDGER_HPP
#define BREAKERBOX_REDIS_LUA_PROBE_LEDGER_HPP

#include <string_view>

namespace breakerbox::detail::lua {

/// The probes that are out, after `kept_host`: each has a number and a lease, at whose end it is given up.
inline constexpr std::string_view probe_ledger = R"lua(
local most_probes, probe_lease = tonumber(ARGV[12]), time_from(ARGV[15])

-- A lease that began before the clock stepped back lasts no longer than one that begins now.
local function lease_end(probe)
  return math.min(probe.given_up_at, now + probe_lease)
end

-- Whether the clock has stepped back since a lease began.
local function is_a_lease_ahead()
  for _, probe in ipairs(host.probes) do
    if lease_end(probe) ~= probe.given_up_at then
      return true
    end
  end
  return false
end

-- Returns whether there is room for one more probe.
local function admit_probe(number)
  if #host.probes >= most_probes then
    return false
  end
  host.probes[#host.probes + 1] = { number = number, given_up_at = now + probe_lease }
  return true
end

-- The place of a probe that is out; nil where none of this number is.
local function place_of_probe(number)
  for i, probe in ipairs(host.probes) do
    if probe.number == number then
      return i
    end
  end
  return nil
end

-- Returns whether such a probe was out.
local function end_probe(number)
  local place = place_of_probe(number)
  if place then
    table.remove(host.probes, place)
  end
  return place ~= nil
end

-- Begins its lease anew. Returns whether such a probe is out.
local function renew_lease(number)
  local place = place_of_probe(number)
  if place then
    host.probes[place].given_up_at = now + probe_lease
  end
  return place ~= nil
end

local function give_up_late_probes()
  local in_time = {}
  for _, probe in ipairs(host.probes) do
    local ends = lease_end(probe)
    is_changed = is_changed or ends ~= probe.given_up_at or ends <= now
    if ends > now then
      in_time[#in_time + 1] = { number = probe.number, given_up_at = ends }
    end
  end
  host.probes_given_up = host.probes_given_up + #host.probes - #in_time
  host.probes = in_time
end

-- How many probes are out, and when the first of their leases ends.
local function probes_out()
  local out, earliest = 0, now + probe_lease
  for _, probe in ipairs(host.probes) do
    local ends = lease_end(probe)
    if ends > now then
      out = out + 1
      earliest = math.min(earliest, ends)
    end
  end
  return out, earliest
end
)lua";

} // namespace breakerbox::detail::lua

#endif
