// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_REDIS_LUA_CONSECUTIVE_FAILURES_HPP
#define BREAKERBOX_REDIS_LUA_CONSECUTIVE_FAILURES_HPP

#include <string_view>

namespace breakerbox::detail::lua {

/// The tally of breakerbox::consecutive_failures, after `values` and before `recovering`.
inline constexpr std::string_view consecutive_failures = R"lua(
-- ARGV from 17 on: threshold.
local tally = {}
do
  local threshold = tonumber(ARGV[17])
  local run = 0

  -- What was kept, a table of the fields.
  function tally.load(kept)
    run = kept.run and number_from(kept.run, 'run') or 0
  end

  function tally.clear()
    run = 0
  end

  function tally.is_empty()
    return run == 0
  end

  -- Failures, calls, slow calls.
  function tally.counted()
    return run, 0, 0
  end

  -- Counts a call: whether that trips the host, and why. `keep(field, text)` is told what is to be written.
  function tally.count(is_failure, is_slow, keep)
    run = is_failure and run + 1 or 0
    keep('run', text_of(run))
    return run >= threshold and 'failures' or 'none'
  end
end
)lua";

} // namespace breakerbox::detail::lua

#endif
