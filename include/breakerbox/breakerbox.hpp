// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_BREAKERBOX_HPP
#define BREAKERBOX_BREAKERBOX_HPP

#include <breakerbox/attempt.hpp>
#include <breakerbox/attempt_context.hpp>
#include <breakerbox/breaker_concept.hpp>
#include <breakerbox/breaker_event.hpp>
#include <breakerbox/breaker_state.hpp>
#include <breakerbox/budget.hpp>
#include <breakerbox/call_report.hpp>
#include <breakerbox/callback.hpp>
#include <breakerbox/change_history.hpp>
#include <breakerbox/change_queue.hpp>
#include <breakerbox/circuit_breaker.hpp>
#include <breakerbox/combine.hpp>
#include <breakerbox/concepts.hpp>
#include <breakerbox/config.hpp>
#include <breakerbox/error.hpp>
#include <breakerbox/host_name.hpp>
#include <breakerbox/host_status.hpp>
#include <breakerbox/memory_store.hpp>
#include <breakerbox/outcome.hpp>
#include <breakerbox/permit.hpp>
#include <breakerbox/result_traits.hpp>
#include <breakerbox/retrier.hpp>
#include <breakerbox/retrier_options.hpp>
#include <breakerbox/retry_after.hpp>
#include <breakerbox/retry_budget.hpp>
#include <breakerbox/retry_end.hpp>
#include <breakerbox/retry_error.hpp>
#include <breakerbox/retry_event.hpp>
#include <breakerbox/retry_if.hpp>
#include <breakerbox/retry_throttle.hpp>
#include <breakerbox/rule/call_window.hpp>
#include <breakerbox/rule/consecutive_failures.hpp>
#include <breakerbox/rule/failure_count.hpp>
#include <breakerbox/rule/failure_rate.hpp>
#include <breakerbox/rule/recovering.hpp>
#include <breakerbox/rule/recovery.hpp>
#include <breakerbox/rule/rule.hpp>
#include <breakerbox/stop.hpp>
#include <breakerbox/store.hpp>
#include <breakerbox/version.hpp>
#include <breakerbox/wait.hpp>
#include <breakerbox/with_timeout.hpp>

#endif
