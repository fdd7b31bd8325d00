// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_BENCHMARK_SUITES_HPP
#define BREAKERBOX_TESTS_BENCHMARK_SUITES_HPP

#include "suite.hpp"

#include <memory>

namespace costs {

void add_calls(suite& all);
void add_hosts(suite& all);
void add_threads(suite& all);
void add_growth(suite& all);
void add_listing(suite& all);
void add_compiling(suite& all);

/// Starts a Redis server, which lives for as long as what is returned.
std::shared_ptr<void> add_redis(suite& all);

} // namespace costs

#endif
