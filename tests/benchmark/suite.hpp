// SPDX-License-Identifier: BSL-1.0
//
// What is measured, and what is made of it: measurements, the rows and curves that compare them, and the results that
// rows and curves are worked out from. Nothing here measures.
#ifndef BREAKERBOX_TESTS_BENCHMARK_SUITE_HPP
#define BREAKERBOX_TESTS_BENCHMARK_SUITE_HPP

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace costs {

/// One side of a ratio, or one point of a curve.
struct measurement {
    std::string name;
    std::function<void(benchmark::State&)> measure;
    /// It tells its time itself: what passed on the wall, where others than its own thread work. Such ones do a
    /// fixed amount of work.
    bool tells_time = false;
    /// Nothing in it but one thread's work, the same each time.
    bool has_instruction_count = false;
};

/// What several rounds of a measurement gave.
struct result {
    std::vector<double> nanoseconds; // for each iteration, one value a round
    std::map<std::string, std::vector<double>> counters;
    std::optional<double> instructions; // for each iteration
};

using results = std::map<std::string, result>;

inline double median(std::vector<double> values) {
    if (values.empty())
        throw std::invalid_argument("the median of nothing");
    std::ranges::sort(values);
    auto const middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// What a row's figure is.
enum class figure {
    times_as_long,  // the measured one's time in the other's
    times_as_fast,  // the other's time in the measured one's
    counter,        // the measured one's counter named `unit`
    counters_ratio, // that counter, in the other's
    added_counter   // that counter, less the other's
};

/// What a row's figure is to be: at most so much, or, of what is better the more there is, at least.
struct bound {
    double value;
    bool at_most = true;
};

struct row {
    std::string what;
    std::string measured;
    std::string against = {};
    figure kind = figure::times_as_long;
    std::string unit = {};
    std::optional<bound> reach = {};
    std::optional<double> most_allocations = {};
};

/// How a cost grows with something: the measurements' names, in the order of what grows.
struct curve {
    std::string what;
    std::string grows;
    std::vector<std::pair<std::size_t, std::string>> points;
};

/// A row worked out.
struct verdict {
    double value;
    std::optional<double> allocations;
    std::optional<double> instructions;
    bool falls_short;
};

struct suite {
    std::vector<measurement> measurements;
    std::vector<row> rows;
    std::vector<curve> curves;

    std::string measure(std::string name, std::function<void(benchmark::State&)> function) {
        measurements.push_back({name, std::move(function), false, true});
        return name;
    }

    /// The same for what has no instruction count of its own, such as what waits or has threads.
    std::string measure_told(std::string name, std::function<void(benchmark::State&)> function) {
        measurements.push_back({name, std::move(function), true, false});
        return name;
    }
};

inline double time_of(results const& all, std::string const& name) {
    return median(all.at(name).nanoseconds);
}

inline std::optional<double> counter_of(results const& all, std::string const& name,
                                        std::string const& unit) {
    auto const& counters = all.at(name).counters;
    auto const found = counters.find(unit);
    return found == counters.end() ? std::nullopt : std::optional{median(found->second)};
}

/// Works out a row; throws std::out_of_range where a result is missing.
inline verdict judge(row const& r, results const& all) {
    auto const value = [&] {
        switch (r.kind) {
        case figure::times_as_long:
            return time_of(all, r.measured) / time_of(all, r.against);
        case figure::times_as_fast:
            return time_of(all, r.against) / time_of(all, r.measured);
        case figure::counter:
            return counter_of(all, r.measured, r.unit).value();
        case figure::counters_ratio:
            return counter_of(all, r.measured, r.unit).value() / counter_of(all, r.against, r.unit).value();
        case figure::added_counter:
            return counter_of(all, r.measured, r.unit).value() - counter_of(all, r.against, r.unit).value();
        }
        throw std::invalid_argument("no such figure");
    }();
    verdict v{value, counter_of(all, r.measured, "allocations"), all.at(r.measured).instructions, false};
    if (r.reach)
        v.falls_short = r.reach->at_most ? value > r.reach->value : value < r.reach->value;
    if (r.most_allocations)
        v.falls_short = v.falls_short || v.allocations.value() > *r.most_allocations;
    return v;
}

} // namespace costs

#endif
