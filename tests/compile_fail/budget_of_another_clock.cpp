// expected: a retrier's budget must go by the retrier's clock
// at most: 20 lines
// SPDX-License-Identifier: BSL-1.0
#include <breakerbox/budget/budget.hpp>
#include <breakerbox/budget/retry_budget.hpp>
#include <breakerbox/policy/retry_if.hpp>
#include <breakerbox/policy/stop.hpp>
#include <breakerbox/policy/wait.hpp>
#include <breakerbox/retry/retrier.hpp>
#include <breakerbox/testing.hpp>

namespace budget_of_another_clock {

using namespace breakerbox;

auto make() {
#ifdef MUST_NOT_COMPILE
    static shared_budget budget{retry_budget{}};
#else
    static shared_budget<retry_budget, testing::virtual_clock> budget{retry_budget{}};
#endif
    return retrier{stop_never{}, retry_always{}, wait_none{},
                   retrier_options<testing::virtual_clock>{.budget = &budget}};
}

} // namespace budget_of_another_clock
