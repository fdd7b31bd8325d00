// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_LUA_PROLOGUE_HPP
#define BREAKERBOX_REDIS_LUA_PROLOGUE_HPP

#include <string_view>

namespace breakerbox::detail::lua {

/// What each script begins with: the time, and the lives of keys. The body of a rule knows both by these names
/// alone, so that a test may begin it with a prologue of virtual time.
inline constexpr std::string_view prologue = R"lua(
-- Times are whole microseconds, exact in a double. 2^51 of them are 71 years: what lasts longer lasts for ever.
local forever = 2251799813685248

-- The one clock of all clients, read once a step.
local seconds_and_rest = redis.call('TIME')
local now = tonumber(seconds_and_rest[1]) * 1000000 + tonumber(seconds_and_rest[2])

-- Every key expires. One that is to last for ever gets twice the longest time, so that it can be told as such for
-- 71 years, and gets it again with each write.
local function milliseconds(time)
  return string.format('%.0f', math.ceil(math.min(time, 2 * forever) / 1000))
end

local function expire(key, time)
  redis.call('PEXPIRE', key, milliseconds(time))
end

-- Writes a text and its expiry at once.
local function put(key, text, time)
  redis.call('SET', key, text, 'PX', milliseconds(time))
end

-- Has `write` make a key that isn't there. Where the user may not set an expiry, none is made, or what was made goes
-- again. Not by PEXPIRE first: after a write, Redis takes such as it has no memory for.
local function make(key, time, write)
  if redis.acl_check_cmd and not redis.acl_check_cmd('PEXPIRE', key, '1') then -- since Redis 7
    expire(key, time) -- which says so
  end
  write()
  local reply = redis.pcall('PEXPIRE', key, milliseconds(time))
  if type(reply) == 'table' then
    redis.pcall('DEL', key)
    expire(key, time)
  end
end

-- How long a key will live; nil where it has no expiry, or is not there.
local function life_of(key)
  local milliseconds = redis.call('PTTL', key)
  if milliseconds < 0 then
    return nil
  end
  return milliseconds * 1000 < forever and milliseconds * 1000 or math.huge
end

local function remove(key)
  redis.call('DEL', key)
end
)lua";

} // namespace breakerbox::detail::lua

#endif
