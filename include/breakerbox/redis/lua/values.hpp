// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_LUA_VALUES_HPP
#define BREAKERBOX_REDIS_LUA_VALUES_HPP

#include <string_view>

namespace breakerbox::detail::lua {

/// What the bodies of all rules begin with: how values are written, and what a step answers.
inline constexpr std::string_view values = R"lua(
-- What lasts for ever is math.huge here, with which arithmetic does what C++ does by saturating; written it is -1.
local function time_from(text)
  local time = tonumber(text)
  return time == -1 and math.huge or time
end

local function text_of(number)
  return number == math.huge and '-1' or string.format('%.0f', number)
end

local states = { closed = 0, open = 1, half_open = 2 }
local causes = { none = 0, failures = 1, slow_calls = 2, failed_probes = 3, by_hand = 4 }

-- The first error met: what is kept can't be read, as where another program has written to a key of ours. It ends
-- the step before anything is written, but for a reset, which heals.
local trouble = nil

local function unreadable(what)
  trouble = trouble or redis.error_reply('ERR breakerbox: what is kept of the host can not be read: ' .. what)
end

-- A whole number as Redis itself writes it, and not so large that a double would round it.
local function number_from(text, what)
  local number = tonumber(text)
  if number and number >= 0 and number < 9007199254740992 and string.format('%.0f', number) == text then
    return number
  end
  unreadable(what)
  return 0
end

-- All of it in integers, of which 53 bits are exact. Times that remain or are past, never a clock's reading.
local function answer(done, number, is_probe, from, status)
  return {
    done and 1 or 0, number, is_probe and 1 or 0, states[from],
    states[status.state], causes[status.cause], status.failures, status.calls, status.slow_calls,
    status.probes_out, status.probe_successes, status.probe_failures,
    status.opened_ago, status.retry_after == math.huge and -1 or status.retry_after,
    status.probes_given_up, status.given_up_now, status.opening, status.closed_ago
  }
end
)lua";

} // namespace breakerbox::detail::lua

#endif
