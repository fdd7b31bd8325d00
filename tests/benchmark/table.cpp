// SPDX-License-Identifier: BSL-1.0
#include "report.hpp"

#include "number.hpp"

#include <cmath>
#include <iomanip>
#include <ostream>
#include <string>

namespace costs {

namespace {

/// Ratios with two decimals, bytes without.
std::string figure_of(double value) {
    return number(value, std::abs(value) < 20 ? 2 : 0);
}

std::string reach_of(row const& r) {
    if (!r.reach)
        return "-";
    return (r.reach->at_most ? "<= " : ">= ") + figure_of(r.reach->value);
}

} // namespace

void write_table(std::ostream& out, report const& r) {
    out << r.machine << "\n\n"
        << " figure    reach               ns  allocations  instructions  \n";
    for (auto const& [what, found, measured, against] : r.lines) {
        out << std::setw(7) << figure_of(found.value) << std::setw(9) << reach_of(what)
            << (found.falls_short ? " SHORT"
                : what.reach      ? " ok   "
                                  : "      ")
            << std::setw(11) << (measured ? number(*measured, 0) : "-") << std::setw(13)
            << (found.allocations ? number(*found.allocations, 1) : "-") << std::setw(14)
            << (found.instructions ? number(*found.instructions, 0) : "-") << "  " << what.what << '\n';
    }
    out << "\nHow cost grows, in ns (and against the first):\n";
    for (auto const& [what, points] : r.growths) {
        out << "  " << what.what << ", by " << what.grows << ':';
        for (auto const& [x, ns] : points)
            out << "  " << x << ": " << number(ns, 0) << " (" << number(ns / points.front().second, 2) << ')';
        out << '\n';
    }
}

} // namespace costs
