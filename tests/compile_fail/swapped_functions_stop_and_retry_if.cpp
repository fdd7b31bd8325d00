// expected: a retrier's first argument must be a stop policy
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>

namespace swapped_functions_stop_and_retry_if {

using namespace breakerbox;

constexpr auto give_up = [](attempt const& a) { return a.number == 3; };
constexpr auto is_failure = [](outcome const& o) { return o.has_exception(); };
constexpr auto back_off = [](attempt const& a) { return std::chrono::seconds(a.number); };

void swapped() {
#ifdef MUST_NOT_COMPILE
    retrier const r{is_failure, give_up, back_off};
#else
    retrier const r{give_up, is_failure, back_off};
#endif
    static_cast<void>(r);
}

} // namespace swapped_functions_stop_and_retry_if
