// SPDX-License-Identifier: BSL-1.0
#ifndef BREAKERBOX_TESTS_BENCHMARK_REPORT_HPP
#define BREAKERBOX_TESTS_BENCHMARK_REPORT_HPP

#include "suite.hpp"

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace costs {

/// What came out, ready to be written down.
struct report {
    struct line {
        row what;
        verdict found;
        /// The two sides in nanoseconds, where they are times.
        std::optional<double> measured;
        std::optional<double> against;
    };
    struct growth {
        curve what;
        std::vector<std::pair<std::size_t, double>> nanoseconds;
    };
    std::string machine;
    std::vector<line> lines;
    std::vector<growth> growths;
};

/// For people: the rows beside their reach, with a mark where one falls short, and the curves.
void write_table(std::ostream& out, report const& r);

/// For programs.
void write_json(std::ostream& out, report const& r);

/// A picture of the times and the curves.
void write_svg(std::ostream& out, report const& r);

} // namespace costs

#endif
