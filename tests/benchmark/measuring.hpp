// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_BENCHMARK_MEASURING_HPP
#define BREAKERBOX_TESTS_BENCHMARK_MEASURING_HPP

#include "suite.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace costs {

/// How long to measure.
struct effort {
    int rounds = 9;
    int rounds_that_tell_time = 5;
    double seconds_a_round = 0.05; // at least
};

/// Measures a suite's measurements, those that are compared in turns, so that a noisy machine disturbs them alike. One
/// in a program.
class laboratory {
public:
    laboratory(suite const& all, effort much);

    /// The results of what is to be compared; measured once.
    results const& measured(std::set<std::string> const& names);

private:
    std::map<std::set<std::string>, results> done_;
};

/// Runs one measurement's loop so many times, and nothing else: for who counts from outside.
void repeat(suite const& all, std::string const& name, std::int64_t times);

/// The instructions of one turn of a measurement's loop, counted by running this program in valgrind; none where there
/// is no valgrind.
std::optional<double> instructions_of(std::string const& name);

} // namespace costs

#endif
