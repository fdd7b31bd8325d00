// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_LUA_FAILURE_RATE_HPP
#define BREAKERBOX_REDIS_LUA_FAILURE_RATE_HPP

#include <string_view>

namespace breakerbox::detail::lua {

/// The tally of breakerbox::failure_rate, after `values` and before `recovering`.
inline constexpr std::string_view failure_rate = R"lua(
-- ARGV from 17 on: threshold, minimum_calls, window ('100' calls, '30000000us'), slow threshold (0: not rated),
-- trip_on_success.
local tally = {}
do
  local threshold, minimum_calls = tonumber(ARGV[17]), tonumber(ARGV[18])
  local window = ARGV[19]
  local slow_threshold, trip_on_success = tonumber(ARGV[20]), ARGV[21] == '1'
  local forget_after = time_from(ARGV[16])
  local span = tonumber(string.match(window, '^(%d+)us$'))

  -- The last so many calls: a ring of two bits a call in a string of its own, and what is in it altogether.
  local function last_calls()
    local size = tonumber(window)
    local ring = KEYS[3]
    local calls, failures, slow_calls, place = 0, 0, 0, 0
    local this = {}

    function this.load(kept)
      calls = number_from(kept.calls, 'calls')
      failures = number_from(kept.failures, 'failures')
      slow_calls = number_from(kept.slow_calls, 'slow_calls')
      place = number_from(kept.place, 'place') % size
    end

    function this.is_empty()
      return calls == 0
    end

    function this.counted()
      return failures, calls, slow_calls
    end

    function this.record(is_failure, is_slow, keep)
      local is_new = redis.call('EXISTS', ring) == 0
      if is_new then
        -- Where memory is short, Redis may have let go of one key and not of the other.
        calls, failures, slow_calls, place = 0, 0, 0, 0
      end
      local bits = (is_failure and 1 or 0) + (is_slow and 2 or 0)
      local old
      local function write()
        old = redis.call('BITFIELD', ring, 'SET', 'u2', '#' .. text_of(place), bits)[1]
      end
      if is_new then
        make(ring, forget_after + 60000000, write)
        tally.has_new_ring = true
      else
        write()
      end
      -- Before the ring is full, what was in it is of no call.
      if calls >= size then
        failures = failures - old % 2
        slow_calls = slow_calls - math.floor(old / 2)
      else
        calls = calls + 1
      end
      failures = failures + (is_failure and 1 or 0)
      slow_calls = slow_calls + (is_slow and 1 or 0)
      place = (place + 1) % size
      keep('calls', text_of(calls))
      keep('failures', text_of(failures))
      keep('slow_calls', text_of(slow_calls))
      keep('place', text_of(place))
    end

    return this
  end

  -- The calls of a time, in ten buckets. Bucket n, counted from the first call since the window was last empty,
  -- holds the n-th tenth of a span, at place n % 10; the newest one and the nine before it are in the window.
  local function last_span()
    local start, newest = 0, -1
    local buckets = {}
    local this = {}

    local function bucket_now()
      return math.floor((now - start) * 10 / span)
    end

    local function has_run_out()
      return newest < 0 or now < start or bucket_now() - newest >= 10
    end

    local function put(n, bucket, keep)
      buckets[n % 10] = bucket
      keep('bucket' .. n % 10, string.format('%.0f %.0f %.0f', bucket.calls, bucket.failures, bucket.slow_calls))
    end

    function this.load(kept)
      start = number_from(kept.start, 'start')
      newest = number_from(kept.newest, 'newest')
      for n = math.max(newest - 9, 0), newest do
        local calls, failures, slow_calls =
          string.match(kept['bucket' .. n % 10] or '', '^(%d+) (%d+) (%d+)$')
        buckets[n % 10] = {
          calls = number_from(calls, 'bucket'), failures = number_from(failures, 'bucket'),
          slow_calls = number_from(slow_calls, 'bucket')
        }
      end
    end

    function this.is_empty()
      return newest < 0
    end

    function this.counted()
      local failures, calls, slow_calls = 0, 0, 0
      if not has_run_out() then
        for n = math.max(math.max(bucket_now(), newest) - 9, 0), newest do
          local bucket = buckets[n % 10]
          failures, calls, slow_calls =
            failures + bucket.failures, calls + bucket.calls, slow_calls + bucket.slow_calls
        end
      end
      return failures, calls, slow_calls
    end

    function this.record(is_failure, is_slow, keep)
      if has_run_out() then
        start, newest = now, -1
        keep('start', text_of(start))
      end
      -- A clock that has stepped back adds to the newest bucket.
      local current = math.max(bucket_now(), newest)
      if newest < current then
        for n = newest + 1, current do
          put(n, { calls = 0, failures = 0, slow_calls = 0 }, keep)
        end
        newest = current
        keep('newest', text_of(newest))
      end
      local bucket = buckets[newest % 10]
      -- Where C++ stops counting.
      if bucket.calls < 4294967295 then
        put(newest, {
          calls = bucket.calls + 1,
          failures = bucket.failures + (is_failure and 1 or 0),
          slow_calls = bucket.slow_calls + (is_slow and 1 or 0)
        }, keep)
      end
    end

    return this
  end

  local new_calls = span and last_span or last_calls
  local calls = new_calls()
  -- Another window than this rule's may have been kept, by a process with another rule. Then counting starts anew.
  local is_kept = false

  tally.has_ring = not span

  function tally.load(kept)
    if kept.window == window then
      is_kept = true
      calls.load(kept)
    end
  end

  function tally.clear()
    calls = new_calls()
    is_kept = false
  end

  function tally.is_empty()
    return calls.is_empty()
  end

  function tally.counted()
    return calls.counted()
  end

  function tally.count(is_failure, is_slow, keep)
    if not is_kept then
      is_kept = true
      keep('window', window)
    end
    calls.record(is_failure, is_slow, keep)
    if not is_failure and not is_slow and not trip_on_success then
      return 'none'
    end
    local failures, all, slow_calls = calls.counted()
    if all < minimum_calls then
      return 'none'
    end
    if (is_failure or trip_on_success) and failures / all >= threshold then
      return 'failures'
    end
    if (is_slow or trip_on_success) and slow_threshold > 0 and slow_calls / all >= slow_threshold then
      return 'slow_calls'
    end
    return 'none'
  end
end
)lua";

} // namespace breakerbox::detail::lua

#endif
