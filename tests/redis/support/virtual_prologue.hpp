// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_REDIS_SUPPORT_VIRTUAL_PROLOGUE_HPP
#define BREAKERBOX_TESTS_REDIS_SUPPORT_VIRTUAL_PROLOGUE_HPP

#include <string_view>

namespace support {

/// The prologue of a rule's script in virtual time: the same names as in lua/prologue.hpp, but the time is the last
/// ARGV, and when a key's life ends is kept, in microseconds, in the hash that is the last of KEYS.
inline constexpr std::string_view virtual_prologue = R"lua(
local forever = 2251799813685248
local now = tonumber(ARGV[#ARGV])
local lives = KEYS[#KEYS]

local function remove(key)
  redis.call('DEL', key)
  redis.call('HDEL', lives, key)
end

local function expire(key, time)
  if time <= 0 then
    remove(key)
  elseif redis.call('EXISTS', key) == 1 then
    redis.call('HSET', lives, key, string.format('%.0f', now + math.min(time, 2 * forever)))
  end
end

local function put(key, text, time)
  redis.call('SET', key, text)
  expire(key, time)
end

local function make(key, time, write)
  write()
  expire(key, time)
end

local function life_of(key)
  local ends = redis.call('HGET', lives, key)
  if not ends then
    return nil
  end
  local time = tonumber(ends) - now
  return time < forever and time or math.huge
end

for i = 1, #KEYS - 1 do
  local life = life_of(KEYS[i])
  if life and life <= 0 then
    remove(KEYS[i])
  end
end
)lua";

} // namespace support

#endif
